"""The live server: accepts sockets, lets each hold its conversation, writes through the committer, and tells channels.

Any process may serve any phone of any run: nothing here is truth. A process that dies takes no acknowledged answer
with it; its phones come back anywhere, and the log tells where the lesson stood.
"""

import asyncio
import itertools
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.typing import Subprotocol

from live_session.bus import Bus, InProcessBus
from live_session.channel import Channel, Connection
from live_session.committer import Committer, Waiting
from live_session.errors import Close, Refusal, StoreError
from live_session.events import SERVER, Note
from live_session.follower import Follower
from live_session.model import Millis, State
from live_session.presence import NOTE_EVERY_MS
from live_session.protocol import (
    HELLO_TIMEOUT,
    READ_LIMIT,
    SUBPROTOCOL,
    Ask,
    Conversation,
    Greet,
    Hang,
    Hello,
    Say,
    answer,
    encode,
)
from live_session.reducer import CLOCK, due
from live_session.store.log import Appended, Asked, Head, Result
from live_session.ticket import Signer, Ticket

TICK_EVERY = 0.1
MOST_BACKLOG = 256 * 1024
"""A peer that lets this many bytes pile up is closed; its own frames are few and small."""
IDLE_AFTER_END_MS = 60_000
"""How long a connection may stay after the end, or come back after it, so that an outbox can empty itself."""

_log = logging.getLogger(__name__)


def wall_clock() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class LiveSettings(msgspec.Struct, frozen=True):
    """Where to listen (port 0: a free one) and whom to let in. `origins` are the pages' own, as browsers send them."""

    host: str
    port: int
    origins: tuple[str, ...]
    ticket_keys: tuple[str, ...]
    hello_timeout: float = HELLO_TIMEOUT


