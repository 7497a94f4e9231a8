"""Snapshots: recovery reads the newest one and the tail, and nobody trusts one that is void."""

import asyncio
import os
import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from live_session import effects
from live_session import scribe as scribe_module
from live_session.commands import SERVER, Next, Submit
from live_session.model import Screen, Standing, State
from live_session.reducer import EMPTY, apply
from live_session.store import log, snapshots, tables
from live_session.store.drivers import drive
from live_session.store.log import Asked
from live_session.store.snapshots import pack, unpack, way_of_folding, with_words
from tests.live_session.build import EPOCH, NOW, RUN, SAMPLES, TEACHER, every_kind, is_wall, pupil, sit, start
from tests.live_session.live import PATIENCE, Tool, joined, serving, wall_clock

PUPILS = ("p1", "p2", "p3")


@pytest.fixture
def lesson(engine: Engine) -> Engine:
    """Every kind of question was asked and answered, the open one twice."""
    commands: list[tuple[Any, Any]] = [(start(every_kind()), TEACHER)]
    commands += [(sit(who, standing=Standing.LAUNCHED), SERVER) for who in PUPILS]
    current = None
    for asked in every_kind():
        commands.append((Next(current), TEACHER))
        current = asked.id
        for who in PUPILS:
            values = SAMPLES[asked.kind].values
            post = f"post-of-{who}" if is_wall(asked) else ""
            commands += [(Submit(current, 1, values[n % 2], NOW + n, None, post), pupil(who)) for n in range(2)]
    with engine.begin() as connection:
        asked_all = [Asked(RUN, f"c-{n}", c, actor, NOW + n) for n, (c, actor) in enumerate(commands)]
        appended = drive(connection, log.append({}, asked_all))
    assert all(isinstance(result, tuple) for result in appended.results), appended.results
    return engine


def state_of(engine: Engine) -> State:
    with engine.connect() as connection:
        return drive(connection, log.catch_up({}, [RUN]))[RUN]


def whole(engine: Engine) -> State:
    """The fold of all events, whatever snapshots say."""
    with engine.connect() as connection:
        state = EMPTY
        for logged in drive(connection, log.read(RUN)):
            state = apply(state, logged)
        return state


def save(engine: Engine, state: State, epoch: str = EPOCH) -> int:
    with engine.begin() as connection:
        return drive(connection, log.save_snapshot(RUN, epoch, state, NOW))


def kept(engine: Engine) -> Mapping[str, Any] | None:
    with engine.connect() as connection:
        row = connection.execute(select(tables.snapshot)).mappings().first()
        return dict(row) if row else None


def change(engine: Engine, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(tables.snapshot).values(values))


def forget_events_until(engine: Engine, seq: int) -> None:
    """All but the words' own events: what is not read need not be there."""
    with engine.begin() as connection:
        words = select(tables.content.c.id)
        unread = delete(tables.event).where(tables.event.c.seq <= seq, tables.event.c.command_id.not_in(words))
        connection.execute(unread)


def test_snapshot_and_tail_are_the_fold_of_all(lesson: Engine) -> None:
    """At every place of the log."""
    with lesson.connect() as connection:
        happened = drive(connection, log.read(RUN))
    state = EMPTY
    expected = whole(lesson)
    for logged in happened:
        state = apply(state, logged)
        if logged.seq % 5 == 0 or logged.seq == len(happened):
            assert save(lesson, state) == logged.seq
            assert state_of(lesson) == expected


def test_a_recovery_reads_the_snapshot_and_the_tail_only(lesson: Engine) -> None:
    expected = whole(lesson)
    save(lesson, expected)
    with lesson.begin() as connection:
        drive(connection, log.append({}, [Asked(RUN, "more", Submit("q-single", 1, "D", NOW), pupil("p1"), NOW)]))
    after = state_of(lesson)
    forget_events_until(lesson, expected.seq)
    assert state_of(lesson) == after
    assert after.seq == expected.seq + 1


@pytest.mark.parametrize(
    "void",
    [
        {"epoch": "before the restore"},
        {"made_by": "another release"},
        {"data": b"no bytes of ours"},
        {"data": zlib.compress(b"no state")},
        {"seq": 100_000},
        {"seq": 1},
    ],
)
def test_a_void_snapshot_is_nobodys_truth(lesson: Engine, void: Mapping[str, Any]) -> None:
    expected = whole(lesson)
    save(lesson, expected)
    change(lesson, **void)
    assert state_of(lesson) == expected


