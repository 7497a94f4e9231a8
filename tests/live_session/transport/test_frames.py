"""WebSocket frames as bytes: what is written is read, in any pieces, and what breaks the rules is called broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from live_session.transport import frames
from live_session.transport.frames import PING, TEXT, Broken

LIMIT = 65_536
MASK = b"\x01\x02\x03\x04"


def masked(payload: bytes, opcode: int = TEXT, is_last: bool = True, mask: bytes = MASK) -> bytes:
    """As a client writes it, by the package's own hand."""
    written = LibraryFrame(Opcode(opcode), payload, fin=is_last).serialize(mask=True)
    unmasked = LibraryFrame(Opcode(opcode), payload, fin=is_last).serialize(mask=False)
    head = written[: len(written) - len(payload) - 4]
    body = bytes(b ^ mask[n % 4] for n, b in enumerate(payload))
    assert len(unmasked) + 4 == len(written)
    return head + mask + body


@given(
    sent=st.lists(st.tuples(st.binary(max_size=300), st.booleans(), st.binary(min_size=4, max_size=4)), max_size=6),
    cuts=st.lists(st.integers(1, 40), max_size=30),
)
def test_frames_are_read_however_they_are_cut(sent: list[tuple[bytes, bool, bytes]], cuts: list[int]) -> None:
    stream = b"".join(masked(payload, is_last=is_last, mask=mask) for payload, is_last, mask in sent)
    found, rest = [], b""
    for size in [*cuts, len(stream)]:
        piece, stream = stream[:size], stream[size:]
        rest, start = rest + piece, 0
        while frame := frames.read(rest, start, LIMIT):
            found.append((frame.payload, frame.is_last))
            start = frame.end
        rest = rest[start:]
    assert found == [(payload, is_last) for payload, is_last, _ in sent]
    assert rest == b""


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536])
def test_every_length_is_read_and_written(size: int) -> None:
    payload = b"x" * size
    data = masked(payload)
    assert frames.read(data, 0, LIMIT) == (TEXT, True, payload, len(data))
    assert frames.read(data[:-1], 0, LIMIT) is None
    assert frames.frame(payload) == LibraryFrame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frames.frame(b"no mask"), 1002),
        (b"\xc1" + masked(b"a reserved bit")[1:], 1002),
        (b"\x83" + masked(b"an opcode of nobody")[1:], 1002),
        (b"\x8b" + masked(b"another one")[1:], 1002),
        (masked(b"", PING)[:1] + b"\xfe\x00\x7e", 1002),
        (b"\x09" + masked(b"a ping in parts", PING)[1:], 1002),
        (b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1009),
        (masked(b"x" * (LIMIT + 1))[:14], 1009),
    ],
)
def test_what_no_client_of_ours_sends(data: bytes, code: int) -> None:
    """Told by the head alone: nobody has to send, nor we to keep, what will not be taken."""
    with pytest.raises(Broken) as caught:
        frames.read(data, 0, LIMIT)
    assert caught.value.code == code


@given(st.binary(max_size=40))
def test_noise_is_a_frame_or_too_short_or_broken(noise: bytes) -> None:
    try:
        frame = frames.read(noise, 0, LIMIT)
    except Broken:
        return
    assert frame is None or (frame.end <= len(noise) and frame.opcode in {*frames.DATA, *frames.CONTROL})


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", 1000),
        (b"\x03", 1002),
        ((1000).to_bytes(2), 1000),
        ((1001).to_bytes(2) + "Tạm biệt".encode(), 1001),
        ((4999).to_bytes(2), 4999),
        *((n.to_bytes(2), 1002) for n in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535)),
    ],
)
def test_a_goodbye_is_answered_with_a_code_that_may_be_sent(payload: bytes, code: int) -> None:
    assert frames.echo_of(payload) == code


def test_a_goodbye_is_read_by_the_package() -> None:
    client = ClientProtocol(parse_uri("ws://127.0.0.1/"), state=OPEN)
    client.receive_data(frames.goodbye(4003, "ticket_expired" * 20))
    assert client.close_rcvd is not None
    assert client.close_rcvd.code == 4003
    assert client.close_rcvd.reason.startswith("ticket_expired")
