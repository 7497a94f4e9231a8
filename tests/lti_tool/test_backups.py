"""A backup is restored to the letter but for what must begin anew, or refused with nothing changed."""

import json
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from live_session.store.engine import open_engine
from live_session.store.tables import run
from lti_tool import backups, migrating
from lti_tool.backups import DATA, MANIFEST, BackupError, back_up, read_manifest, restore
from lti_tool.extensions import db
from lti_tool.models import Person, Score, ScoreState
from tests.lti_tool.privacy.day import OWN, Day, teach
from tests.lti_tool.school import console, frames
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import Contents, contents

ANEW = ("run", "score", "window_code", "platform_token")
"""Tables that a restore writes to."""


def url_of(tool: Tool) -> str:
    with tool.inside():
        return db.engine.url.render_as_string(hide_password=False)


def leave(tool: Tool) -> None:
    """The server stops: no connection stays open, nor the one that wakes live servers."""
    with tool.app.app_context():
        if db.engine.dialect.name == "postgresql":
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            db.session.execute(text(f"{end} AND application_name = 'giotay-bus-caller'"))
        db.session.remove()
        db.engine.dispose()


def put_back(tool: Tool, file: Path) -> Contents:
    url = url_of(tool)
    leave(tool)
    restore(file, url)
    tool.app.extensions["giotay"].folds._states.clear()
    return contents(tool)


def epochs(tool: Tool) -> dict[str, str]:
    with tool.inside():
        return {row.id: row.epoch for row in db.session.execute(select(run.c.id, run.c.epoch))}


# --- there and back -------------------------------------------------------------------------------------------------


@pytest.fixture
def day(any_tool: Tool) -> Day:
    return teach(any_tool)


def test_what_was_there_is_there_again(day: Day, tmp_path: Path) -> None:
    before, file = contents(day.tool), tmp_path / "giotay.zip"
    made = back_up(url_of(day.tool), file)
    assert made == read_manifest(file)
    assert made.revision == migrating.newest()
    assert made.events == len(before["event"]) > 10
    with day.tool.inside():
        db.session.execute(text("DELETE FROM event"))
        db.session.execute(text("DELETE FROM content"))
        db.session.execute(update(Person).values(name="somebody else"))
    after = put_back(day.tool, file)
    assert {name: after[name] for name in after if name not in ANEW} == {
        name: before[name] for name in before if name not in ANEW
    }
    assert len(after["run"]) == len(before["run"])
    assert OWN[1][4] in day.teacher.get(f"runs/{day.run_id}/report").text


def test_phones_learn_that_the_clock_was_turned_back(day: Day, tmp_path: Path) -> None:
    ticket = console(day.teacher, day.run_id)
    (first, *_) = frames(day.teacher, ticket)
    old = epochs(day.tool)
    back_up(url_of(day.tool), tmp_path / "giotay.zip")
    put_back(day.tool, tmp_path / "giotay.zip")
    new = epochs(day.tool)
    assert new.keys() == old.keys()
    assert not set(new.values()) & set(old.values())
    (second, *_) = frames(day.teacher, ticket)
    assert (first["epoch"], second["epoch"]) == (old[day.run_id], new[day.run_id])
    assert second["seq"] == first["seq"]


def test_restoring_twice_gives_two_epochs(tool: Tool, tmp_path: Path) -> None:
    teach(tool)
    back_up(url_of(tool), tmp_path / "giotay.zip")
    seen = set(epochs(tool).values())
    for _ in range(2):
        put_back(tool, tmp_path / "giotay.zip")
        seen |= set(epochs(tool).values())
    assert len(seen) == 3


