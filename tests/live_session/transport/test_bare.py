"""The bare transport's own corners, by hand on a socket; all else it shares with the library's is in `test_server`."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest

from live_session.errors import Close
from live_session.protocol import SUBPROTOCOL
from live_session.transport import MOST_MUTE, MUTE, NAMES, Door, Guest, Name, Peer, bare, transport
from live_session.transport.frames import CLOSE, CONTINUATION, PING, PONG, TEXT
from tests.live_session.live import ORIGIN, PATIENCE
from tests.live_session.transport.test_frames import masked

LIMIT = 1_000
REQUEST = (
    f"GET /live HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
).encode()


class Echo:
    """Says what it hears. "wait" makes the next frame wait for `go`; "boom" is an error of ours."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.heard: list[bytes] = []
        self.go = asyncio.Event()
        self.left = 0
        self.has_left = asyncio.Event()

    def take(self, frame: bytes) -> Coroutine[Any, Any, None] | None:
        self.heard.append(frame)
        if frame == b"boom":
            raise ZeroDivisionError
        if frame == b"leave":
            self.peer.connection_lost(None)  # type: ignore[attr-defined]
        if frame in (b"wait", b"leave"):
            return self._wait()
        self.peer.send(frame)
        return None

    async def _wait(self) -> None:
        await self.go.wait()

    def leave(self) -> None:
        self.left += 1
        self.has_left.set()


class Client:
    """A socket, and the guest at its other end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, guests: list[Echo]) -> None:
        self.reader, self.writer = reader, writer
        self._guests = guests

    @property
    def guest(self) -> Echo:
        (guest,) = self._guests
        return guest

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: its opcode and payload (short ones only)."""
        async with asyncio.timeout(PATIENCE):
            first, length = await self.reader.readexactly(2)
            return first & 15, await self.reader.readexactly(length)

    async def closed(self) -> int:
        """The code of the goodbye that is all that comes now."""
        opcode, payload = await self.frame()
        assert opcode == CLOSE
        return int.from_bytes(payload[:2])

    async def end(self) -> bytes:
        """Whatever still comes, to the end of the connection, of which the guest hears."""
        async with asyncio.timeout(PATIENCE):
            said = await self.reader.read()
            await self.guest.has_left.wait()
            return said


@asynccontextmanager
async def standing(name: Name = "bare") -> AsyncIterator[tuple[int, list[Echo]]]:
    guests: list[Echo] = []

    def welcome(peer: Peer) -> Guest:
        guests.append(Echo(peer))
        return guests[-1]

    def answer(path: str) -> tuple[HTTPStatus, bytes] | None:
        return None if path == "/live" else (HTTPStatus.NOT_FOUND, b"no\n")

    door = Door("127.0.0.1", 0, (ORIGIN,), SUBPROTOCOL, LIMIT, answer)
    async with transport(name)(door, welcome) as listening:
        yield listening.port, guests


@asynccontextmanager
async def calling(port: int, guests: list[Echo], request: bytes = REQUEST) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield Client(reader, writer, guests)
    finally:
        writer.transport.abort()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with standing() as (port, guests), calling(port, guests) as one:
        yield one


@pytest.fixture(params=NAMES)
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """What holds of both transports."""
    async with standing(request.param) as (port, guests), calling(port, guests) as one:
        yield one


async def test_a_request_and_a_frame_may_come_byte_by_byte() -> None:
    async with standing() as (port, guests):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for byte in REQUEST + masked(b"hello"):
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"\r\n\r\n")
        assert await Client(reader, writer, guests).frame() == (TEXT, b"hello")
        writer.transport.abort()


async def test_a_frame_right_behind_the_request_is_not_lost() -> None:
    async with standing() as (port, guests), calling(port, guests, REQUEST + masked(b"early")) as client:
        assert await client.frame() == (TEXT, b"early")


@pytest.mark.parametrize("parts", [(b"he", b"llo"), (b"", b"hello"), (b"h", b"", b"ello", b"")])
async def test_a_message_in_parts_is_one_and_pings_may_come_between(either: Client, parts: tuple[bytes, ...]) -> None:
    for n, part in enumerate(parts):
        either.send(masked(part, CONTINUATION if n else TEXT, is_last=n == len(parts) - 1))
        either.send(masked(b"?", PING))
    answers = [await either.frame() for _ in range(len(parts) + 1)]
    assert sorted(answers) == sorted([(TEXT, b"hello"), *[(PONG, b"?")] * len(parts)])
    assert either.guest.heard == [b"hello"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(b"x", CONTINUATION), 1002),
        (masked(b"x", is_last=False) + masked(b"y"), 1002),
        (b"".join([masked(b"x" * 600, is_last=False), masked(b"x" * 600, CONTINUATION)]), 1009),
        (masked(b"x" * 1_001), 1009),
        (b"\x81\x01x", 1002),
        (masked(b"boom"), 1011),
    ],
)
async def test_what_breaks_the_rules_closes(client: Client, sent: bytes, code: int) -> None:
    client.send(sent + masked(b"after it"))
    assert await client.closed() == code
    client.send(masked(code.to_bytes(2), CLOSE))
    assert await client.end() == b""
    assert b"after it" not in client.guest.heard


async def test_what_comes_while_the_guest_waits_is_heard_after_it_and_in_order(client: Client) -> None:
    client.send(masked(b"wait") + masked(b"one") + masked(b"tw", is_last=False))
    client.send(masked(b"o", CONTINUATION))
    while b"wait" not in client.guest.heard:  # noqa: ASYNC110 - a moment, not an event
        await asyncio.sleep(0.01)
    assert client.guest.heard == [b"wait"]
    client.guest.go.set()
    assert [await client.frame() for _ in range(2)] == [(TEXT, b"one"), (TEXT, b"two")]


