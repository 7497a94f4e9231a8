"""The bus says "look at the log", and nothing else. One contract for all that carry it, each for real."""

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine

from live_session import follower as follower_module
from live_session.bus import Bus, InProcessBus, Room
from live_session.bus import local as local_module
from live_session.bus import relay as relay_module
from live_session.bus.caller import open_caller
from live_session.bus.choice import carrier, file_of, open_bus
from live_session.bus.local import LocalBus, folder_of
from live_session.bus.postgres import PostgresBus, conninfo
from live_session.bus.redis import RedisBus
from live_session.bus.relay import MOST_RUNS, Relay, messages, parse
from live_session.commands import Open
from live_session.model import Screen
from live_session.store.engine import open_engine
from tests.conftest import connect_to_postgres
from tests.live_session.build import RUN, every_kind, start
from tests.live_session.conftest import make_tables
from tests.live_session.live import PATIENCE, Tool, joined, serving, wall_clock

REDIS_VARIABLE = "GIOTAY_TEST_REDIS_URL"


def redis_server() -> str:
    return os.environ.get(REDIS_VARIABLE) or "redis://127.0.0.1:6379"


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """A Redis that answers, and a channel that no other test speaks on: channels know no databases."""
    try:
        redis.Redis.from_url(redis_server(), socket_connect_timeout=3).ping()
    except redis.ConnectionError as error:
        pytest.skip(f"no Redis answers at {redis_server()}; name one in {REDIS_VARIABLE} ({error})")
    channel = f"giotay_test_{relay_module.new_name()}"
    for module in ("redis", "caller"):
        monkeypatch.setattr(f"live_session.bus.{module}.CHANNEL", channel)
    return redis_server()


