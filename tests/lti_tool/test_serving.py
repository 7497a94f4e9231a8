"""Two servers on one SQLite file: the second says so and touches nothing."""

import asyncio
import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from live_session.errors import InUse
from lti_tool import serving
from lti_tool.config import load
from lti_tool.serving import parts, serve_live, settle, sole_use


def test_a_second_server_on_a_file_is_refused_by_name_and_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'giotay.sqlite3'}"
    with sole_use(url):
        with pytest.raises(InUse, match=rf"giotay\.sqlite3 .*process {os.getpid()}"), sole_use(url):
            raise AssertionError("two servers")
        with sole_use(f"sqlite:///{tmp_path / 'other.sqlite3'}"):
            pass
    with sole_use(url):
        pass  # free again


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    """A killed server leaves its lock file behind, and no lock."""
    url = f"sqlite:///{tmp_path / 'giotay.sqlite3'}"
    script = f"from lti_tool.serving import sole_use\nimport os\nwith sole_use({url!r}): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script], check=False)
    assert (tmp_path / "giotay.sqlite3.lock").exists()
    with sole_use(url):
        pass


def test_any_number_serve_postgresql() -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    with sole_use(url), sole_use(url):
        pass


def test_the_command_says_it_in_one_line_and_changes_nothing(sqlite_tool_url: str, tmp_path: Path) -> None:
    file = tmp_path / "giotay.sqlite3"
    before = file.read_bytes()
    environ = {
        **os.environ,
        "GIOTAY_DATABASE_URL": sqlite_tool_url,
        "GIOTAY_SECRET_KEY": "a secret of the tests, long enough to sign with",
    }
    with sole_use(sqlite_tool_url):
        second = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", "serve"], env=environ, capture_output=True, text=True, timeout=60,
            check=False, cwd=tmp_path,
        )  # fmt: skip
    assert second.returncode != 0
    said = (second.stderr + second.stdout).strip()
    assert "giotay.sqlite3" in said
    assert str(os.getpid()) in said
    assert "Traceback" not in said
    assert file.read_bytes() == before


def test_as_many_live_workers_as_asked_for_share_a_port_on_postgresql_and_there_is_one_on_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(
        {"GIOTAY_SECRET_KEY": "a secret of the tests, long enough to sign with", "GIOTAY_LIVE_WORKERS": "3"}
    )
    many = [part.command for part in parts(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/x"))]
    assert sum("live" in command for command in many) == 3
    assert all("--share-port" in command for command in many if "live" in command)
    on_file = replace(settings, database_url=f"sqlite:///{tmp_path}/one.db")
    with pytest.raises(InUse, match="--live-workers"):
        parts(on_file)
    assert sum("live" in part.command for part in parts(replace(on_file, live_workers=1))) == 1


def test_a_live_server_runs_on_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    loops: list[str] = []

    async def look(*_: object) -> None:
        loops.append(type(asyncio.get_running_loop()).__module__)

    monkeypatch.setattr(serving, "_serve_live", look)
    serve_live(load({"GIOTAY_SECRET_KEY": "a secret of the tests, long enough to sign with"}))
    assert loops == ["uvloop"]


def test_what_a_part_is_made_of_is_no_work_for_the_collector() -> None:
    before = gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > before
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
