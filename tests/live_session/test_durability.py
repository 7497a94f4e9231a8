"""The database is full, restarted, away, or silent: answers wait on the phones, are refused `busy`, and arrive later.
Nothing that was acknowledged is lost, nothing is counted twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, event, select, update
from sqlalchemy.exc import DBAPIError

from live_session import committer as committer_module
from live_session.bench import school
from live_session.bench.serve import HOST
from live_session.bus import Bus
from live_session.bus.choice import open_bus
from live_session.errors import Code
from live_session.events import Answered
from live_session.model import Outcome
from live_session.phones import Answerer, Crowd, Phone, Site, Uniform
from live_session.phones.phone import Frame, wall_clock
from live_session.server import LiveServer, LiveSettings
from live_session.store import engine as engine_module
from live_session.store import tables
from live_session.store.engine import open_async_engine, open_engine
from tests.live_session.cluster import binaries, cluster
from tests.live_session.gate import Gate, gate_to
from tests.live_session.live import Live
from tests.live_session.test_phones import KINDS, QUICK, playing, prepare, provider, read_log, steer, ticket_for, until
from tests.ports import free_port

PUPILS = 12
PROGRAMS = binaries()


class Listener(Phone):
    """A phone that remembers why it was refused."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.codes: list[str] = []

    def _refused(self, frame: Frame) -> None:
        self.codes.append(frame["code"])
        super()._refused(frame)


@dataclass
class Lesson:
    """A class in its lesson."""

    live: Live
    site: Site
    crowd: Crowd
    phones: list[Listener]

    async def all_saved(self) -> None:
        """Nobody holds anything back any more."""
        await until(lambda: all(p.is_connected and p.is_idle for p in self.phones))

    async def somebody_answers(self) -> None:
        """Now, however quick the others were."""
        await self.phones[0].answer("B")

    def was_told(self, code: Code) -> bool:
        return any(code in phone.codes for phone in self.phones)

    def holds(self, url: str) -> None:
        """The log has what was promised, all of it and once."""
        verdict = self.crowd.compare(read_log(url))
        assert verdict.is_clean
        assert (verdict.waiting, verdict.refused) == (0, 0)
        assert verdict.acked == self.crowd.progress().answered > 0


