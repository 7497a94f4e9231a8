"""The bare transport beside the `websockets` package's own protocol without IO: the same bytes, in the same pieces,
come to the same messages, the same pongs and the same goodbye."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as PackageFrame
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from live_session.transport import Door, frames
from live_session.transport.bare import BarePeer, House
from live_session.transport.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

LIMIT = 305
"""What is left of it for a message in parts is never less than a small control frame: the package counts these too."""
NO_CODE = 1005


def said(opcode: int, payload: bytes, first: int = 0x80, mask: bytes | None = b"\1\2\3\4") -> bytes:
    """A frame as somebody may write it: whatever its first bits, its opcode, or without a mask."""
    length = len(payload)
    head = bytes((first | opcode, (0x80 if mask else 0) | (length if length < 126 else 126)))
    wide = b"" if length < 126 else length.to_bytes(2)
    return head + wide + (mask + bytes(b ^ mask[n % 4] for n, b in enumerate(payload)) if mask else payload)


PAYLOADS = st.sampled_from([b"x" * length for length in (*range(0, 140, 10), 290)])
SMALL = st.binary(max_size=5)
MASKS = st.binary(min_size=4, max_size=4)
DATA = st.builds(
    said, st.sampled_from([TEXT, TEXT, BINARY, CONTINUATION]), PAYLOADS, st.sampled_from([0x80, 0x80, 0x00]), MASKS
)
CONTROL = st.builds(said, st.sampled_from([PING, PONG]), SMALL, st.just(0x80), MASKS)
GOODBYES = st.builds(
    said,
    st.just(CLOSE),
    st.just(b"") | st.integers(0, 5_100).map(lambda n: n.to_bytes(2) + b"ok"),
    st.just(0x80),
    MASKS,
)
BAD = st.builds(
    said,
    st.sampled_from(sorted({*range(16)} - {CLOSE})),
    SMALL,
    st.sampled_from([0x80, 0x00, 0xC0, 0x90]),
    st.none() | MASKS,
)
HEADS_TOO_LONG = st.sampled_from([b"\x81\xfe\x7f\xff", b"\x82\xff\0\0\0\1\0\0\0\0", b"\x81\xfe\1\x32"])
STREAMS = st.lists(DATA | CONTROL, max_size=5).flatmap(
    lambda good: st.lists(GOODBYES | BAD | HEADS_TOO_LONG | DATA, max_size=2).map(lambda rest: b"".join([*good, *rest]))
)


def pieces(stream: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for size in cuts:
        yield stream[start : start + size]
        start += size
    yield stream[start:]


class Wire:
    """What a transport of the loop is to a peer: keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None: ...


class Ears:
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def take(self, frame: bytes) -> Coroutine[Any, Any, None] | None:
        self.heard.append(frame)
        return None

    def leave(self) -> None: ...


Told = tuple[list[bytes], list[bytes], int | None]
"""Messages that came, pongs that were said, and the code of the goodbye that was."""


async def by_us(stream: bytes, cuts: Sequence[int]) -> Told:
    ears, wire = Ears(), Wire()
    peer = BarePeer(House(Door("", 0, (), "", LIMIT, lambda _: None), lambda _: ears))
    peer._transport, peer._guest = wire, ears  # type: ignore[assignment]
    for piece in pieces(stream, cuts):
        peer.data_received(piece)
    if peer._timer:
        peer._timer.cancel()
    return ears.heard, *spoken(wire.written)


def by_package(stream: bytes, cuts: Sequence[int]) -> Told:
    protocol = ServerProtocol(state=OPEN, max_size=LIMIT)
    for piece in pieces(stream, cuts):
        protocol.receive_data(piece)
    heard, parts = [], b""
    for frame in protocol.events_received():
        if isinstance(frame, PackageFrame) and frame.opcode in frames.DATA:
            parts += frame.data
            if frame.fin:
                heard.append(parts)
                parts = b""
    return heard, *spoken(b"".join(protocol.data_to_send()))


def spoken(written: bytes) -> tuple[list[bytes], int | None]:
    """The pongs and the goodbye among these bytes of a server."""
    pongs, code, at = [], None, 0
    while at < len(written):
        opcode, length = written[at] & 15, written[at + 1]
        payload = written[at + 2 : at + 2 + length]
        at += 2 + length
        if opcode == PONG:
            pongs.append(payload)
        elif opcode == CLOSE and code is None:
            code = int.from_bytes(payload[:2]) if payload else NO_CODE
    return pongs, code


@given(stream=STREAMS, cuts=st.lists(st.integers(1, 60), max_size=12))
def test_the_same_bytes_come_to_the_same(stream: bytes, cuts: list[int]) -> None:
    heard, pongs, code = asyncio.run(by_us(stream, cuts))
    expected, theirs, their_code = by_package(stream, cuts)
    assert (heard, pongs) == (expected, theirs)
    assert code == (1000 if their_code == NO_CODE else their_code), "a goodbye without a code we answer with one"