@pytest.mark.parametrize("frame", [b"wait", b"leave"])
async def test_who_goes_before_a_wait_began_leaves_nothing_behind(client: Client, frame: bytes) -> None:
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        connection: Any = client.guest.peer
        connection.data_received(masked(frame))
        client.writer.transport.abort()
        connection.connection_lost(None)  # before the wait's task had its turn
        del connection
        await asyncio.sleep(0.01)
        gc.collect()
    assert not [one for one in complaints if "never awaited" in str(one.message)]


async def test_a_goodbye_is_answered_and_the_guest_leaves_once(either: Client) -> None:
    either.send(masked((4_321).to_bytes(2), CLOSE))
    assert await either.closed() == 4_321
    assert await either.end() == b""
    assert either.guest.left == 1
    either.guest.peer.send(b"to nobody")
    either.guest.peer.hang(Close.DRAINING)
    assert either.guest.peer.backlog() == 0
    assert not either.guest.peer.is_open


async def test_ours_is_said_once_and_nothing_after_it(client: Client) -> None:
    client.send(masked(b"hello"))
    await client.frame()
    client.guest.peer.hang(Close.REMOVED)
    client.guest.peer.hang(Close.DRAINING)
    client.guest.peer.send(b"too late")
    assert await client.closed() == Close.REMOVED
    client.send(masked(b"unheard") + masked(int(Close.REMOVED).to_bytes(2), CLOSE))
    assert await client.end() == b""
    assert client.guest.heard == [b"hello"]


async def test_who_does_not_answer_a_goodbye_is_cut_off(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare, "GOODBYE_TIMEOUT", 0.01)
    client.send(masked(b"hello"))
    await client.frame()
    client.guest.peer.hang(Close.TOO_SLOW)
    assert await client.closed() == Close.TOO_SLOW
    assert await client.end() == b""
    assert client.guest.left == 1


async def test_who_reads_nothing_is_hung_up_on(client: Client) -> None:
    client.send(masked(b"hello"))
    await client.frame()
    while client.guest.peer.is_open:
        client.guest.peer.send(b"x" * 100_000)
    assert client.guest.peer.backlog() > bare.MOST_BACKLOG


@pytest.mark.parametrize("request_", [b"\x16\x03\x01 hello", b"GET / HTTP/1.1\r\n" + b"x" * 20_000])
async def test_a_request_that_is_none_is_closed(request_: bytes) -> None:
    async with standing() as (port, guests):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_ + b"\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            assert b"HTTP/1.1 101" not in await reader.read()
        writer.transport.abort()
        assert guests == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("asked", "instead", "status"),
    [
        (b"GET /live ", b"GET /nothing ", 404),
        (f"Origin: {ORIGIN}".encode(), b"Origin: https://elsewhere.example", 403),
        (b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"", 426),
    ],
)
async def test_a_plain_answer_is_text_whatever_a_browser_makes_of_it(
    name: Name, asked: bytes, instead: bytes, status: int
) -> None:
    assert asked in REQUEST
    async with standing(name) as (port, guests):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.replace(asked, instead))
        async with asyncio.timeout(PATIENCE):
            said = await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        assert guests == []
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: text/plain" in said.lower()
    assert b"x-content-type-options: nosniff" in said.lower()


async def test_who_does_not_finish_a_request_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare, "HANDSHAKE_TIMEOUT", 0.01)
    async with standing() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST[:20])
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.transport.abort()


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_compressed_for_whoever_offers_it(name: Name) -> None:
    """As every browser does: it would take 40 kB more a phone."""
    offer = REQUEST.replace(
        b"Host: x", b"Host: x\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    )
    async with standing(name) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(offer)
        async with asyncio.timeout(PATIENCE):
            said = await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
    assert said.startswith(b"HTTP/1.1 101 ")
    assert b"extensions" not in said.lower()


@pytest.mark.parametrize("name", NAMES)
async def test_who_is_still_in_at_the_end_is_shown_out(name: Name) -> None:
    async with standing(name) as (port, guests):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST + masked(b"hello"))
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"hello")
        reply = asyncio.create_task(_say_goodbye(reader, writer))
    assert await reply == 1001
    assert [guest.left for guest in guests] == [1]


async def _say_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    async with asyncio.timeout(PATIENCE):
        head = await reader.readexactly(2)
        payload = await reader.readexactly(head[1])
    writer.write(masked(payload[:2], CLOSE))
    writer.close()
    return int.from_bytes(payload[:2])


@pytest.mark.parametrize("opcode", [PING, CONTINUATION])
async def test_a_flood_without_a_message_is_a_goodbye(either: Client, opcode: int) -> None:
    """No guest hears of it, so none slows it down. A message begins the count anew; what stands behind a flood is not
    heard."""
    for _ in range(2):
        either.send(masked(b"", PONG) * MOST_MUTE + masked(b"here"))
        assert await either.frame() == (TEXT, b"here")
    begin = masked(b"", TEXT, is_last=False) if opcode == CONTINUATION else b""
    flood = masked(b"", opcode, is_last=opcode == PING) * (MOST_MUTE + 1)
    either.send(begin + flood + masked(b"end", CONTINUATION if begin else TEXT))
    while (await either.frame()) != (CLOSE, (1008).to_bytes(2) + MUTE.encode()):
        pass
    either.send(masked((1008).to_bytes(2), CLOSE))
    either.writer.write_eof()
    assert await either.end() == b""
    assert either.guest.heard == [b"here"] * 2
    assert either.guest.left == 1
