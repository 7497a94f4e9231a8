"""The transport of the `websockets` package."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import DATA_OPCODES, Frame
from websockets.protocol import OPEN, Event

from live_session.errors import Close
from live_session.transport import BACKLOG, GOODBYE_TIMEOUT, MOST_BACKLOG, MOST_MUTE, MUTE, Door, Guest, Peer, frames
from live_session.transport.opening import as_text, spoken, turned_away


class BoundedConnection(ServerConnection):
    """The package answers pings, puts parts together, and waits for who said goodbye to hang up, for as long as that
    takes; here all of these end."""

    _mute = 0
    _goodbye: asyncio.Task[None] | None = None

    def process_event(self, event: Event) -> None:
        """See the package, whose subclasses may do so. What comes behind a goodbye or a flood is not heard."""
        if self._goodbye is not None:
            return
        if isinstance(event, Frame):
            self._mute = 0 if event.fin and event.opcode in DATA_OPCODES else self._mute + 1
            if self._mute > MOST_MUTE:
                self._goodbye = asyncio.create_task(self.close(frames.POLICY_VIOLATION, MUTE))
                return
            if event.opcode == frames.CLOSE:
                self._goodbye = asyncio.create_task(self.close())
        super().process_event(event)


class LibraryPeer:
    """A connection of the package as a `Peer`."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._closing: asyncio.Task[None] | None = None

    def send(self, frame: bytes) -> None:
        """Straight to the network: the package's own way there is three times as long, and all that it knows beyond
        the frame's head is whether somebody said goodbye. We send no message in parts and compress nothing."""
        if self.is_open:
            self._socket.transport.write(frames.frame(frame))
            if self.backlog() > MOST_BACKLOG:
                self.hang(Close.TOO_SLOW)

    def backlog(self) -> int:
        return self._socket.transport.get_write_buffer_size()

    def hang(self, code: Close) -> None:
        if self.is_open:
            self._closing = asyncio.create_task(self._socket.close(code, code.name.lower()))

    @property
    def is_open(self) -> bool:
        return self._closing is None and self._socket.state is OPEN

    async def gone(self) -> None:
        """Wait for a goodbye that was begun: a handler that ends before it closes with 1000, and the code is lost."""
        if self._closing is not None:
            await self._closing


class _Listening:
    def __init__(self, server: Server) -> None:
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._server.close(close_connections=False)


async def _converse(socket: ServerConnection, door: Door, welcome: Callable[[Peer], Guest]) -> None:
    """One connection from its opening to its end."""
    peer = LibraryPeer(socket)
    if socket.subprotocol != door.subprotocol:
        await socket.close(Close.VERSION, Close.VERSION.name.lower())
        return
    guest = welcome(peer)
    try:
        while True:
            if wait := guest.take(await socket.recv(decode=False)):
                await wait
    except ConnectionClosed:
        pass
    finally:
        guest.leave()
        await peer.gone()


@asynccontextmanager
async def listen(door: Door, welcome: Callable[[Peer], Guest]) -> AsyncIterator[_Listening]:
    """See `live_session.transport.Listen`."""
    async with await serve(
        lambda socket: _converse(socket, door, welcome),
        door.host,
        door.port,
        origins=list(door.origins),  # type: ignore[arg-type]
        select_subprotocol=lambda _, offered: spoken(door, offered),
        process_request=lambda _, request: turned_away(door, request),
        process_response=lambda _, __, answer: as_text(answer),
        compression=None,  # 58 kB a phone with it, 15 kB without
        max_size=door.read_limit,
        max_queue=16,
        ping_interval=None,  # phones ping, as frames, which also measures latency and the clock
        close_timeout=GOODBYE_TIMEOUT,
        server_header=None,
        backlog=BACKLOG,
        create_connection=BoundedConnection,
        reuse_port=door.shares_port or None,
    ) as server:
        yield _Listening(server)
