"""WebSocket on a bare asyncio protocol: no task, no queue and no lock a connection.

The opening handshake is the `websockets` package's own (its sans-IO half); after it, a frame that came is in the
guest's hands within the same call, and a frame to send is two bytes of head before it. Nothing else is fast here.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from live_session.errors import Close
from live_session.transport import BACKLOG, GOODBYE_TIMEOUT, MOST_BACKLOG, MOST_MUTE, MUTE, Door, Guest, Peer, frames
from live_session.transport.opening import as_text, spoken, turned_away

HANDSHAKE_TIMEOUT = 10.0
MOST_HANDSHAKE = 16 * 1_024
"""Bytes of a request; browsers send a tenth."""
GOING_AWAY, INTERNAL_ERROR = 1001, 1011

_log = logging.getLogger(__name__)


class BarePeer(asyncio.Protocol):
    """One connection: a `Peer`, and the reader of what comes."""

    __slots__ = ("_guest", "_house", "_is_leaving", "_mute", "_parts", "_rest", "_timer", "_transport", "_waiting")

    def __init__(self, house: "House") -> None:
        self._house = house
        self._transport: asyncio.Transport | None = None
        self._guest: Guest | None = None
        self._rest = b""
        self._parts: bytearray | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_leaving = False
        self._mute = 0

    # --- as a peer --------------------------------------------------------------------------------------------------

    def send(self, frame: bytes) -> None:
        if not self.is_open or self._transport is None:
            return
        self._transport.write(self._house.framed(frame))
        if self._transport.get_write_buffer_size() > MOST_BACKLOG:
            self.hang(Close.TOO_SLOW)

    def backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport else 0

    def hang(self, code: Close) -> None:
        self.say_goodbye(code, code.name.lower())

    @property
    def is_open(self) -> bool:
        return self._guest is not None and not self._is_leaving

    def say_goodbye(self, code: int, reason: str = "") -> None:
        """Once; who does not answer it in time is cut off."""
        if self._is_leaving or self._transport is None:
            return
        self._is_leaving = True
        self._transport.write(frames.goodbye(code, reason))
        self._cut_off_after(GOODBYE_TIMEOUT)

    def _cut_off_after(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.cut_off)

    def cut_off(self) -> None:
        """Without a word, and without what still waits to be sent."""
        if self._transport:
            self._transport.abort()

    # --- as asyncio's protocol --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._house.peers.add(self)
        self._cut_off_after(HANDSHAKE_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._house.part(self)
        for pending in (self._timer, self._waiting):
            if pending:
                pending.cancel()
        if self._guest:
            self._guest.leave()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if self._waiting:
            self._rest = data
        elif self._guest or self._is_leaving:
            self._read(data)
        else:
            self._shake_hands(data)

    # --- frames -----------------------------------------------------------------------------------------------------

    def _read(self, data: bytes) -> None:
        """Hand over every whole frame, until the guest asks to wait; what is left is read then, or when more comes."""
        start, most = 0, self._house.door.read_limit
        try:
            while self._waiting is None and self._transport:
                limit = most if self._parts is None else most - len(self._parts)
                frame = frames.read(data, start, limit)
                if frame is None:
                    break
                start = frame.end
                if frame.opcode in frames.DATA:
                    self._take(frame)
                else:
                    self._count_mute()
                    self._heed(frame)
        except frames.Broken as error:
            self.say_goodbye(error.code, str(error))
            start = len(data)
        self._rest = data[start:]

    def _take(self, frame: frames.Frame) -> None:
        if self._is_leaving or self._guest is None:
            return
        message = self._whole(frame)
        if message is None:
            self._count_mute()
            return
        self._mute = 0
        try:
            wait = self._guest.take(message)
        except Exception:
            _log.exception("frame_not_taken")
            self.say_goodbye(INTERNAL_ERROR)
            return
        if wait is None:
            return
        if self._transport is None:  # gone while it was being taken
            wait.close()
            return
        self._transport.pause_reading()
        self._waiting = asyncio.create_task(wait)
        self._waiting.add_done_callback(self._go_on)

    def _whole(self, frame: frames.Frame) -> bytes | None:
        """The message that this frame completes. Raises `Broken` for parts out of order."""
        if (frame.opcode == frames.CONTINUATION) != (self._parts is not None):
            raise frames.Broken(frames.PROTOCOL_ERROR, "a part out of order")
        if frame.is_last and self._parts is None:
            return frame.payload
        parts = self._parts = bytearray() if self._parts is None else self._parts
        parts += frame.payload
        if not frame.is_last:
            return None
        self._parts = None
        return bytes(parts)

    def _count_mute(self) -> None:
        """Raises `Broken` when it is enough."""
        self._mute += 1
        if self._mute > MOST_MUTE:
            raise frames.Broken(frames.POLICY_VIOLATION, MUTE)

    def _go_on(self, waited: asyncio.Task[None]) -> None:
        self._waiting = None
        if not waited.cancelled() and (error := waited.exception()):
            _log.error("frame_not_taken", exc_info=error)
            self.say_goodbye(INTERNAL_ERROR)
        if self._transport:
            self._transport.resume_reading()
            self._read(self._rest)

    def _heed(self, frame: frames.Frame) -> None:
        """A control frame."""
        if self._transport is None:
            return
        if frame.opcode == frames.CLOSE:
            self.say_goodbye(frames.echo_of(frame.payload) if self._parts is None else frames.PROTOCOL_ERROR)
            self._transport.close()
        elif frame.opcode == frames.PING and not self._is_leaving and not self.backlog():
            self._transport.write(frames.frame(frame.payload, frames.PONG))

    # --- the handshake ----------------------------------------------------------------------------------------------

    def _shake_hands(self, data: bytes) -> None:
        """Once the request is whole: let in, or say why not and close."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end and len(data) <= MOST_HANDSHAKE:
            self._rest = data
            return
        self._rest = b""
        protocol = self._house.answer(head[:MOST_HANDSHAKE] + end)
        if self._transport is None:
            return
        self._transport.writelines([said for said in protocol.data_to_send() if said])
        if protocol.state is not OPEN:
            self._transport.close()
        elif protocol.subprotocol != self._house.door.subprotocol:
            self.say_goodbye(Close.VERSION, Close.VERSION.name.lower())
        else:
            self._open(rest)

    def _open(self, rest: bytes) -> None:
        if self._timer:
            self._timer.cancel()
        self._guest = self._house.welcome(self)
        self._read(rest)


