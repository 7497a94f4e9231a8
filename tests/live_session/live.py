"""A live server on a free port, and phones that keep every byte they receive."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from live_session.bus import Bus
from live_session.commands import SERVER, Actor, Command
from live_session.events import Logged
from live_session.model import Json, Role, Screen, Standing, State
from live_session.protocol import SUBPROTOCOL
from live_session.server import LiveServer, LiveSettings, wall_clock
from live_session.store import log
from live_session.store.drivers import drive, store_errors
from live_session.store.engine import READ_ONLY, open_async_engine
from live_session.store.log import Asked, Result, Steps
from live_session.ticket import Signer, Ticket
from live_session.transport import Name
from tests.live_session.build import RUN, TEACHER, sit

ORIGIN = "https://tool.example"
KEY = "a key for tests"
SIGNER = Signer([KEY])
PATIENCE = 30.0
"""Seconds after which a test that waits gives up; nothing passes or fails by being faster."""

TRANSPORT: Name = "bare"
"""Servers of tests listen by this one; `transports` sets each in turn."""

T = TypeVar("T")
_ids = (f"id-{n}" for n in count(1))


def ticket(who: str, screen: Screen = Screen.PHONE, **changes: Any) -> str:
    """A signed ticket, good for a day."""
    role = Role.PUPIL if screen is Screen.PHONE else Role.TEACHER
    claim = f"browser-of-{who}" if role is Role.PUPIL else ""
    made = Ticket(RUN, role, screen, who, claim, wall_clock() + 86_400_000)
    return SIGNER.sign(msgspec.structs.replace(made, **changes))


class Tool:
    """What the web pages do beside the live server: they write to the same log, through their own engine."""

    def __init__(self, engine: Engine, run: str = RUN) -> None:
        self.engine = engine
        self.run = run

    def drive(self, steps: Steps[T]) -> T:
        with store_errors(), self.engine.begin() as connection:
            return drive(connection, steps)

    def ask(self, command: Command, actor: Actor = TEACHER) -> Result:
        asked = Asked(self.run, next(_ids), command, actor, wall_clock())
        return self.drive(log.append({}, [asked])).results[0]

    def seat(self, *who: str, standing: Standing = Standing.LAUNCHED) -> None:
        for name in who:
            self.ask(sit(name, standing=standing), SERVER)

    async def asks(self, command: Command, actor: Actor = TEACHER) -> Result:
        """`ask` while phones talk to a server in this very loop: on SQLite that may hold the lock now."""
        return await asyncio.to_thread(self.ask, command, actor)

    async def seats(self, *who: str, standing: Standing = Standing.LAUNCHED) -> None:
        """`seat`, likewise."""
        await asyncio.to_thread(lambda: self.seat(*who, standing=standing))

    @property
    def log(self) -> Sequence[Logged]:
        return self._look(log.read(self.run))

    @property
    def state(self) -> State:
        return self._look(log.catch_up({}, [self.run]))[self.run]

    def _look(self, steps: Steps[T]) -> T:
        """A look takes no lock, so nobody who writes is waited for."""
        with store_errors(), self.engine.connect() as connection:
            return drive(connection.execution_options(**{READ_ONLY: True}), steps)


class Live:
    """A server that can be stopped, or killed without a word."""

    def __init__(self, engine: AsyncEngine, server: LiveServer) -> None:
        self.engine = engine
        self.server = server
        self.until = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> "Live":
        ready = asyncio.Event()
        self.task = asyncio.create_task(self.server.run(self.until, ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([self.task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task.done():
            self.task.result()
        return self

    async def stop(self) -> None:
        """As SIGTERM does."""
        self.until.set()
        task, self.task = self.task, None
        try:
            if task:
                async with asyncio.timeout(PATIENCE):
                    await task
        finally:
            await self.engine.dispose()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/live"


@asynccontextmanager
async def serving(
    database_url: str,
    *,
    bus: Bus | None = None,
    now: Callable[[], int] = wall_clock,
    hello_timeout: float = PATIENCE,
) -> AsyncIterator[Live]:
    """A server on a free port."""
    settings = LiveSettings("127.0.0.1", 0, (ORIGIN,), (KEY,), hello_timeout, transport=TRANSPORT)
    engine = open_async_engine(database_url)
    live = Live(engine, LiveServer(engine, settings, bus, now))
    await live.start()
    try:
        yield live
    finally:
        await live.stop()


class Phone:
    """A screen of any kind. It reads all the time, as browsers do, and keeps every frame in the order of coming."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Json]] = []
        self._came = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                frame = msgspec.json.decode(await self.socket.recv(decode=False))
                async with self._came:
                    self.frames.append(frame)
                    self._came.notify_all()
        async with self._came:
            self._came.notify_all()

    async def send(self, t: str, **members: Any) -> None:
        await self.send_raw(msgspec.json.encode({"t": t, **members}).decode())

    async def send_raw(self, text: str | bytes) -> None:
        await self.socket.send(text)

    async def wait(self, is_it: Callable[[Mapping[str, Json]], bool]) -> dict[str, Json]:
        """The first frame of this sort, come or to come."""
        async with asyncio.timeout(PATIENCE), self._came:
            while True:
                if found := next((f for f in self.frames if is_it(f)), None):
                    return found
                assert not self._reading.done(), f"closed ({self.socket.close_code}) before it came: {self.frames}"
                await self._came.wait()

    async def frame(self, t: str, **members: Json) -> dict[str, Json]:
        """The first frame with this tag and these members."""
        return await self.wait(lambda f: f["t"] == t and all(f.get(k) == v for k, v in members.items()))

    async def hello(self, ticket: str, **members: Any) -> dict[str, Json]:
        await self.send("hello", ticket=ticket, device="device-1", **members)
        return await self.frame("welcome")

    async def submit(self, activity: str, value: Json, id: str | None = None, **members: Any) -> dict[str, Json]:
        """Send an answer and wait for its ack or refusal."""
        name = id or next(_ids)
        frame = {"activity": activity, "round": 1, "value": value, "composed_at": wall_clock(), **members}
        await self.send("submit", id=name, **frame)
        return await self.outcome(name)

    async def steer(self, action: str, id: str | None = None, **members: Any) -> dict[str, Json]:
        """Send a press and wait for its ack or refusal."""
        name = id or next(_ids)
        await self.send("steer", id=name, action=action, **members)
        return await self.outcome(name)

    async def outcome(self, id: str) -> dict[str, Json]:
        return await self.wait(lambda f: f["t"] in ("ack", "refuse") and f.get("re") == id)

    async def state(self, is_it: Callable[[Mapping[str, Json]], bool] = lambda _: True) -> Mapping[str, Json]:
        """The first view of this sort, in a welcome or a state."""
        frame = await self.wait(lambda f: "state" in f and is_it(f["state"]))
        return frame["state"]  # type: ignore[no-any-return]

    async def closed(self) -> int | None:
        """The code with which the server closed."""
        async with asyncio.timeout(PATIENCE):
            await self._reading
        return self.socket.close_code

    async def hang_up(self) -> None:
        await self.socket.close()
        await self._reading

    async def heard(self) -> None:
        """All that the server had to say before now has come."""
        sent_at = float(len(self.frames))
        await self.send("ping", sent_at=sent_at)
        await self.frame("pong", sent_at=sent_at)


@asynccontextmanager
async def calling(url: str, **options: Any) -> AsyncIterator[Phone]:
    """A connection that has not said hello."""
    given = {"origin": ORIGIN, "subprotocols": [SUBPROTOCOL], "ping_interval": None, "compression": None, **options}
    async with connect(url, **given) as socket:
        phone = Phone(socket)
        try:
            yield phone
        finally:
            await phone.hang_up()


@asynccontextmanager
async def joined(live: Live, who: str, screen: Screen = Screen.PHONE, **hello: Any) -> AsyncIterator[Phone]:
    """A screen that was welcomed."""
    async with calling(live.url) as phone:
        await phone.hello(ticket(who, screen), **hello)
        yield phone


class Tap:
    """A wire between one phone and the server that keeps every byte on its way down."""

    def __init__(self, port: int) -> None:
        self.down = bytearray()
        self._to = port
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/live"

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await asyncio.gather(*self._lines)
        await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        for line in (self._pass(reader, far_writer), self._pass(far_reader, writer, self.down)):
            self._lines.add(asyncio.create_task(line))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: bytearray | None = None
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if keep is not None:
                    keep += data
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
