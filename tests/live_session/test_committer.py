"""Group commit: one transaction for all who wait, and no word before it is committed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, event, func, select

from live_session import committer as committer_module
from live_session.commands import SERVER, Actor, Command, Next, Shut, Submit
from live_session.committer import MOST_BATCH, Committer, Waiting
from live_session.errors import Code, Refusal
from live_session.model import Outcome, Standing, State
from live_session.store import engine as engine_module
from live_session.store import log, straight, tables
from live_session.store.drivers import drive
from live_session.store.engine import open_engine
from live_session.store.log import Appended, Asked, Result
from tests.live_session.build import EPOCH, NOW, RUN, TEACHER, code, every_kind, pupil, sit, start

Q = "q-single"
run_straight = straight.run
PUPILS = [f"p{n}" for n in range(12)]


class Office:
    """A committer at work, and what it was seen to do."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.states: Mapping[str, State] = {}
        self.seen: list[str] = []
        self.batches: list[Sequence[Waiting]] = []
        self.replies: dict[str, Result] = {}
        self.replied = asyncio.Event()
        self.committer = Committer(engine, lambda: self.states, self._committed)
        event.listen(engine, "begin", lambda _: self.seen.append("begin"))

    def _committed(self, appended: Appended, batch: Sequence[Waiting]) -> None:
        self.states = {**self.states, **appended.states}
        self.batches.append(batch)
        self.seen.append("committed")

    def put(
        self, id: str, command: Command, actor: Actor = TEACHER, run: str = RUN, then: Callable[[], None] | None = None
    ) -> None:
        def reply(result: Result) -> None:
            assert id not in self.replies, "one reply each"
            self.replies[id] = result
            self.seen.append(f"reply {id}")
            self.replied.set()
            if then:
                then()

        self.committer.put(Asked(run, id, command, actor, NOW), reply, connection=1)

    def answer(self, id: str, who: str, value: Any = "A", **more: Any) -> None:
        self.put(id, Submit(Q, 1, value, NOW), pupil(who), **more)

    async def ask(self, command: Command, actor: Actor = TEACHER, id: str | None = None) -> Result:
        return await self.committer.ask(Asked(RUN, id or type(command).__name__, command, actor, NOW))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Office"]:
        task = asyncio.create_task(self.committer.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def all_replied(self, *ids: str) -> None:
        async with asyncio.timeout(30):
            while not set(ids) <= set(self.replies):
                self.replied.clear()
                await self.replied.wait()


def begin_lesson(engine: Engine, *runs: str) -> None:
    """In these runs question 1 is open and the class sits."""
    for run in runs:
        commands: list[tuple[Command, Actor]] = [
            (start(every_kind()), TEACHER),
            *((sit(who, standing=Standing.LAUNCHED), SERVER) for who in PUPILS),
            (Next(), TEACHER),
        ]
        with engine.begin() as connection:
            asked = [Asked(run, f"begin-{n}", command, actor, NOW) for n, (command, actor) in enumerate(commands)]
            drive(connection, log.append({}, asked))


@pytest.fixture
async def office(engine: Engine, database_url: str) -> AsyncIterator[Office]:
    begin_lesson(engine, RUN)
    opened = open_engine(database_url)
    yield Office(opened)
    opened.dispose()


@pytest.fixture
async def sqlite_office(sqlite_engine: Engine, sqlite_url: str) -> AsyncIterator[Office]:
    begin_lesson(sqlite_engine, RUN)
    opened = open_engine(sqlite_url)
    yield Office(opened)
    opened.dispose()


def is_busy(result: Result) -> bool:
    """Refused, to be sent again soon."""
    least = committer_module.RETRY_AFTER
    return isinstance(result, Refusal) and result.code is Code.BUSY and least <= (result.retry_after or 0) <= 3 * least


def in_log(engine: Engine) -> set[str]:
    """The command ids that anybody else can read now: what is committed."""
    with engine.connect() as connection:
        return set(connection.scalars(select(tables.event.c.command_id)))


async def test_all_who_wait_share_one_transaction(office: Office) -> None:
    for n, who in enumerate(PUPILS):
        office.answer(f"id-{n}", who)
    async with office.at_work():
        await office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
    assert office.seen[:2] == ["begin", "committed"]
    assert office.seen[2:] == [f"reply id-{n}" for n in range(len(PUPILS))]
    assert {code(r) for r in office.replies.values()} == {None}


async def test_no_reply_before_others_can_read_it(office: Office, engine: Engine) -> None:
    """The reply looks into the database by another connection."""
    found: dict[str, bool] = {}
    async with office.at_work():
        for n, who in enumerate(PUPILS):
            office.answer(f"id-{n}", who, then=lambda key=f"{who}:id-{n}": found.update({key: key in in_log(engine)}))
            if n % 3 == 0:
                await asyncio.sleep(0)
        await office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
    assert found == {f"{who}:id-{n}": True for n, who in enumerate(PUPILS)}


async def test_no_reply_while_the_commit_is_under_way(sqlite_office: Office) -> None:
    """The last moment at which a crash would lose it: nobody has been told anything."""
    told: list[dict[str, Result]] = []
    event.listen(sqlite_office.engine, "commit", lambda _: told.append(dict(sqlite_office.replies)))
    async with sqlite_office.at_work():
        sqlite_office.answer("one", "p1")
        await sqlite_office.all_replied("one")
    assert told == [{}]


async def test_a_commit_that_fails_is_no_commit(sqlite_office: Office, sqlite_engine: Engine) -> None:
    def fail(_: Any) -> None:
        raise OSError("the disk is gone")

    event.listen(sqlite_office.engine, "commit", fail)
    async with sqlite_office.at_work():
        sqlite_office.answer("one", "p1")
        await sqlite_office.all_replied("one")
        assert is_busy(sqlite_office.replies["one"])
        assert "p1:one" not in in_log(sqlite_engine)
        event.remove(sqlite_office.engine, "commit", fail)
        sqlite_office.answer("two", "p1")
        await sqlite_office.all_replied("two")
        assert code(sqlite_office.replies["two"]) is None


async def test_a_busy_store_refuses_everybody_who_waits(
    sqlite_engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_lesson(sqlite_engine, RUN)
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 10)
    opened = open_engine(sqlite_url)
    office = Office(opened)
    for n, who in enumerate(PUPILS):
        office.answer(f"id-{n}", who)
    with sqlite_engine.begin():
        async with office.at_work():
            await office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
    assert len(office.replies) == len(PUPILS)
    assert all(is_busy(reply) for reply in office.replies.values())
    assert len({reply.retry_after for reply in office.replies.values() if isinstance(reply, Refusal)}) > 1, (
        "not at once"
    )
    assert not any("id-" in id_ for id_ in in_log(sqlite_engine))
    office.replies.clear()
    async with office.at_work():
        office.answer("id-0", "p0")
        await office.all_replied("id-0")
    assert code(office.replies["id-0"]) is None
    opened.dispose()


async def test_a_database_that_is_stuck_fills_no_memory(
    sqlite_engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one write hangs, what comes is told `busy` at once; what hung is written when the database is back."""
    begin_lesson(sqlite_engine, RUN)
    monkeypatch.setattr(committer_module, "STUCK_AFTER", 0.01)
    opened = open_engine(sqlite_url)
    office = Office(opened)
    async with office.at_work():
        with sqlite_engine.begin():
            office.answer("hangs", "p1")
            while not office.committer._is_stuck():  # noqa: ASYNC110 - a moment, not an event
                await asyncio.sleep(0.01)
            for n, who in enumerate(PUPILS):
                office.answer(f"id-{n}", who)
            assert set(office.replies) == {f"id-{n}" for n in range(len(PUPILS))}
            assert all(is_busy(reply) for reply in office.replies.values())
        await office.all_replied("hangs")
    assert code(office.replies["hangs"]) is None
    opened.dispose()


async def test_more_than_can_wait_is_told_to_come_back(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer_module, "MOST_WAITING", 5)
    for n, who in enumerate(PUPILS):
        sqlite_office.answer(f"id-{n}", who)
    assert [is_busy(reply) for reply in sqlite_office.replies.values()] == [True] * (len(PUPILS) - 5)
    async with sqlite_office.at_work():
        await sqlite_office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
    assert [code(sqlite_office.replies[f"id-{n}"]) for n in range(5)] == [None] * 5


async def test_a_command_that_cannot_be_written_does_not_hurt_the_others(
    office: Office, engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database refuses its bytes, now and whenever it is sent again."""
    poison = "x" * 300 + "Em không hiểu"
    monkeypatch.setattr(straight, "run", run_but_long_ids)
    office.answer("before", "p1")
    office.answer(poison, "p2", "D")
    office.answer("after", "p3")
    with caplog.at_level(logging.DEBUG):
        async with office.at_work():
            await office.all_replied("before", poison, "after")
            office.answer("and on", "p4")
            await office.all_replied("and on")
    codes = {id_: code(result) for id_, result in office.replies.items()}
    assert codes == {"before": None, poison: "internal", "after": None, "and on": None}
    assert {"p1:before", "p3:after", "p4:and on"} <= in_log(engine)
    assert not any("Em không hiểu" in (record.exc_text or record.getMessage()) for record in caplog.records)


def run_but_long_ids(connection: Connection, text: str, taken: Any = ()) -> Any:
    """PostgreSQL keeps a column to its length; SQLite does not, and is made to here."""
    if text.startswith("INSERT INTO event") and "x" * 300 in str(taken):
        raise ValueError("value too long")
    return run_straight(connection, text, taken)


async def test_a_run_that_was_erased_does_not_hurt_the_others(office: Office, engine: Engine) -> None:
    office.answer("before", "p1")
    office.answer("lost", "p1", run="erased")
    office.answer("after", "p2")
    async with office.at_work():
        await office.all_replied("before", "lost", "after")
    assert {id_: code(result) for id_, result in office.replies.items()} == {
        "before": None,
        "lost": "forbidden",
        "after": None,
    }
    with engine.begin() as connection:
        connection.execute(delete(tables.run))
    async with office.at_work():
        office.answer("too late", "p1")
        await office.all_replied("too late")
    assert code(office.replies["too late"]) == "forbidden"


async def test_many_runs_share_a_transaction(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        drive(connection, log.create("run-2", EPOCH, NOW))
    begin_lesson(engine, RUN, "run-2")
    opened = open_engine(database_url)
    office = Office(opened)
    office.answer("one", "p1")
    office.answer("two", "p1", run="run-2")
    async with office.at_work():
        await office.all_replied("one", "two")
    assert office.seen.count("begin") == 1
    assert {run: set(state.responses[Q, 1]) for run, state in office.states.items()} == {RUN: {"p1"}, "run-2": {"p1"}}
    opened.dispose()


async def test_a_command_alone_does_not_wait_for_company(sqlite_office: Office) -> None:
    assert sqlite_office.committer._linger() == 0
    async with sqlite_office.at_work():
        await sqlite_office.ask(Submit(Q, 1, "A", NOW), pupil("p1"), "one")
        assert sqlite_office.committer._linger() == 0
    for n, who in enumerate(PUPILS):
        sqlite_office.answer(f"id-{n}", who)
    async with sqlite_office.at_work():
        await sqlite_office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
        assert 0 < sqlite_office.committer._linger() <= committer_module.MOST_LINGER


async def test_a_teachers_press_waits_for_nobody(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """And takes along what waits already, in its order."""
    monkeypatch.setattr(Committer, "_linger", lambda _: 3_600.0)
    async with sqlite_office.at_work():
        sqlite_office.answer("before", "p1")
        await asyncio.sleep(0.05)
        assert not sqlite_office.replies, "an answer waits for company"
        await sqlite_office.ask(Shut(Q), TEACHER, "press")
        sqlite_office.answer("after", "p2")
        await asyncio.sleep(0.05)
        assert "after" not in sqlite_office.replies, "the next answer waits again"
        await sqlite_office.ask(Next(Q), TEACHER, "another press")
        await sqlite_office.all_replied("before", "after")
    assert [len(batch) for batch in sqlite_office.batches] == [2, 2]


async def test_presses_of_one_moment_share_a_batch(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each comes a turn of the loop after the one before it, as the bell brings them."""
    monkeypatch.setattr(committer_module, "MOST_COMPANY", 3_600.0)
    turns = bell(sqlite_office, range(9))
    async with sqlite_office.at_work():
        next(turns)()
        await sqlite_office.all_replied(*(f"press-{n}" for n in range(9)))
    assert [len(batch) for batch in sqlite_office.batches] == [9]


async def test_a_bell_that_never_ends_holds_nobody_up(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer_module, "MOST_COMPANY", 0.0)
    turns = bell(sqlite_office, count())
    async with sqlite_office.at_work():
        next(turns)()
        await sqlite_office.all_replied("press-0")
        turns.close()


def bell(office: Office, numbers: Iterable[int]) -> Generator[Callable[[], None], None, None]:
    """Presses, the next one a turn of the loop after each."""

    def turn(number: int) -> None:
        office.put(f"press-{number}", Next() if number % 2 else Shut(Q))
        if after := next(turns, None):
            asyncio.get_running_loop().call_soon(after)

    turns = (partial(turn, number) for number in numbers)
    return turns


async def test_a_batch_has_a_most(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BATCH == 500
    monkeypatch.setattr(committer_module, "MOST_BATCH", 5)
    for n, who in enumerate(PUPILS):
        sqlite_office.answer(f"id-{n}", who)
    async with sqlite_office.at_work():
        await sqlite_office.all_replied(*(f"id-{n}" for n in range(len(PUPILS))))
    assert [len(batch) for batch in sqlite_office.batches] == [5, 5, 2]


async def test_what_waits_when_the_server_stops_is_still_written(office: Office, engine: Engine) -> None:
    task = asyncio.create_task(office.committer.run())
    await asyncio.sleep(0)
    for n, who in enumerate(PUPILS):
        office.answer(f"id-{n}", who)
    task.cancel()
    await task
    assert len(office.replies) == len(PUPILS)
    assert {f"{who}:id-{n}" for n, who in enumerate(PUPILS)} <= in_log(engine)


@pytest.mark.parametrize("waiting", [False, True])
async def test_what_is_being_written_when_the_server_stops_is_finished(
    sqlite_office: Office, sqlite_engine: Engine, waiting: bool
) -> None:
    """`run` does not return before, because the engine is thrown away after it; what waits is written after it."""
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    event.listen(sqlite_office.engine, "begin", lambda _: loop.call_soon_threadsafe(begun.set))
    task = asyncio.create_task(sqlite_office.committer.run())
    sqlite_office.answer("one", "p1")
    await begun.wait()
    if waiting:
        sqlite_office.answer("two", "p2")
    task.cancel()
    await task
    ids = ["one", "two"] if waiting else ["one"]
    assert sqlite_office.seen == [what for id_ in ids for what in ("begin", "committed", f"reply {id_}")]
    assert {f"p{n}:{id_}" for n, id_ in enumerate(ids, 1)} <= in_log(sqlite_engine)


async def test_a_reply_that_nobody_waits_for_hurts_nobody(sqlite_office: Office) -> None:
    asking = asyncio.create_task(sqlite_office.ask(Submit(Q, 1, "A", NOW), pupil("p1"), "one"))
    await asyncio.sleep(0)
    asking.cancel()
    async with sqlite_office.at_work():
        assert await sqlite_office.ask(Submit(Q, 1, "A", NOW), pupil("p2"), "two") == (16, Outcome.ACCEPTED)


async def test_two_processes_write_one_run(engine: Engine, database_url: str) -> None:
    """classroom.md §4.18. Each with a fold of its own; together they make one log."""
    begin_lesson(engine, RUN)
    engines = [open_engine(database_url) for _ in range(2)]
    offices = [Office(opened) for opened in engines]
    async with offices[0].at_work(), offices[1].at_work():
        for n in range(60):
            offices[n % 2].answer(f"id-{n}", PUPILS[n % len(PUPILS)], "ABCD"[n % 4])
            if n % 5 == 0:
                await asyncio.sleep(0.002)
        for parity, office in enumerate(offices):
            await office.all_replied(*(f"id-{n}" for n in range(parity, 60, 2)))
    assert {code(r) for office in offices for r in office.replies.values()} == {None}
    with engine.connect() as connection:
        seqs = list(connection.scalars(select(tables.event.c.seq).order_by(tables.event.c.seq)))
        assert connection.scalar(select(func.max(tables.run.c.seq))) == seqs[-1]
    assert seqs == list(range(1, len(PUPILS) + 2 + 60 + 1))
    for opened in engines:
        opened.dispose()