class End:
    """One end of a bus at work, and what it heard."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: set[str] = set()
        self.words: list[frozenset[str]] = []
        self._news = asyncio.Event()
        bus.listen(self._hear)

    def _hear(self, woken: frozenset[str]) -> None:
        self.words.append(woken)
        self.heard |= woken
        self._news.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def hears(self, *runs: str) -> None:
        await self.until(lambda: self.heard >= set(runs))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["End"]:
        task = asyncio.create_task(self.bus.run())
        try:
            if isinstance(self.bus, Relay):
                async with asyncio.timeout(PATIENCE):
                    await self.bus.is_hearing.wait()
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture(
    params=[
        "process",
        "local",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("redis", marks=pytest.mark.redis),
    ]
)
def make_bus(request: pytest.FixtureRequest) -> Callable[[], Bus]:
    """Makes ends of one bus, of each kind."""
    if request.param == "process":
        room = Room()
        return lambda: InProcessBus(room)
    url = request.getfixturevalue(f"{request.param}_url")
    return lambda: open_bus(url if request.param == "redis" else "", url)


@pytest.fixture
def local_url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a socket's folder goes with the test; `tmp_path` is too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="giotay-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setattr(local_module, "CHECK_EVERY", 0.05)
        yield sqlite_url


# --- the contract ---------------------------------------------------------------------------------------------------


async def test_all_others_are_woken_and_not_oneself(make_bus: Callable[[], Bus]) -> None:
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two, End(make_bus()).at_work() as three:
        one.bus.wake(iter(["a", "b", "a"]))
        await two.hears("a", "b")
        await three.hears("a", "b")
        two.bus.wake(["back"])
        await one.hears("back")
        assert one.heard == {"back"}


async def test_everybody_who_listens_at_one_end_is_told(make_bus: Callable[[], Bus]) -> None:
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two:
        heard: list[frozenset[str]] = []
        two.bus.listen(heard.append)
        one.bus.wake(["a"])
        await two.until(lambda: frozenset("a") in heard)


async def test_nothing_to_say_is_not_said(make_bus: Callable[[], Bus]) -> None:
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two:
        two.words.clear()
        one.bus.wake([])
        one.bus.wake(["a"])
        await two.hears("a")
        assert two.words == [{"a"}]


async def test_as_many_runs_as_a_province_has(make_bus: Callable[[], Bus]) -> None:
    runs = {f"{n:032x}" for n in range(5_000)}
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two:
        one.bus.wake(runs)
        await two.hears(*runs)
        assert two.heard == runs


async def test_what_is_said_before_it_runs_is_said_when_it_does(make_bus: Callable[[], Bus]) -> None:
    bus = make_bus()
    async with End(make_bus()).at_work() as two:
        bus.wake(["early"])
        async with End(bus).at_work():
            await two.hears("early")


@pytest.mark.parametrize(
    "kind",
    ["local", pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("redis", marks=pytest.mark.redis)],
)
async def test_pages_that_have_no_loop_speak_too(request: pytest.FixtureRequest, kind: str) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    bus_url = url if kind == "redis" else ""
    caller = open_caller(bus_url, url)
    assert caller
    async with End(open_bus(bus_url, url)).at_work() as end:
        for n in range(20):
            await asyncio.to_thread(caller.wake, [f"run-{n}"])
        await end.hears(*(f"run-{n}" for n in range(20)))


def test_beside_a_database_in_memory_there_is_nobody_to_call() -> None:
    assert open_caller("", "sqlite://") is None


async def test_what_comes_at_the_moment_a_listener_stops_waiting_is_heard(local_url: str) -> None:
    caller = open_caller("", local_url)
    assert caller
    async with End(open_bus("", local_url)).at_work() as end:
        for n in range(5):
            await asyncio.sleep(0)
            caller.wake([f"late-{n}"])
            # The loop stands still: the word and the end of the wait are there at once.
            time.sleep(2 * local_module.CHECK_EVERY)  # noqa: ASYNC251
            await end.hears(f"late-{n}")


async def test_a_socket_that_nobody_holds_is_swept_away(local_url: str) -> None:
    folder = folder_of(file_of(local_url), make=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / "dead"))
    async with End(open_bus("", local_url)).at_work() as one, End(open_bus("", local_url)).at_work() as two:
        one.bus.wake(["a"])
        await two.hears("a")
        assert not (folder / "dead").exists()
    assert not folder.exists(), "the last one closes the door"


def test_a_folder_that_somebody_else_can_read_is_not_used(local_url: str) -> None:
    folder_of(file_of(local_url), make=True).chmod(0o755)
    with pytest.raises(PermissionError):
        folder_of(file_of(local_url), make=True)
    caller = open_caller("", local_url)
    assert caller
    caller.wake(["a"])


def test_the_folder_is_the_databases_own_and_short(tmp_path: Path) -> None:
    long, other = (folder_of(str(tmp_path / name), make=True) for name in ("x" * 200, "other"))
    assert long == folder_of(str(tmp_path / ("x" * 200))) != other
    assert len(str(long)) < 90
    for one in (long, other):
        one.rmdir()
    with pytest.raises(FileNotFoundError):
        folder_of(str(tmp_path / "other"))


# --- between processes ----------------------------------------------------------------------------------------------


def break_connections(bus: Bus) -> None:
    """As a restart of what carries it does."""
    assert isinstance(bus, Relay)
    if isinstance(bus, LocalBus):
        (folder_of(bus._database) / bus.name).unlink(missing_ok=True)
    elif isinstance(bus, PostgresBus):
        find = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s"
        with connect_to_postgres() as server:
            server.execute(find, (f"giotay-bus-{bus.name}-%",))
    else:
        server = redis.Redis.from_url(redis_server(), decode_responses=True)
        for client in server.client_list():
            if client["name"].startswith(f"giotay-bus-{bus.name}-"):
                server.client_kill(client["addr"])


async def test_broken_connections_are_mended_and_everything_is_looked_at(make_bus: Callable[[], Bus]) -> None:
    """Nobody knows what was said in between: who listens is told to look at all runs (it names none)."""
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two:
        if isinstance(one.bus, InProcessBus):
            return
        for n in range(3):
            two.words.clear()
            break_connections(one.bus)
            break_connections(two.bus)
            await two.until(lambda: frozenset() in two.words)
            one.bus.wake([f"again-{n}"])
            await two.hears(f"again-{n}")


async def test_many_commits_are_one_wake_up(make_bus: Callable[[], Bus]) -> None:
    async with End(make_bus()).at_work() as one, End(make_bus()).at_work() as two:
        if isinstance(one.bus, InProcessBus):
            return
        two.words.clear()
        for n in range(200):
            one.bus.wake([f"run-{n % 4}"])
        await two.hears(*(f"run-{n}" for n in range(4)))
        one.bus.wake(["last"])
        await two.hears("last")
        assert len(two.words) <= 3


async def test_a_bus_that_cannot_be_reached_hurts_nobody(unused_port: int) -> None:
    for url in (f"redis://127.0.0.1:{unused_port}", f"postgresql://127.0.0.1:{unused_port}/x"):
        bus = open_bus(url, "sqlite://")
        task = asyncio.create_task(bus.run())
        for n in range(100):
            bus.wake([f"run-{n}"])
            await asyncio.sleep(0.001)
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Deaf:
    """A connection whose driver says, the first time that it is told to stop, that it gave up."""

    def __init__(self) -> None:
        self.was_told = False

    async def messages(self) -> AsyncIterator[str]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.was_told:
                raise
            self.was_told = True
            raise TimeoutError from None
        yield ""

    async def say(self, message: str) -> None: ...


async def test_a_driver_that_swallows_the_call_to_stop_keeps_nobody_running() -> None:
    end = Deaf()

    @asynccontextmanager
    async def deaf() -> AsyncIterator[Deaf]:
        yield end

    relay = Relay(deaf, deaf, ())
    running = asyncio.create_task(relay.run())
    await asyncio.wait_for(relay.is_hearing.wait(), PATIENCE)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=PATIENCE)
    assert done
    assert running.cancelled()


@pytest.fixture
def unused_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        yield probe.getsockname()[1]


def test_messages_are_short_enough_for_postgres_and_say_everything() -> None:
    runs = [f"{n:032x}" for n in range(MOST_RUNS * 2 + 1)]
    said = list(messages("me", runs))
    assert len(said) == 3
    assert all(len(message.encode()) < 8_000 for message in said)
    assert frozenset(runs) == frozenset().union(*(parse(message)[1] for message in said))
    assert {parse(message)[0] for message in said} == {"me"}


@pytest.mark.parametrize(
    ("bus_url", "database_url", "what"),
    [
        ("", "sqlite:///x.db", "local"),
        ("", "sqlite://", "process"),
        ("", "postgresql+psycopg://h/x", "postgresql"),
        ("redis://h", "sqlite:///x.db", "redis"),
        ("rediss://h:1/2", "postgresql+psycopg://h/x", "redis"),
        ("postgresql://other/x", "postgresql+psycopg://pgbouncer/x", "postgresql"),
    ],
)
def test_which_bus(bus_url: str, database_url: str, what: str) -> None:
    assert carrier(bus_url, database_url) == what


@pytest.mark.parametrize("bus_url", ["amqp://h", "sqlite:///x.db", "nonsense"])
def test_no_bus(bus_url: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        carrier(bus_url, "sqlite:///x.db")


def test_an_address_becomes_libpqs() -> None:
    assert conninfo("postgresql+psycopg://u:p@h:5/x") == "postgresql://u:p@h:5/x"
    assert RedisBus("redis://h").is_hearing.is_set() is False


# --- the whole way --------------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["postgres", pytest.param("redis", marks=pytest.mark.redis)])
async def test_a_press_at_one_worker_reaches_the_phones_of_another(
    request: pytest.FixtureRequest, kind: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the bus alone: nobody looks at the log unasked."""
    bus_url = "" if kind == "postgres" else request.getfixturevalue("redis_url")
    engine = begun_on(postgres_url)
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 3_600.0)
    async with AsyncExitStack() as stack:
        stack.callback(engine.dispose)
        buses = [open_bus(bus_url, postgres_url) for _ in range(2)]
        one, two = [await stack.enter_async_context(serving(postgres_url, bus=bus)) for bus in buses]
        async with asyncio.timeout(PATIENCE):
            for bus in buses:
                assert isinstance(bus, Relay)
                await bus.is_hearing.wait()
        phone = await stack.enter_async_context(joined(one, "p1"))
        console = await stack.enter_async_context(joined(two, "t1", Screen.CONSOLE))
        await console.steer("next")
        await phone.state(lambda s: "activity" in s)
        await phone.submit("q-single", "B")
        await console.wait(lambda f: f["t"] == "gauge" and f["gauge"].get("who") == ["p1"])


