"""Reading what others wrote."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from live_session import follower as follower_module
from live_session.commands import End, Next
from live_session.errors import Refusal, StoreBusy
from live_session.events import Logged
from live_session.follower import Follower
from live_session.model import State
from live_session.server import wall_clock
from live_session.store import tables
from live_session.store.engine import open_async_engine
from live_session.store.log import Head
from tests.live_session.build import EPOCH, NOW, RUN, every_kind, start
from tests.live_session.conftest import make_tables
from tests.live_session.live import PATIENCE, Tool


class Reader:
    """A follower at work, and what it was told to pass on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.states: dict[str, State] = {}
        self.heads: dict[str, Head] = {}
        self.news = asyncio.Event()
        self.follower = Follower(engine, lambda: self.states, self._caught_up)
        self.task: asyncio.Task[None] | None = None

    def _caught_up(
        self, states: Mapping[str, State], heads: Mapping[str, Head], tail: Sequence[tuple[str, Logged]]
    ) -> None:
        assert all(state.seq > self.states[run].seq for run, state in states.items() if run in self.states), "only news"
        for run in states.keys() & self.states.keys():
            between = range(self.states[run].seq + 1, states[run].seq + 1)
            assert [one.seq for run_id, one in tail if run_id == run] == list(between), "and all that happened between"
        self.states.update(states)
        self.heads.update(heads)
        self.news.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Reader"]:
        self.task = asyncio.create_task(self.follower.run())
        try:
            yield self
        finally:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def until_seq(self, seq: int, run: str = RUN) -> None:
        async with asyncio.timeout(PATIENCE):
            while run not in self.states or self.states[run].seq < seq:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
def tool(engine: Engine) -> Tool:
    tool = Tool(engine)
    assert not isinstance(tool.ask(start(every_kind(), at=wall_clock())), Refusal)
    return tool


@pytest.fixture
async def reader(tool: Tool, database_url: str) -> AsyncIterator[Reader]:
    opened = open_async_engine(database_url)
    async with Reader(opened).at_work() as reader:
        yield reader
    await opened.dispose()


async def test_it_looks_by_itself(reader: Reader, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost wake-up costs at most `LOOK_EVERY`."""
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 0.01)
    await reader.until_seq(1)
    assert reader.heads[RUN] == Head(EPOCH, 1)
    tool.ask(Next())
    await reader.until_seq(2)
    assert reader.states[RUN] == tool.state


async def test_it_looks_when_woken(reader: Reader, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 3_600.0)
    await reader.until_seq(1)
    await reader.follower.look(RUN)  # begins to wait an hour
    tool.ask(Next())
    reader.follower.wake([RUN])
    await reader.until_seq(2)


async def test_who_asks_waits_until_it_has_been_read(reader: Reader, tool: Tool, engine: Engine) -> None:
    for n in range(5):
        make_tables(engine, f"new-{n}")
        Tool(engine, f"new-{n}").ask(start(at=wall_clock()))
        tool.ask(Next(tool.state.current))
        await asyncio.gather(
            reader.follower.look(f"new-{n}"), reader.follower.look(RUN), reader.follower.look("nothing")
        )
        assert reader.states[f"new-{n}"].seq == 1
        assert reader.states[RUN] == tool.state
        assert "nothing" not in reader.states


async def test_a_run_that_ended_is_read_when_somebody_asks(tool: Tool, database_url: str) -> None:
    """Open runs are followed; ended ones when a phone comes back with what it holds."""
    tool.ask(End())
    opened = open_async_engine(database_url)
    async with Reader(opened).at_work() as reader:
        await reader.follower.look("nothing")
        assert RUN not in reader.states
        await reader.follower.look(RUN)
        assert reader.states[RUN] == tool.state
    await opened.dispose()


async def test_a_log_out_of_reach_is_said_to_who_asks_and_tried_again(tool: Tool, database_url: str) -> None:
    opened = open_async_engine(database_url)
    async with Reader(opened).at_work() as reader:
        await reader.follower.look(RUN)
        with tool.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE run RENAME TO run_gone")
        with pytest.raises(StoreBusy):
            await reader.follower.look(RUN)
        with tool.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE run_gone RENAME TO run")
        await reader.follower.look(RUN)
    await opened.dispose()


async def test_a_log_that_is_not_understood_leaves_the_others_alone(
    reader: Reader, tool: Tool, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An event of a newer release stands in one lesson's log."""
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 0.01)
    make_tables(engine, "newer")
    body = {
        "seq": 1,
        "command_id": "t:1",
        "at": NOW,
        "type": "moon_landed",
        "version": 9,
        "body": '{"type":"moon_landed"}',
    }
    with engine.begin() as connection:
        connection.execute(insert(tables.event), [{"run_id": "newer", **body}])
        connection.execute(update(tables.run).where(tables.run.c.id == "newer").values(seq=1))
    with caplog.at_level(logging.ERROR):
        tool.ask(Next())
        await reader.follower.look("newer")
        await reader.until_seq(2)
        for _ in range(3):
            await reader.follower.look("newer")
    assert "newer" not in reader.states
    assert [r.message for r in caplog.records] == ["run_not_understood"], "said once"


async def test_nobody_waits_for_a_follower_that_died(tool: Tool, database_url: str) -> None:
    """A server that stops waits for its connections: one that asked must be told."""
    opened = open_async_engine(database_url)
    reader = Reader(opened)

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    reader.follower._caught_up = explode
    task = asyncio.create_task(reader.follower.run())
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(StoreBusy):
            await reader.follower.look(RUN)
        with pytest.raises(ZeroDivisionError):
            await task
    await opened.dispose()


async def test_stopping_in_the_middle_of_a_read_leaves_nothing_behind(tool: Tool, database_url: str) -> None:
    """No connection that is cut off, and no thread that speaks to a loop which is no more: warnings are errors here."""
    for wait in (0, 0, 0, 0.0005, 0.001, 0.002):
        opened = open_async_engine(database_url)
        async with Reader(opened).at_work():
            await asyncio.sleep(wait)
        assert opened.pool.checkedout() == 0  # type: ignore[attr-defined]
        await opened.dispose()
