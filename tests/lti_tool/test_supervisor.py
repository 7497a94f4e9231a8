"""The supervisor, over small processes that write down what becomes of them."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lti_tool import supervisor as supervisor_module
from lti_tool.supervisor import READY_VARIABLE, Part, Renew, Supervisor, say_ready

PATIENCE = 30.0

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
folder, manner = Path(sys.argv[1]), sys.argv[2]
def write(what):
    with (folder / "log").open("a") as file:
        file.write(f"{what} {os.getpid()}\\n")
def end(*_):
    write("end")
    sys.exit(0)
if manner == "slow":
    write("early")
    while not (folder / "go").exists():
        time.sleep(0.02)
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "deaf" else end)
signal.signal(signal.SIGHUP, lambda *_: write("hup"))
write("begin")
if manner == "stillborn" and (folder / "log").read_text().count("begin") > 1:
    sys.exit(1)
sys.path.insert(0, sys.argv[3])
from lti_tool.supervisor import beating, say_ready
beat = beating()
beat()  # who never beat is still starting, and nobody may be told to hang before that
write("ready")
say_ready()
while True:
    time.sleep(0.05)
    if not (manner == "hung" and (folder / "stick").exists()):
        beat()
"""


class Parts:
    """Parts of one script in one folder, and what they wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "part.py").write_text(SCRIPT)

    def part(self, renew: Renew = Renew.IN_TURN, manner: str = "good", beats: bool = False) -> Part:
        root = str(Path(__file__).parents[2])
        return Part((sys.executable, str(self.folder / "part.py"), str(self.folder), manner, root), renew, beats)

    def said(self) -> list[tuple[str, int]]:
        file = self.folder / "log"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    def count(self, what: str) -> int:
        return [word for word, _ in self.said()].count(what)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


@contextmanager
def watching(*wanted: Part) -> Iterator[Supervisor]:
    supervisor = Supervisor(wanted)
    supervisor.start()
    thread = threading.Thread(target=supervisor.watch)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.end_watch()
        thread.join(PATIENCE)
        supervisor.stop()


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_what_died_is_started_again_and_all_end_together(parts: Parts) -> None:
    with watching(parts.part(), parts.part()) as supervisor:
        until(lambda: parts.count("ready") == 2)
        first, second = supervisor.pids
        os.kill(first, signal.SIGKILL)
        until(lambda: parts.count("ready") == 3)
        assert supervisor.pids[1] == second
        assert supervisor.pids[0] != first
        alive = list(supervisor.pids)
    assert not any(is_alive(pid) for pid in alive)
    assert {pid for word, pid in parts.said() if word == "end"} == set(alive)


def test_who_lives_but_hangs_is_started_again_and_the_others_stay(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "HUNG_AFTER", 3.0)
    with watching(parts.part(manner="hung", beats=True), parts.part(beats=True), parts.part()) as supervisor:
        until(lambda: parts.count("ready") == 3)
        before = list(supervisor.pids)
        (parts.folder / "stick").touch()
        until(lambda: supervisor.pids[0] != before[0])
        (parts.folder / "stick").unlink()
        until(lambda: parts.count("ready") == 4)
        assert not is_alive(before[0])
        assert supervisor.pids[1:] == before[1:]
    assert not any(is_alive(pid) for pid in supervisor.pids)


def test_who_is_still_starting_is_not_stuck(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "HUNG_AFTER", 0.3)
    with watching(parts.part(manner="slow", beats=True)) as supervisor:
        until(lambda: parts.count("early") == 1)
        before = list(supervisor.pids)
        time.sleep(1.0)
        assert supervisor.pids == before


def test_who_does_not_end_is_killed(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_WITHIN", 0.3)
    with watching(parts.part(manner="deaf")) as supervisor:
        until(lambda: parts.count("ready") == 1)
        (pid,) = supervisor.pids
    assert not is_alive(pid)
    assert parts.count("end") == 0


def test_overlapping_parts_are_exchanged_one_by_one_and_never_fewer(parts: Parts) -> None:
    with watching(*[parts.part(Renew.OVERLAPPING)] * 2) as supervisor:
        until(lambda: parts.count("ready") == 2)
        old = list(supervisor.pids)
        supervisor.renew()
        until(lambda: parts.count("end") == 2)
        assert not set(old) & set(supervisor.pids)
    words = [word for word, _ in parts.said()][4:10]
    assert words == ["begin", "ready", "end"] * 2


def test_a_part_of_which_there_may_be_one_ends_before_the_next_begins(parts: Parts) -> None:
    with watching(parts.part(Renew.IN_TURN)) as supervisor:
        until(lambda: parts.count("ready") == 1)
        supervisor.renew()
        until(lambda: parts.count("ready") == 2)
    assert [word for word, _ in parts.said()] == ["begin", "ready", "end"] * 2


def test_a_part_with_workers_of_its_own_is_told(parts: Parts) -> None:
    with watching(parts.part(Renew.BY_ITSELF)) as supervisor:
        until(lambda: parts.count("ready") == 1)
        before = list(supervisor.pids)
        supervisor.renew()
        until(lambda: parts.count("hup") == 1)
        assert supervisor.pids == before


def test_a_new_release_that_does_not_start_leaves_the_old_one_serving(parts: Parts) -> None:
    with watching(parts.part(Renew.OVERLAPPING, "stillborn")) as supervisor:
        until(lambda: parts.count("ready") == 1)
        before = list(supervisor.pids)
        supervisor.renew()
        until(lambda: parts.count("begin") == 2)
        time.sleep(0.5)  # the watch goes on for a few rounds
        assert supervisor.pids == before
        assert is_alive(before[0])


def test_ready_is_said_once_and_only_when_somebody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    said, ready = os.pipe()
    monkeypatch.setenv(READY_VARIABLE, str(ready))
    say_ready()
    assert os.read(said, 10) == b"1"
    assert os.read(said, 10) == b"", "and let go"
    say_ready()
    os.close(said)


def test_a_part_that_is_still_starting_is_not_ended_by_being_told(parts: Parts) -> None:
    """Until it can exchange its workers, SIGHUP would be its end; what is starting is new anyway."""
    with watching(parts.part(Renew.BY_ITSELF, "slow")) as supervisor:
        until(lambda: parts.count("early") == 1)
        before = list(supervisor.pids)
        os.kill(before[0], signal.SIGHUP)
        (parts.folder / "go").touch()
        until(lambda: parts.count("ready") == 1)
        assert parts.said()[-1][1] == before[0]
        assert supervisor.pids == before