def test_a_void_snapshot_is_replaced_even_by_an_older_one(lesson: Engine) -> None:
    state = whole(lesson)
    save(lesson, state)
    change(lesson, made_by="another release", seq=100_000)
    assert save(lesson, state) == state.seq
    found = kept(lesson)
    assert found
    assert (found["seq"], found["made_by"]) == (state.seq, snapshots.MADE_BY)


def test_an_older_state_does_not_replace_a_newer_one(lesson: Engine) -> None:
    state = whole(lesson)
    with lesson.connect() as connection:
        first = apply(EMPTY, drive(connection, log.read(RUN))[0])
    assert save(lesson, state) == state.seq
    assert save(lesson, first) == state.seq
    assert kept(lesson)["seq"] == state.seq  # type: ignore[index]


def test_a_state_of_another_history_is_not_kept(lesson: Engine) -> None:
    """A backup came back under a server: its fold is of events that never happened now."""
    state = whole(lesson)
    assert save(lesson, state, epoch="before the restore") == 0
    with lesson.begin() as connection:
        connection.execute(update(tables.run).values(seq=state.seq - 1))
    assert save(lesson, state) == 0
    assert kept(lesson) is None


def test_pupils_words_are_not_in_it_and_stay_erased(lesson: Engine) -> None:
    expected = whole(lesson)
    save(lesson, expected)
    data = zlib.decompress(kept(lesson)["data"])  # type: ignore[index]
    words = {r.value for r in expected.responses["q-open", 1].values()}
    assert words
    assert not any(word.encode() in data for word in words)
    with lesson.begin() as connection:
        connection.execute(delete(tables.content).where(tables.content.c.participant == "p1"))
    assert state_of(lesson) == whole(lesson)
    given = state_of(lesson).responses["q-open", 1]
    assert given["p1"].value is None
    assert given["p2"].value == expected.responses["q-open", 1]["p2"].value


def test_a_run_that_is_gone_takes_its_snapshot_along(lesson: Engine) -> None:
    save(lesson, whole(lesson))
    with lesson.begin() as connection:
        connection.execute(delete(tables.run))
    assert kept(lesson) is None
    assert save(lesson, EMPTY) == 0


def test_the_way_of_folding_is_the_code_that_folds() -> None:
    assert way_of_folding() == snapshots.MADE_BY
    assert unpack(pack(EMPTY)) == EMPTY
    assert with_words(EMPTY, []) == EMPTY


def test_the_digest_is_of_every_module_that_folding_brings_along() -> None:
    """In an interpreter that has met nothing else."""
    tell = "import sys, live_session.effects\nfor one in sys.modules.values(): print(getattr(one, '__file__', ''))"
    told = subprocess.run([sys.executable, "-c", tell], check=True, capture_output=True, text=True)
    ours = {Path(file) for file in told.stdout.splitlines() if f"{os.sep}live_session{os.sep}" in file}
    assert Path(str(effects.__file__)) in ours
    assert ours - set(snapshots.folding_files()) == set()


async def test_a_server_keeps_snapshots_and_another_begins_from_one(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe_module, "EVERY", 5)
    monkeypatch.setattr(scribe_module, "LOOK_EVERY", 0.01)
    tool = Tool(engine)
    tool.ask(start(every_kind(), at=wall_clock()))
    tool.seat(*PUPILS)
    async with serving(database_url) as live, joined(live, "t1", Screen.CONSOLE) as console:
        await console.steer("next")
        async with asyncio.timeout(PATIENCE):
            while (await asyncio.to_thread(kept, engine) or {"seq": 0})["seq"] < 5:  # noqa: ASYNC110 - a row is no event
                await asyncio.sleep(0.01)
    forget_events_until(engine, kept(engine)["seq"])  # type: ignore[index]
    async with serving(database_url) as live, joined(live, "p1") as phone:
        assert (await phone.state(lambda s: "activity" in s))["activity"]["id"] == "q-single"
        assert (await phone.submit("q-single", "B"))["t"] == "ack"