def test_waiting_scores_are_held_and_codes_and_tokens_forgotten(day: Day, tmp_path: Path) -> None:
    with day.tool.inside():
        one = db.session.query(Score).order_by(Score.id).first()
        assert one
        one.state = ScoreState.WAITING
    day.teacher.send(f"runs/{day.run_id}/phone", {})
    assert contents(day.tool)["window_code"]
    back_up(url_of(day.tool), tmp_path / "giotay.zip")
    after = put_back(day.tool, tmp_path / "giotay.zip")
    assert (after["window_code"], after["platform_token"]) == ([], [])
    with day.tool.inside():
        states = [(s.state, s.fault) for s in db.session.query(Score).order_by(Score.id)]
    assert states == [(ScoreState.REFUSED, "restored"), (ScoreState.SENT, "")]
    sent = len(day.tool.platform.scores)
    day.tool.jobs().round()
    assert len(day.tool.platform.scores) == sent


def test_an_answer_given_after_the_backup_comes_back_from_its_phone(day: Day, tmp_path: Path) -> None:
    """What design says of the epoch, with the phone's part played by hand: offered again, it is taken again."""
    tool = day.tool
    assert day.teacher.post(f"runs/{day.run_id}/resume").status_code == 303
    back_up(url_of(tool), tmp_path / "giotay.zip")
    from tests.lti_tool.school import sit, submit  # noqa: PLC0415

    with tool.inside():
        from lti_tool.models import LessonRun  # noqa: PLC0415

        activity = db.session.get_one(LessonRun, day.run_id).lesson.activities[2].uid
    kept = {"id": "answer-after-the-backup", "composed_at": 1}
    given = submit(day.pupils[2], activity, "Em đã hiểu rồi", **kept)
    put_back(tool, tmp_path / "giotay.zip")
    assert sit(day.pupils[2])
    assert "Em đã hiểu rồi" not in str(contents(tool))
    again = submit(day.pupils[2], activity, "Em đã hiểu rồi", **kept)
    assert (again["t"], again["re"], again["seq"]) == ("ack", given["re"], given["seq"])
    assert "Em đã hiểu rồi" in str(contents(tool)["content"])


# --- making one -----------------------------------------------------------------------------------------------------


def test_an_older_file_is_never_overwritten(tool: Tool, tmp_path: Path) -> None:
    url, file = url_of(tool), tmp_path / "giotay.zip"
    file.write_text("last week's")
    with pytest.raises(BackupError, match="there already"):
        back_up(url, file)
    assert file.read_text() == "last week's"