class SocketPeer:
    """A websockets connection as a `Peer`: handing over a frame never waits."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._closing: asyncio.Task[None] | None = None

    def send(self, text: str) -> None:
        broadcast((self._socket,), text)
        if self.backlog() > MOST_BACKLOG:
            self.hang(Close.TOO_SLOW)

    def backlog(self) -> int:
        return self._socket.transport.get_write_buffer_size()

    def hang(self, code: Close) -> None:
        if self._closing is None and self._socket.state is OPEN:
            self._closing = asyncio.create_task(self._socket.close(code, code.name.lower()))

    async def gone(self) -> None:
        """Wait for a goodbye that was begun: a handler that ends before it closes with 1000, and the code is lost."""
        if self._closing is not None:
            await self._closing


class LiveServer:
    """One process. `now` is the clock; tests hand in another."""

    def __init__(
        self,
        engine: AsyncEngine,
        settings: LiveSettings,
        bus: Bus | None = None,
        now: Callable[[], Millis] = wall_clock,
    ) -> None:
        self.settings = settings
        self.port = settings.port
        self.channels: dict[str, Channel] = {}
        self._signer = Signer(settings.ticket_keys)
        self._bus: Bus = bus or InProcessBus()
        self._now = now
        self._numbers = itertools.count(1)
        self._committer = Committer(engine, self._states, self._committed)
        self._follower = Follower(engine, self._states, self._caught_up)
        self._peers: set[SocketPeer] = set()
        self._process = uuid.uuid4().hex[:8]

    # --- running ----------------------------------------------------------------------------------------------------

    async def run(self, until: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until told to stop; then ask phones to come back elsewhere, and write what waits.

        A worker that dies takes the process with it: a server that listens but cannot write helps nobody.
        """
        self._bus.listen(self._follower.wake)
        workers = [asyncio.create_task(t) for t in (self._committer.run(), self._follower.run(), self._tick())]
        stop = asyncio.create_task(until.wait())
        try:
            async with await self._listen() as server:
                self.port = server.sockets[0].getsockname()[1]
                ready()
                await asyncio.wait([stop, *workers], return_when=asyncio.FIRST_COMPLETED)
                for peer in tuple(self._peers):
                    peer.hang(Close.DRAINING)
            for worker in workers:
                if worker.done():
                    worker.result()
            await self._note_all(force=True)
        finally:
            for task in (stop, *reversed(workers)):
                task.cancel()
            await asyncio.gather(stop, *workers, return_exceptions=True)

    async def _listen(self) -> Server:
        return await serve(
            self._serve,
            self.settings.host,
            self.settings.port,
            origins=list(self.settings.origins),  # type: ignore[arg-type]
            select_subprotocol=_speak,
            process_request=self._answer_http,
            compression=None,  # 58 kB a phone with it, 15 kB without
            max_size=READ_LIMIT,
            max_queue=16,
            ping_interval=None,  # phones ping, as frames, which also measures latency and the clock
            close_timeout=2,
            server_header=None,
        )

    def _answer_http(self, socket: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/live":
            return None
        found = path == "/healthz"
        status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        body = b"ok\n" if found else b"not here\n"
        headers = Headers([("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return Response(status.value, status.phrase, headers, body)

    # --- one connection ---------------------------------------------------------------------------------------------

    async def _serve(self, socket: ServerConnection) -> None:
        peer = SocketPeer(socket)
        if socket.subprotocol != SUBPROTOCOL:
            await socket.close(Close.VERSION, "version")
            return
        self._peers.add(peer)
        connection: Connection | None = None
        try:
            conversation = Conversation(self._signer.open)
            async with asyncio.timeout(self.settings.hello_timeout):
                first = await socket.recv(decode=False)
            connection = await self._greet(peer, conversation, first)
            if connection is not None:
                await self._converse(socket, conversation, connection)
        except TimeoutError:
            peer.hang(Close.NO_HELLO)
        except ConnectionClosed:
            pass
        finally:
            self._peers.discard(peer)
            if connection is not None and (channel := self.channels.get(connection.ticket.run)):
                channel.leave(connection)
            await peer.gone()

    async def _greet(self, peer: SocketPeer, conversation: Conversation, first: bytes) -> Connection | None:
        act = conversation.receive(first, self._now())
        if isinstance(act, Hang):
            peer.hang(act.code)
        if not isinstance(act, Greet):
            return None
        try:
            channel = await self._channel_for(act)
        except StoreError:
            _log.warning("hello_while_store_is_away", extra={"run_id": act.ticket.run})
            peer.hang(Close.DRAINING)
            return None
        if channel is None:
            peer.hang(Close.BAD_TICKET)
            return None
        at = self._now()
        conversation.heard_before = self._heard_before(channel, act.ticket.who)
        connection = Connection(next(self._numbers), peer, act.ticket, at)
        return connection if channel.join(connection, act.hello, at) else None

    def _heard_before(self, channel: Channel, who: str) -> Millis:
        noted = channel.state.participants.get(who)
        return max(channel.presence.heard(who), noted.seen if noted else 0)

    async def _converse(self, socket: ServerConnection, conversation: Conversation, connection: Connection) -> None:
        while True:
            text = await socket.recv(decode=False)
            at = self._now()
            act = conversation.receive(text, at)
            channel = self.channels.get(connection.ticket.run)
            if channel is None:
                connection.peer.hang(Close.RUN_OVER)
                return
            channel.hear(connection, at)
            match act:
                case Say():
                    connection.say(act.frame)
                case Ask():
                    asked = Asked(channel.run, act.id, act.command, act.actor, at)
                    self._committer.put(asked, _replier(connection, act.id), connection.number)
                case Hang():
                    connection.peer.hang(act.code)
                    return

    # --- the log ----------------------------------------------------------------------------------------------------

    def _states(self) -> Mapping[str, State]:
        return {run: channel.state for run, channel in self.channels.items()}

    def _committed(self, appended: Appended, batch: Sequence[Waiting]) -> None:
        """After the commit: tell the run's phones here, and wake the other processes."""
        at = self._now()
        for run, state in appended.states.items():
            channel = self.channels.get(run)
            if channel is None:
                continue
            events = [logged for run_id, logged in appended.written if run_id == run]
            is_known = len(events) == state.seq - channel.state.seq
            answered = {w.connection for w in batch if w.asked.run == run}
            channel.advance(state, at, events if is_known else None, answered)
        if appended.written:
            self._bus.wake({run for run, _ in appended.written})

    async def _channel_for(self, greet: Greet) -> Channel | None:
        """The run's channel, no older than what this browser has seen of it. None: no such run.

        Another process may have given it the seat, or shown it a state, that has not come here yet.
        """
        run = greet.ticket.run
        channel = self.channels.get(run)
        if channel is None or not _has_seat(channel.state, greet.ticket) or _is_behind(channel, greet.hello):
            await self._follower.look(run)
        return self.channels.get(run)

    def _caught_up(self, states: Mapping[str, State], heads: Mapping[str, Head]) -> None:
        """Others wrote to these runs; runs that are new here get a channel."""
        at = self._now()
        for run, state in states.items():
            if run in self.channels:
                self.channels[run].advance(state, at)
            else:
                self.channels[run] = Channel(run, heads[run].epoch, state, at)

    # --- time -------------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        for count in itertools.count():
            await asyncio.sleep(TICK_EVERY)
            at = self._now()
            for channel in tuple(self.channels.values()):
                channel.tick(at)
                if count % 10 == 0:
                    channel.notice()
                    self._do_due(channel, at)
            if count % 10 == 0:
                await self._note_all()
                self._drop_finished(at)

    def _do_due(self, channel: Channel, at: Millis) -> None:
        if asked := due(channel.state, at):
            id_, command = asked
            self._committer.put(Asked(channel.run, id_, command, CLOCK, at), lambda _: None)

    async def _note_all(self, force: bool = False) -> None:
        """Once a minute, what was seen goes to the log: one event a run. It is also the server's own heartbeat."""
        at = self._now()
        due_now = [c for c in self.channels.values() if not c.is_over and (force or at - c.noted_at >= NOTE_EVERY_MS)]
        await asyncio.gather(*(self._note(channel, at) for channel in due_now))

    async def _note(self, channel: Channel, at: Millis) -> None:
        channel.noted_at = at
        signs = channel.presence.drain()
        asked = Asked(channel.run, f"seen-{self._process}-{at}", Note(signs), SERVER, at)
        if isinstance(await self._committer.ask(asked), Refusal):
            channel.presence.restore(signs)

    def _drop_finished(self, at: Millis) -> None:
        for run, channel in tuple(self.channels.items()):
            if channel.let_go(at, IDLE_AFTER_END_MS):
                del self.channels[run]


def _speak(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Ours, or the first that is offered: a browser reads a close code (4504) only after a handshake that took one."""
    return next((o for o in offered if o == SUBPROTOCOL), next(iter(offered), None))


def _has_seat(state: State, ticket: Ticket) -> bool:
    sitting = state.participants.get(ticket.who)
    claim = sitting.claims.get(ticket.claim) if sitting else None
    return not ticket.claim or (claim is not None and not claim.released)


def _is_behind(channel: Channel, hello: Hello) -> bool:
    return hello.epoch == channel.epoch and hello.seq is not None and hello.seq > channel.state.seq


def _replier(connection: Connection, id_: str) -> Callable[[Result], None]:
    """Answers the connection that asked; if it is gone, its next hello tells it the outcome."""
    return lambda result: connection.peer.send(encode(answer(id_, result)))
