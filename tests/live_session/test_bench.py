"""The benchmark, very small: its report is complete and nothing is lost. No number is judged here."""

import asyncio
import errno
import math
import os
from pathlib import Path
from random import Random

import msgspec
import pytest

from live_session.bench import disk, live, report, wire
from live_session.bench.handset import Course, Handset
from live_session.bench.live import BenchError, Options
from live_session.bench.report import Machine, Report, Row, Spread, percentile
from live_session.bench.sampler import Profile
from live_session.bench.serve import HOST
from live_session.phones import Verdict

TINY = Options(lessons=2, phones=5, questions=2, repeat=1, within=0.2, locks=True, transport="bare", kill=True)
PATIENCE = 60.0


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return live.run(msgspec.structs.replace(TINY, folder=str(tmp_path_factory.mktemp("bench"))))


def test_nothing_is_lost_and_every_answer_is_counted(played: Report) -> None:
    assert played.faults == ()
    for name in ("answers lost", "answers doubled", "answers without an ack"):
        assert played.row(name).ours == Spread(0, 0, 0)
    asked = TINY.lessons * TINY.phones * (TINY.questions + 1)
    assert played.row("answers acked").ours.median == played.row("answers acked").floor.median == asked


def test_floor_and_ours_speak_the_same_number_of_frames(played: Report) -> None:
    frames = played.row("frames per answer")
    assert frames.floor == frames.ours
    assert played.row("  of them phones'").ours.median == 4
    assert played.row("  apart: gauge").floor.median == 0


def test_the_report_is_complete(played: Report) -> None:
    text = played.text()
    for row in played.rows:
        assert row.name in text
        assert not any(math.isnan(v) for v in (row.floor.median, row.ours.median))
    assert "What dominates: " in text.splitlines()[-1]
    assert played.machine.database in text
    assert played.disk is not None
    assert played.disk.text() in text
    assert played.profile is not None
    shares = sum(played.profile.groups.values())
    assert shares == pytest.approx(1, abs=0.01) or (not played.profile.samples and shares < 1), "too short for a sample"
    assert msgspec.json.decode(played.json(), type=Report).scenario == "S"


def test_the_disk_alone_is_written_to_as_long_as_the_floor_plays(tmp_path: Path) -> None:
    """At least twice, however short that is, and nothing stays of it."""
    with disk.probing(tmp_path / "new") as writes:
        pass
    assert len(writes) >= 2
    assert all(took >= 0 for took in disk.times(writes))
    assert list((tmp_path / "new").iterdir()) == []


def test_an_ack_waits_for_the_next_write_and_its_end() -> None:
    """One write of a hundred stands still for 300 ms: a hundredth of the writes, a seventh of the time."""
    begins = [n * 0.02 if n <= 50 else 0.3 + n * 0.02 for n in range(101)]
    writes = [disk.Write(began, began + (0.301 if n == 50 else 0.001)) for n, began in enumerate(begins)]
    told = report.disk_of([writes, writes[:1]])
    assert told is not None, "a pass with one write says nothing"
    assert [told.write_p50.median, told.write_p99.median, told.write_longest.median] == pytest.approx([1, 1, 301])
    assert told.ack_p50.median == pytest.approx(12, abs=2)
    assert told.ack_p99.median == pytest.approx(300, abs=10)
    assert report.disk_of([]) is None


def test_a_full_disk_gives_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwrite", full)
    with disk.probing(tmp_path) as writes:
        pass
    assert report.disk_of([writes]) is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "NEEDED", ("no_such_package",))
    with pytest.raises(BenchError, match="no_such_package"):
        live.run(TINY)


def test_faults_are_said_in_sentences() -> None:
    machine = Machine(2, "not pinned", "?", "Linux", "3.11", {}, "SQLite", 20, 0.5)
    row = Row("CPU s per 1,000 answers", "", Spread(1, 1, 1), Spread(2, 2, 2), Spread(2, 1.5, 2.5))
    text = Report("S", "title", machine, (row,), None, ("pass 1: 3 acked answers lost",), ("a busy core",)).text()
    assert "FAULT: pass 1: 3 acked answers lost" in text
    assert "Note: a busy core." in text
    assert text.endswith("2.00 x the raw floor.\n")
    assert Verdict(lost=("1",)).is_clean is False


def test_both_halves_of_sql_are_one_in_the_closing_line() -> None:
    profile = Profile(
        1.0, 10, {"websockets and event loop": 0.4, "SQL": 0.35, "SQL: the driver's thread": 0.25}, {}, {}
    )
    assert next(iter(report.merged(profile.groups))) == "SQL"


def test_percentiles_are_values_that_were_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(list(map(float, range(1, 101))), 0.99) == 99.0
    assert math.isnan(percentile([], 0.5))


def test_all_come_back_after_a_kill(played: Report) -> None:
    """A phone that is welcomed to another question than the one it was in would be a fault."""
    assert any(note.startswith("SIGKILL: no server for ") for note in played.notes)


async def test_who_was_cut_off_before_the_welcome_comes_again() -> None:
    """As from a process that dies while it is connected to."""
    calls: asyncio.Queue[None] = asyncio.Queue()

    def cut_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        calls.put_nowait(None)

    async with await asyncio.start_server(cut_off, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        phone = Handset(Course(), 0, b"hello")
        coming = asyncio.create_task(phone.come_back(port, wire.request(HOST, port, "http://localhost"), Random(1)))
        async with asyncio.timeout(PATIENCE):
            await calls.get()
            await calls.get()
        coming.cancel()
        await asyncio.wait([coming])
    assert coming.cancelled()


def test_more_phones_until_it_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_P99", 0.0)
    (step,) = live.scale(msgspec.structs.replace(TINY, folder=str(tmp_path), kill=False))
    assert step.phones == TINY.lessons * TINY.phones
    assert not step.is_good
