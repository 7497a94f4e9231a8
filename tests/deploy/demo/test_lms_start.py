"""Settings, restarts, threads, and the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import requests
from flask import Flask

from deploy.demo.lms import LmsSettings, SettingsFault, ToolSettings, create_app, read_tool_file
from deploy.demo.lms.store import Store, spend
from deploy.demo.lms.tool_keys import fetch_bytes
from tests.ports import free_port

from .conftest import ServedKeys
from .lms_tool import ISSUER, LTI, SETTINGS, Clock, TinyTool


def start(directory: Path, clock: Clock, served: ServedKeys, tool: ToolSettings | None = SETTINGS) -> Flask:
    return create_app(LmsSettings(ISSUER, directory, tool), clock=clock, fetch=served)


def test_everything_survives_a_restart(lms_dir: Path, clock: Clock, served: ServedKeys, tool: TinyTool) -> None:
    before = tool.launch("/as/co-ha/activity/1?window=1")
    token = tool.token()
    tool.browser.post("/as/co-ha/course/901/gradebook/1/9a1-01", data={"grade": "7"})
    login = tool.open("/as/co-ha/activity/1?window=1")

    again = TinyTool(start(lms_dir, clock, served), clock)
    assert again.browser.get("/jwks").get_json() == tool.browser.get("/jwks").get_json()
    assert "id_token" in again.authenticate(login).fields
    assert again.authenticate(login).fields["error"] == "invalid_request"
    after = again.launch("/as/co-ha/activity/1?window=1")
    for claim in ("sub", LTI + "resource_link", LTI + "context", LTI + "tool_platform"):
        assert before[claim] == after[claim]
    assert again.call("GET", "/lti/services/901/lineitems?type_id=1", token=token).status_code == 200
    assert ">7,0</a>" in again.browser.get("/as/co-ha/course/901/gradebook").text


def test_a_changed_configuration_keeps_activities(lms_dir: Path, clock: Clock, served: ServedKeys) -> None:
    start(lms_dir, clock, served)
    moved = replace(SETTINGS, client_id="another", login_url="http://moved.test/login")
    tool = TinyTool(start(lms_dir, clock, served, moved), clock)
    login = tool.open("/as/co-ha/activity/1?window=1")
    assert (login.action, login.fields["client_id"]) == ("http://moved.test/login", "another")


def test_without_a_tool_the_activity_waits(lms_dir: Path, clock: Clock, served: ServedKeys) -> None:
    browser = start(lms_dir, clock, served, None).test_client()
    assert "Chưa gắn công cụ" in browser.get("/as/co-ha/course/901").text
    assert browser.get("/as/co-ha/activity/1").status_code == 409
    browser = start(lms_dir, clock, served).test_client()
    assert browser.get("/as/co-ha/activity/1").status_code == 200


@pytest.mark.parametrize("base_url", ["http://lms.test/", "lms.test", "http://lms.test/path", "ftp://lms.test", ""])
def test_a_base_url_must_be_an_origin(tmp_path: Path, base_url: str) -> None:
    with pytest.raises(SettingsFault, match="base URL"):
        LmsSettings(base_url, tmp_path)


def test_tool_file(tmp_path: Path) -> None:
    path = tmp_path / "tool.json"
    path.write_text(json.dumps(asdict(SETTINGS)), encoding="utf-8")
    assert read_tool_file(path) == SETTINGS
    for text in ("{", "[]", '{"client_id": "x"}', json.dumps({**asdict(SETTINGS), "odd": 1})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsFault, match="tool file"):
            read_tool_file(path)
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_tool_file(tmp_path / "absent.json")


def test_key_is_made_once_and_private(tmp_path: Path, clock: Clock, served: ServedKeys) -> None:
    first = start(tmp_path, clock, served).test_client().get("/jwks").get_json()
    assert (tmp_path / "lms-key.pem").stat().st_mode & 0o077 == 0
    assert start(tmp_path, clock, served).test_client().get("/jwks").get_json() == first


def test_a_reading_transaction_cannot_write(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    with store.read() as db, pytest.raises(sqlite3.OperationalError):
        db.execute("INSERT INTO meta VALUES ('a', 'b')")


def test_a_failed_transaction_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()

    def fail() -> None:
        with store.write() as db:
            db.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as db:
        assert db.execute("SELECT count(*) FROM meta").fetchone()[0] == 0


def test_of_many_threads_one_spends(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()

    def spend_it(_: int) -> bool:
        with store.write() as db:
            return spend(db, "launch", "serial", now=0, expires_at=10)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(spend_it, range(32))) == [False] * 31 + [True]


def test_what_was_spent_is_forgotten_after_its_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    with store.write() as db:
        assert spend(db, "launch", "serial", now=0, expires_at=10)
        assert spend(db, "launch", "other", now=11, expires_at=20)
        assert db.execute("SELECT count(*) FROM spent").fetchone()[0] == 1


def command(directory: Path, port: int, *more: str) -> list[str]:
    base_url = f"http://127.0.0.1:{port}"
    options = ["--base-url", base_url, "--data-dir", str(directory), "--port", str(port), *more]
    return [sys.executable, "-m", "deploy.demo.lms", *options]


def wait_for(address: str) -> requests.Response:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return requests.get(address, timeout=30)
        except requests.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("the demo LMS did not start")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_and_stops_quietly(tmp_path: Path, stop: signal.Signals) -> None:
    port = free_port()
    tool_file = tmp_path / "tool.json"
    tool_file.write_text(json.dumps(asdict(SETTINGS)), encoding="utf-8")
    running = subprocess.Popen(
        command(tmp_path / "data", port, "--tool-file", str(tool_file)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert wait_for(f"http://127.0.0.1:{port}/healthz").status_code == 200
        keys = fetch_bytes(f"http://127.0.0.1:{port}/jwks")
        assert json.loads(keys)["keys"]
        with pytest.raises(OSError, match="answered 404"):
            fetch_bytes(f"http://127.0.0.1:{port}/absent")
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
            os.killpg(running.pid, stop)  # as a terminal does: the server and its worker both hear it
            said, _ = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, said) == (0, b"")


def test_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        ended = subprocess.run(command(tmp_path, port), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert str(port) in ended.stderr
    ended = subprocess.run(
        command(tmp_path, port, "--tool-file", "/absent"), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