@pytest.mark.postgres
async def test_a_lost_wake_up_costs_at_most_one_look(postgres_url: str, unused_port: int) -> None:
    """The bus is away; the lesson goes on, a look later."""
    engine = begun_on(postgres_url)
    async with AsyncExitStack() as stack:
        stack.callback(engine.dispose)
        away = [open_bus(f"redis://127.0.0.1:{unused_port}", postgres_url) for _ in range(2)]
        one, two = [await stack.enter_async_context(serving(postgres_url, bus=bus)) for bus in away]
        phone = await stack.enter_async_context(joined(one, "p1"))
        console = await stack.enter_async_context(joined(two, "t1", Screen.CONSOLE))
        await console.steer("next")
        await phone.state(lambda s: "activity" in s)


def begun_on(url: str) -> Engine:
    """The lesson has begun, and p1 sits."""
    engine = open_engine(url)
    make_tables(engine, RUN)
    tool = Tool(engine)
    tool.ask(start(every_kind(), at=wall_clock()))
    tool.seat("p1")
    return engine


async def test_a_page_wakes_the_phones_beside_a_sqlite_file(local_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the socket alone: nobody looks at the log unasked."""
    engine, bus, caller = begun_on(local_url), open_bus("", local_url), open_caller("", local_url)
    assert caller
    assert isinstance(bus, Relay)
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 3_600.0)
    async with AsyncExitStack() as stack:
        stack.callback(engine.dispose)
        live = await stack.enter_async_context(serving(local_url, bus=bus))
        async with asyncio.timeout(PATIENCE):
            await bus.is_hearing.wait()
        phone = await stack.enter_async_context(joined(live, "p1"))
        await asyncio.to_thread(Tool(engine).ask, Open("q-single"))
        caller.wake([RUN])
        await phone.state(lambda s: "activity" in s)
