"""The thread that appends: one connection while batches come, another one after an error, none that stays behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from threading import active_count

import pytest
from sqlalchemy import Engine, event

from live_session import writer as writer_module
from live_session.commands import Next
from live_session.errors import StoreBusy, UnknownRun
from live_session.store.engine import open_engine
from live_session.store.log import Asked
from live_session.writer import Writer
from tests.live_session.build import NOW, RUN, TEACHER, every_kind, start


class Pool:
    """A writer on an engine of its own, and how often a connection was taken from its pool and given back."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = Writer(engine)
        self.seen: list[str] = []
        event.listen(engine, "checkout", lambda *_: self.seen.append("taken"))
        event.listen(engine, "checkin", lambda *_: self.seen.append("given back"))


@pytest.fixture
async def pool(engine: Engine, database_url: str) -> AsyncIterator[Pool]:
    opened = open_engine(database_url)
    pool = Pool(opened)
    pool.writer.open()
    yield pool
    pool.writer.close()
    opened.dispose()


def asked(id: str, command: object = None, run: str = RUN) -> Sequence[Asked]:
    return [Asked(run, id, command or start(every_kind()), TEACHER, NOW)]  # type: ignore[arg-type]


async def test_batches_that_come_one_after_another_share_a_connection(pool: Pool) -> None:
    for n, command in enumerate((None, Next(), Next("q-single"))):
        appended = await pool.writer.append({}, asked(f"id-{n}", command))
        assert appended.states[RUN].seq == n + 1
    assert pool.seen == ["taken"]


async def test_a_rest_gives_the_connection_back(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "SURE_S", 0.0)
    await pool.writer.append({}, asked("one"))
    async with asyncio.timeout(30):
        while pool.seen != ["taken", "given back"]:  # noqa: ASYNC110 - a moment, not an event
            await asyncio.sleep(0.001)
    await pool.writer.append({}, asked("two", Next()))
    assert pool.seen[:3] == ["taken", "given back", "taken"]


async def test_what_fails_is_told_and_the_next_batch_has_a_connection_from_the_pool(pool: Pool) -> None:
    await pool.writer.append({}, asked("one"))
    with pytest.raises(UnknownRun):
        await pool.writer.append({}, asked("two", run="nowhere"))
    appended = await pool.writer.append({}, asked("three", Next()))
    assert appended.states[RUN].seq == 2
    assert pool.seen == ["taken", "given back", "taken"]


async def test_a_database_out_of_reach_is_busy(tmp_path: object) -> None:
    writer = Writer(open_engine(f"sqlite:///{tmp_path}/folder"))
    writer.open()
    with pytest.raises(StoreBusy):
        await writer.append({}, asked("one"))  # a file without tables
    writer.close()


async def test_whoever_is_gone_leaves_the_thread_alive(pool: Pool) -> None:
    pool.writer.append({}, asked("one")).cancel()
    appended = await pool.writer.append({}, asked("two", Next()))
    assert appended.states[RUN].seq == 2, "what was asked is written all the same"


async def test_it_can_be_closed_and_opened_again(pool: Pool) -> None:
    before = active_count()
    await pool.writer.append({}, asked("one"))
    pool.writer.close()
    assert active_count() == before - 1
    assert pool.seen == ["taken", "given back"]
    pool.writer.open()
    appended = await pool.writer.append({}, asked("two", Next()))
    assert appended.states[RUN].seq == 2