def test_nor_one_that_came_there_meanwhile(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, file = url_of(tool), tmp_path / "giotay.zip"
    copy_out = backups._copy_out

    def slowly(*args: Any) -> None:
        copy_out(*args)
        file.write_text("another's")

    monkeypatch.setattr(backups, "_copy_out", slowly)
    with pytest.raises(BackupError, match="there already"):
        back_up(url, file)
    assert file.read_text() == "another's"


def test_a_file_system_without_links_takes_one_too(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(backups.os, "link", refuse)
    back_up(url_of(tool), tmp_path / "giotay.zip")
    assert read_manifest(tmp_path / "giotay.zip").backend == "sqlite"
    assert (tmp_path / "giotay.zip").stat().st_mode & 0o077 == 0, "for its owner alone, there too"


def test_a_backup_is_for_its_owner_and_stands_alone(tool: Tool, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(url_of(tool), folder / "giotay.zip")
    assert stat.S_IMODE((folder / "giotay.zip").stat().st_mode) == 0o600
    assert [one.name for one in folder.iterdir()] == ["giotay.zip"]


def test_a_place_that_is_not_there_is_named(tool: Tool, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="not there"):
        back_up(url_of(tool), tmp_path / "nowhere" / "giotay.zip")


def test_there_must_be_something_to_back_up(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        back_up(sqlite_url, tmp_path / "giotay.zip")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_nothing_to_back_up(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(database_url)
    engine.connect().close()
    engine.dispose()
    with pytest.raises(BackupError, match="no tables"):
        back_up(database_url, tmp_path / "giotay.zip")
    assert not (tmp_path / "giotay.zip").exists()


def test_what_is_not_committed_is_not_in_it(tool: Tool, tmp_path: Path) -> None:
    """And whoever writes while a backup is made is not held up by it, nor it by them."""
    url = url_of(tool)
    engine = open_engine(url)
    with engine.connect() as writing:
        writing.execute(text("INSERT INTO run VALUES ('r', 'e', 0, 'lobby', 1, NULL)"))
        back_up(url, tmp_path / "giotay.zip")
        writing.commit()
    engine.dispose()
    assert put_back(tool, tmp_path / "giotay.zip")["run"] == []


# --- refusing one ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "giotay.zip"
    back_up(f"sqlite:///{template}", file)
    return file


@pytest.fixture
def target(template: Path, tmp_path: Path) -> str:
    """A database that must stay as it is."""
    file = tmp_path / "data" / "giotay.sqlite3"
    file.parent.mkdir()
    shutil.copy(template, file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO run VALUES ('mine', 'e', 0, 'lobby', 1, NULL)")
        connection.commit()
    return f"sqlite:///{file}"


def runs_in(url: str) -> list[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM run")]


def is_refused(file: Path, url: str, match: str | None = None) -> None:
    with pytest.raises(BackupError, match=match):
        restore(file, url)
    assert runs_in(url) == ["mine"]
    folder = Path(url.removeprefix("sqlite:///")).parent
    assert {one.name.partition("-")[0] for one in folder.iterdir()} == {"giotay.sqlite3"}


def repacked(made: Path, file: Path, *, data: bytes | None = None, **changes: Any) -> Path:
    """The backup with another content, or another manifest."""
    with zipfile.ZipFile(made) as archive:
        manifest, old = json.loads(archive.read(MANIFEST)), archive.read(DATA)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, json.dumps({**manifest, **changes}))
        archive.writestr(DATA, data if data is not None else old)
    return file


def test_a_foreign_file_is_refused(target: str, tmp_path: Path) -> None:
    for name, body in (("empty", b""), ("text", b"Mathe\n" * 100), ("half", b"PK\x03\x04" + b"\0" * 60)):
        (tmp_path / name).write_bytes(body)
        is_refused(tmp_path / name, target, "no backup of")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    is_refused(tmp_path / "photos.zip", target, "no backup of")
    is_refused(tmp_path, target, "no backup of")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"format": 2}, "newer"),
        ({"format": "1"}, "no backup of"),
        ({"revision": "9999"}, "newer than this release"),
        ({"revision": ["0001"]}, "no backup of"),
        ({"backend": "postgresql"}, "cannot be restored into sqlite"),
        ({"sha256": "0" * 64}, "damaged"),
        ({"sha256": 7}, "no backup of"),
        ({"events": "many"}, "no backup of"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    made: Path, target: str, tmp_path: Path, changes: dict[str, Any], match: str
) -> None:
    is_refused(repacked(made, tmp_path / "b.zip", **changes), target, match)


def test_a_content_that_is_not_a_database_is_refused_even_with_the_right_sum(
    made: Path, target: str, tmp_path: Path
) -> None:
    import hashlib  # noqa: PLC0415

    for data in (b"", b"not a database at all" * 900):
        other = repacked(made, tmp_path / "b.zip", data=data, sha256=hashlib.sha256(data).hexdigest())
        is_refused(other, target)


def test_a_database_of_something_else_is_refused(made: Path, target: str, tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE run (id TEXT)")
        connection.commit()
    data = (tmp_path / "other.db").read_bytes()
    other = repacked(made, tmp_path / "b.zip", data=data, sha256=hashlib.sha256(data).hexdigest())
    is_refused(other, target, "not the database")
    brought_up = repacked(made, tmp_path / "c.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backups, "renew_epochs", lambda _: (_ for _ in ()).throw(OperationalError("", None, Exception())))
        is_refused(brought_up, target, "cannot be brought up")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), end=st.booleans())
def test_a_damaged_file_is_refused_or_harmlessly_damaged(
    made: Path, target: str, tmp_path: Path, where: float, bit: int, end: bool
) -> None:
    """One bit turned, or the end cut off: what is restored is what was backed up, or nothing is touched."""
    body = bytearray(made.read_bytes())
    place = int(where * len(body))
    if end:
        del body[place:]
    else:
        body[place] ^= 1 << bit
    (tmp_path / "b.zip").write_bytes(body)
    try:
        restore(tmp_path / "b.zip", target)
    except BackupError:
        assert runs_in(target) == ["mine"]
    else:
        assert runs_in(target) == []  # a bit that nothing depends on, such as a time of day in the zip
        shutil.copy(made, tmp_path / "b.zip")
        with closing(sqlite3.connect(target.removeprefix("sqlite:///"))) as connection:
            connection.execute("INSERT INTO run VALUES ('mine', 'e', 0, 'lobby', 1, NULL)")
            connection.commit()


def test_a_restore_into_an_empty_place_makes_an_installation(made: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/var/giotay.db"
    restore(made, url)
    assert runs_in(url) == []
    assert migrating.current(url) == migrating.newest()


def test_the_old_journal_is_not_played_into_the_new_file(made: Path, target: str) -> None:
    """A killed server leaves one beside the file."""
    file = Path(target.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("INSERT INTO run VALUES ('in the journal', 'e', 0, 'lobby', 1, NULL)")
        connection.commit()
        killed = file.with_name("killed")
        for suffix in ("", "-wal"):
            shutil.copy(f"{file}{suffix}", f"{killed}{suffix}")
    for suffix in ("", "-wal"):
        shutil.move(f"{killed}{suffix}", f"{file}{suffix}")
    assert sorted(runs_in(target)) == ["in the journal", "mine"]
    restore(made, target)
    assert runs_in(target) == []


def test_a_broken_database_can_be_replaced(made: Path, target: str) -> None:
    """It is what a restore is for."""
    file = Path(target.removeprefix("sqlite:///"))
    file.write_bytes(b"\xff" * 9_000)
    Path(f"{file}-wal").write_bytes(b"\xff" * 900)
    restore(made, target)
    assert runs_in(target) == []


@pytest.mark.postgres
def test_a_sqlite_backup_does_not_go_into_postgres(made: Path, postgres_url: str) -> None:
    with pytest.raises(BackupError, match="cannot be restored into postgresql"):
        restore(made, postgres_url)


@pytest.mark.postgres
def test_a_running_server_is_not_written_under(postgres_tool: Tool, tmp_path: Path) -> None:
    url = url_of(postgres_tool)
    back_up(url, tmp_path / "giotay.zip")
    before = contents(postgres_tool)
    with pytest.raises(BackupError, match="stop the server"):
        restore(tmp_path / "giotay.zip", url)
    assert contents(postgres_tool) == before


@pytest.mark.postgres
def test_tables_of_a_newer_release_go_and_a_failure_leaves_all_as_it_was(postgres_tool: Tool, tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    url, file = url_of(postgres_tool), tmp_path / "giotay.zip"
    back_up(url, file)
    with postgres_tool.inside():
        db.session.execute(text("CREATE TABLE of_tomorrow (id int REFERENCES person (id))"))
        db.session.execute(text("INSERT INTO run VALUES ('mine', 'e', 0, 'lobby', 1, NULL)"))
    leave(postgres_tool)
    for data in (b"not a dump", b"PGDMP\x01\x0e\x00"):
        sum_ = hashlib.sha256(data).hexdigest()
        with pytest.raises(BackupError):
            restore(repacked(file, tmp_path / "b.zip", data=data, sha256=sum_), url)
    assert len(contents(postgres_tool)["run"]) == 1
    after = put_back(postgres_tool, file)
    assert after["run"] == []
    assert "of_tomorrow" not in after


@pytest.mark.postgres
def test_a_missing_tool_of_postgres_is_named(
    postgres_tool_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        back_up(postgres_tool_url, tmp_path / "giotay.zip")
    assert list(tmp_path.iterdir()) == []
