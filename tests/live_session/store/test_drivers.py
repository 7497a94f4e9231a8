"""The same statements, driven both ways."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from live_session.commands import SERVER, Next, Submit
from live_session.errors import StoreBusy, StoreError, UnknownRun
from live_session.events import Logged
from live_session.store import log, straight
from live_session.store.drivers import drive, drive_async, store_errors
from live_session.store.engine import open_async_engine, open_engine
from live_session.store.log import Appended, Asked, Steps
from live_session.store.tables import metadata
from tests.conftest import connect_to_postgres
from tests.live_session.build import EPOCH, NOW, TEACHER, activity, pupil, sit, start


@pytest.fixture
async def async_engine(engine: Engine, database_url: str) -> AsyncIterator[AsyncEngine]:
    opened = open_async_engine(database_url)
    yield opened
    await opened.dispose()


def lesson(run: str) -> list[Asked]:
    return [
        Asked(run, "start", start([activity("open"), activity("single")]), TEACHER, NOW),
        Asked(run, "sit", sit("p1"), SERVER, NOW),
        Asked(run, "next", Next(), TEACHER, NOW),
        Asked(run, "words", Submit("q-open", 1, "Vì sao ạ?", NOW), pupil("p1"), NOW),
        Asked(run, "refused", Submit("q-open", 1, 7, NOW), pupil("p1"), NOW),
        Asked(run, "words", Submit("q-open", 1, "khác", NOW), pupil("p1"), NOW),
    ]


async def test_both_drivers_give_the_same(engine: Engine, async_engine: AsyncEngine) -> None:
    with engine.begin() as connection:
        drive(connection, log.create("sync", EPOCH, NOW))
        one = drive(connection, log.append({}, lesson("sync")))
    async with async_engine.begin() as connection_:
        await drive_async(connection_, log.create("async", EPOCH, NOW))
        other = await drive_async(connection_, log.append({}, lesson("async")))
    assert one.results == other.results
    assert one.states["sync"] == other.states["async"]
    with engine.begin() as connection:
        read = drive(connection, log.read("async"))
        heads = drive(connection, log.heads(["sync", "async"]))
    async with async_engine.begin() as connection_:
        assert await drive_async(connection_, log.read("sync")) == read
        assert await drive_async(connection_, log.heads(["sync", "async"])) == heads
        assert sorted(await drive_async(connection_, log.open_runs())) == ["async", "run-1", "sync"]


def overheard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first words of what is said to the driver from now on."""
    said: list[str] = []
    run = straight.run
    monkeypatch.setattr(
        straight, "run", lambda of, text, *taken: (said.append(text.split()[0]), run(of, text, *taken))[1]
    )
    return said


def test_an_append_asks_the_database_a_handful_of_things(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many answers share it, and of however many runs: a statement more is paid by every batch of a lesson."""
    runs = [f"r{n}" for n in range(6)]
    with engine.begin() as connection:
        for run in runs:
            drive(connection, log.create(run, EPOCH, NOW))
        states = drive(connection, log.append({}, [asked for run in runs for asked in lesson(run)])).states
    said = overheard(monkeypatch)
    answers = [
        Asked(run, f"more-{n}", Submit("q-open", 1, f"\\u0000 “{n}” \\ 'a' %s ?", NOW), pupil("p1"), NOW)
        for run in runs
        for n in range(3)
    ]
    with engine.begin() as connection:
        appended = drive(connection, log.append(states, answers))
    assert len(appended.written) == len(answers)
    begins = ["BEGIN"] if engine.dialect.name == "sqlite" else []
    assert said == [*begins, "SELECT", "INSERT", "INSERT", "UPDATE"]
    with engine.begin() as connection:  # whatever a pupil types comes back to the letter
        assert drive(connection, log.catch_up({}, runs)) == appended.states


def test_a_look_at_the_log_is_two_questions_however_many_runs_moved(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every worker reads what the others wrote: what this costs is what a second worker brings."""
    runs = [f"r{n}" for n in range(6)]
    with engine.begin() as connection:
        for run in runs:
            drive(connection, log.create(run, EPOCH, NOW))
        begun = drive(connection, log.append({}, [lesson(run)[n] for run in runs for n in (0, 1, 2)])).states
        written = drive(connection, log.append(begun, [lesson(run)[3] for run in runs]))
    said = overheard(monkeypatch)
    tail: list[tuple[str, Logged]] = []
    with engine.begin() as connection:
        heads = drive(connection, log.heads(runs))
        states = drive(connection, log.catch_up(begun, runs, tail))
    assert [word for word in said if word != "BEGIN"] == ["SELECT", "SELECT"]
    assert {run: head.seq for run, head in heads.items()} == {run: state.seq for run, state in states.items()}
    assert states == written.states
    assert tail == list(written.written), "in order, with the pupils' words, and nothing that was known"


async def test_both_drivers_pass_on_what_the_steps_raise(engine: Engine, async_engine: AsyncEngine) -> None:
    with pytest.raises(UnknownRun), engine.begin() as connection:
        drive(connection, log.append({}, lesson("nothing")))
    with pytest.raises(UnknownRun):
        async with async_engine.begin() as connection_:
            await drive_async(connection_, log.append({}, lesson("nothing")))


async def test_both_drivers_give_the_databases_errors_as_ours(engine: Engine, async_engine: AsyncEngine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE content"))
    broken = lesson("run-1")
    with pytest.raises(StoreError), store_errors(), engine.begin() as connection:
        drive(connection, log.append({}, broken))
    with pytest.raises(StoreError), store_errors():
        async with async_engine.begin() as connection_:
            await drive_async(connection_, log.append({}, broken))


def raised(error: Exception) -> type[Exception]:
    with pytest.raises(StoreError) as caught, store_errors():
        raise error
    return type(caught.value)


def test_which_errors_mean_try_again() -> None:
    for error in (OperationalError, InterfaceError):
        assert raised(error("SELECT 1", {}, Exception("locked"))) is StoreBusy
    assert raised(PoolTimeout()) is StoreBusy
    assert raised(ConnectionRefusedError()) is StoreBusy
    for worse in (IntegrityError, ProgrammingError):
        assert raised(worse("SELECT 1", {}, Exception("twice"))) is StoreError
    assert raised(DBAPIError("SELECT 1", {}, Exception("gone"), connection_invalidated=True)) is StoreBusy


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(UnknownRun), store_errors():
        raise UnknownRun("erased")
    with pytest.raises(ZeroDivisionError), store_errors():
        raise ZeroDivisionError


def test_nothing_is_appended_without_a_commit(engine: Engine) -> None:
    with engine.connect() as connection:
        appended = drive(connection, log.append({}, lesson("run-1")))
        assert isinstance(appended, Appended)
        connection.rollback()
    with engine.connect() as connection:
        assert drive(connection, log.read("run-1")) == []


@pytest.mark.postgres
def test_a_connection_that_died_is_known_for_it(postgres_url: str) -> None:
    """What goes straight to the driver leaves the pool no dead connection."""
    engine = open_engine(postgres_url, pool_size=1, max_overflow=0)
    metadata.create_all(engine)
    with pytest.raises(StoreBusy), store_errors(), engine.begin() as connection:
        drive(connection, kill_yourself(connection))
    with engine.begin() as connection:
        assert drive(connection, log.heads(["run-1"])) == {}
    engine.dispose()


def kill_yourself(connection: Connection) -> Steps[None]:
    (own,) = connection.execute(text("SELECT pg_backend_pid()")).one()
    with connect_to_postgres() as server:
        server.execute("SELECT pg_terminate_backend(%s)", (own,))
    yield from log.heads(["run-1"])