class House:
    """What all connections of one listener share."""

    def __init__(self, door: Door, welcome: Callable[[Peer], Guest]) -> None:
        self.door = door
        self.welcome = welcome
        self.peers: set[BarePeer] = set()
        self._left = asyncio.Event()
        self._last = (b"", b"")

    def framed(self, payload: bytes) -> bytes:
        """As it goes over the wire. Most of a class is sent the very same bytes, one after another."""
        if payload is not self._last[0]:
            self._last = payload, frames.frame(payload)
        return self._last[1]

    def part(self, peer: BarePeer) -> None:
        """Its connection is gone."""
        self.peers.discard(peer)
        self._left.set()

    def answer(self, request: bytes) -> ServerProtocol:
        """The handshake of this request, answered."""
        protocol = ServerProtocol(
            origins=list(self.door.origins),  # type: ignore[arg-type]
            select_subprotocol=lambda _, offered: spoken(self.door, offered),
        )
        protocol.receive_data(request)
        for asked in protocol.events_received():
            if isinstance(asked, Request):
                protocol.send_response(as_text(turned_away(self.door, asked) or protocol.accept(asked)))
        return protocol

    async def show_out(self) -> None:
        """Whoever is still here goes now."""
        for peer in tuple(self.peers):
            peer.say_goodbye(GOING_AWAY)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                await self._until_empty()
        for peer in tuple(self.peers):
            peer.cut_off()
        await self._until_empty()

    async def _until_empty(self) -> None:
        while self.peers:
            self._left.clear()
            await self._left.wait()


class _Listening:
    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._server.close()


@asynccontextmanager
async def listen(door: Door, welcome: Callable[[Peer], Guest]) -> AsyncIterator[_Listening]:
    """See `live_session.transport.Listen`."""
    house = House(door, welcome)
    server = await asyncio.get_running_loop().create_server(
        lambda: BarePeer(house), door.host, door.port, backlog=BACKLOG, reuse_port=door.shares_port or None
    )
    listening = _Listening(server)
    try:
        yield listening
    finally:
        listening.close()
        await house.show_out()