@asynccontextmanager
async def lesson_on(url: str, bus: Bus | None = None) -> AsyncIterator[Lesson]:
    engine = open_async_engine(url)
    settings = LiveSettings(HOST, 0, (school.ORIGIN,), (school.KEY,))
    live = await Live(engine, LiveServer(engine, settings, bus)).start()
    site = Site(live.url, school.ORIGIN, patience=0.5)
    answerer = Answerer(Uniform(0.05, 0.8), share=1.0, change=0.5)
    phones = [
        Listener(site, provider(ticket_for(n)), Random(n), who=school.pupil_id(0, n), answerer=answerer)
        for n in range(PUPILS)
    ]
    try:
        async with playing(*phones) as crowd:
            await until(lambda: all(p.is_connected for p in phones))
            yield Lesson(live, site, crowd, phones)
    finally:
        await live.stop()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused comes again sooner, so that tests wait less."""
    monkeypatch.setattr(committer_module, "RETRY_AFTER", 0.05)


async def test_a_full_disk(tmp_path: Path) -> None:
    """SQLite may not grow by a page; then somebody makes room."""
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single", "open"], PUPILS)
    async with lesson_on(url) as lesson:
        await steer(lesson.site, "open", activity="single")
        await lesson.all_saved()
        limit = FullDisk(lesson.live)
        await steer(lesson.site, "open", activity="open")
        await until(lambda: lesson.crowd.progress().waiting > 0 and lesson.was_told(Code.BUSY))
        assert all(p.is_connected for p in lesson.phones), "the lesson goes on"
        limit.lift()
        await lesson.all_saved()
    lesson.holds(url)


class FullDisk:
    """From now on the database has no page to spare, in every transaction, until it is lifted."""

    def __init__(self, live: Live) -> None:
        self._is_full = True
        event.listen(live.server.writing, "begin", self._limit)

    def _limit(self, connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if self._is_full else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def lift(self) -> None:
        self._is_full = False


async def away(gate: Gate, lesson: Lesson, seconds: float) -> None:
    """The database goes in the middle of a question, and comes back."""
    acked = lesson.crowd.progress().acked
    await steer(lesson.site, "open", activity="single")
    await until(lambda: lesson.crowd.progress().acked > acked + 2)
    await gate.shut()
    await lesson.somebody_answers()
    await until(lambda: lesson.was_told(Code.BUSY))
    await asyncio.sleep(seconds)
    assert all(p.is_connected for p in lesson.phones), "nobody is sent away for it"
    assert lesson.crowd.progress().waiting > 0
    await gate.open()
    await lesson.all_saved()


@pytest.mark.postgres
async def test_a_database_that_is_away_for_a_while(postgres_url: str) -> None:
    prepare(postgres_url, ["single", "multiple"], PUPILS)
    async with gate_to(postgres_url) as (gate, url), lesson_on(url, open_bus("", url)) as lesson:
        await away(gate, lesson, seconds=1.0)
        await steer(lesson.site, "open", activity="multiple")
        await until(lambda: all(p.state["activity"]["id"] == "multiple" for p in lesson.phones))
        await lesson.all_saved()
    lesson.holds(postgres_url)


@pytest.mark.slow
@pytest.mark.postgres
async def test_a_database_that_is_away_for_half_a_minute(postgres_url: str) -> None:
    prepare(postgres_url, ["single"], PUPILS)
    async with gate_to(postgres_url) as (gate, url), lesson_on(url, open_bus("", url)) as lesson:
        await away(gate, lesson, seconds=30.0)
    lesson.holds(postgres_url)


@pytest.mark.postgres
async def test_a_database_that_restarts_again_and_again(postgres_url: str) -> None:
    """Connections break in the middle of transactions and commits: whether one was committed, only the log knows."""
    prepare(postgres_url, ["single", "multiple", "true_false", "number"], PUPILS)
    async with gate_to(postgres_url) as (gate, url), lesson_on(url, open_bus("", url)) as lesson:
        for kind in ("single", "multiple", "true_false", "number"):
            await until_steered(lesson, kind)
            for _ in range(6):
                await asyncio.sleep(0.05)
                gate.break_all()
            await lesson.all_saved()
    lesson.holds(postgres_url)


@pytest.mark.slow
@pytest.mark.skipif(PROGRAMS is None, reason="makes a PostgreSQL of its own: needs its server's programs")
async def test_a_postgresql_that_is_killed_in_the_middle_of_questions() -> None:
    """SIGKILL to the server and all its processes, again and again, and a recovery each time."""
    assert PROGRAMS
    with cluster(PROGRAMS) as postgres:
        prepare(postgres.url, [*KINDS], PUPILS)
        async with lesson_on(postgres.url, open_bus("", postgres.url)) as lesson:
            for kind in KINDS:
                acked = lesson.crowd.progress().acked
                await until_steered(lesson, kind)
                await until(lambda acked=acked: lesson.crowd.progress().acked > acked + 2)
                postgres.kill()
                assert all(p.is_connected for p in lesson.phones), "nobody is sent away for it"
                await asyncio.to_thread(postgres.start)
                await lesson.all_saved()
            assert lesson.was_told(Code.BUSY)
        lesson.holds(postgres.url)


async def until_steered(lesson: Lesson, kind: str) -> None:
    """The teacher presses until it is open."""
    for _ in range(20):  # a connection that broke meanwhile may make this `busy`, whether it was written or not
        if await steer(lesson.site, "open", activity=kind) == "ack":
            break
        await asyncio.sleep(0.05)
    await until(lambda: all(p.state.get("activity", {}).get("id") == kind for p in lesson.phones))


async def test_a_restored_backup_gets_the_answers_that_are_newer_than_it(tmp_path: Path) -> None:
    """A new epoch: phones offer again what was acknowledged, and what the backup has they do not double. The question
    itself is newer than the backup: its answers wait on the phones until the teacher opens it once more."""
    url, port = f"sqlite:///{tmp_path}/live.db", free_port()
    prepare(url, ["single", "multiple"], PUPILS)
    settings = LiveSettings(HOST, port, (school.ORIGIN,), (school.KEY,))
    site = Site(f"ws://{HOST}:{port}/live", school.ORIGIN, patience=0.5)
    phones = [
        Phone(site, provider(ticket_for(n)), Random(n), who=school.pupil_id(0, n), answerer=QUICK, now=clock)
        for n, clock in enumerate([*WRONG_CLOCKS, *[wall_clock] * (PUPILS - len(WRONG_CLOCKS))])
    ]
    async with playing(*phones) as crowd:
        for kind in ("single", "multiple"):
            engine = open_async_engine(url)
            live = await Live(engine, LiveServer(engine, settings)).start()
            await until(lambda: all(p.is_connected for p in phones))
            await steer(site, "open", activity=kind)
            await until(lambda kind=kind: all(p.state["activity"]["id"] == kind for p in phones))
            await until(lambda: all(p.is_idle and p.outbox.saved for p in phones))
            await live.stop()
            if kind == "single":
                copy_database(tmp_path / "live.db", tmp_path / "backup.db")
        acked = crowd.progress().acked
        (tmp_path / "backup.db").replace(tmp_path / "live.db")
        begin_anew(url)
        assert len([e for e in read_log(url) if isinstance(e.event, Answered)]) < acked
        engine = open_async_engine(url)
        live = await Live(engine, LiveServer(engine, settings)).start()
        await until(lambda: all(p.is_connected and p.outbox.held == p.outbox.waiting.keys() for p in phones))
        assert all(p.outbox.held and not p.outbox.parked for p in phones)
        await steer(site, "open", activity="multiple")
        await until(lambda: all(p.is_connected and p.is_idle for p in phones))
        await live.stop()
    happened = read_log(url)
    verdict = crowd.compare(happened)
    assert verdict.is_clean
    assert verdict.acked == acked == len([e for e in happened if isinstance(e.event, Answered)])
    ends = [e.event.outcome for e in happened if isinstance(e.event, Answered) and e.event.activity == "single"]
    assert Outcome.LATE not in ends, "whatever year it is on the phone"


WRONG_CLOCKS = (lambda: wall_clock() - 56 * 365 * 86_400_000, lambda: wall_clock() + 64 * 365 * 86_400_000)
"""In 1970, and in 2090."""


def copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as two:
        one.backup(two)


def begin_anew(url: str) -> None:
    """What `giotay restore` does to the runs."""
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(update(tables.run).values(epoch="after-the-restore"))
    engine.dispose()


@pytest.mark.postgres
async def test_a_database_that_falls_silent(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write hangs and nobody says why: what comes then is refused at once and fills no memory."""
    monkeypatch.setattr(committer_module, "STUCK_AFTER", 0.2)
    prepare(postgres_url, ["single"], PUPILS)
    async with gate_to(postgres_url) as (gate, url), lesson_on(url, open_bus("", url)) as lesson:
        await steer(lesson.site, "open", activity="single")
        await until(lambda: lesson.crowd.progress().acked > 2)
        gate.silence()
        await lesson.somebody_answers()
        await until(lambda: lesson.was_told(Code.BUSY))
        await gate.open()
        await lesson.all_saved()
    lesson.holds(postgres_url)


@pytest.mark.postgres
async def test_a_host_that_is_cut_off_in_the_middle_of_an_append_locks_nobody_out(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the run's row and falls silent; PostgreSQL gives the row back before the others lose patience."""
    assert engine_module.IDLE_TIMEOUT_MS < engine_module.BUSY_TIMEOUT_MS
    monkeypatch.setattr(engine_module, "IDLE_TIMEOUT_MS", 300)
    prepare(postgres_url, ["single"], PUPILS)
    lost = open_async_engine(postgres_url)
    connection = await lost.connect()
    await connection.execute(select(tables.run).with_for_update())
    async with lesson_on(postgres_url, open_bus("", postgres_url)) as lesson:
        assert await steer(lesson.site, "open", activity="single") == "ack"
        await until(lambda: all(p.outbox.saved for p in lesson.phones))
        await lesson.all_saved()
    lesson.holds(postgres_url)
    with pytest.raises(DBAPIError):
        await connection.execute(select(tables.run))
    await connection.close()
    await lost.dispose()
