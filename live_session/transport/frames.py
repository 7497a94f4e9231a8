"""WebSocket frames (RFC 6455, section 5) as a server reads and writes them: bytes in, bytes out, no IO."""

from typing import NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # no C compiler where it was installed
    from websockets.utils import apply_mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
DATA = frozenset({CONTINUATION, TEXT, BINARY})
CONTROL = frozenset({CLOSE, PING, PONG})
MOST_CONTROL = 125
_SENDABLE = frozenset({*range(1000, 1004), *range(1007, 1015)})

PROTOCOL_ERROR, POLICY_VIOLATION, TOO_BIG = 1002, 1008, 1009
_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F


class Broken(Exception):
    """Bytes that no client of ours sends; the connection is closed with `code`."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class Frame(NamedTuple):
    """One frame, unmasked. `end`: where the next one begins."""

    opcode: int
    is_last: bool
    payload: bytes
    end: int


def read(data: bytes, start: int, limit: int) -> Frame | None:
    """The frame that begins at `start`; None while it is not whole. Raises `Broken`, also for data of more than `limit`
    bytes, as soon as the frame's head is there."""
    have = len(data) - start
    if have < 2:
        return None
    first, second = data[start], data[start + 1]
    length, at = second & _LENGTH, start + 2
    if first & _RESERVED or not second & _MASKED:
        raise Broken(PROTOCOL_ERROR, "reserved bits, or no mask")
    opcode = first & _OPCODE
    if opcode > BINARY:
        _check_control(opcode, first, length)
    else:
        if length > MOST_CONTROL:
            wide = 2 if length == 126 else 8
            if have < 2 + wide:
                return None
            length, at = int.from_bytes(data[at : at + wide]), at + wide
        if length > limit:
            raise Broken(TOO_BIG, f"a frame of {length} bytes")
    end = at + 4 + length
    if len(data) < end:
        return None
    return Frame(opcode, bool(first & _FIN), apply_mask(data[at + 4 : end], data[at : at + 4]), end)


def _check_control(opcode: int, first: int, length: int) -> None:
    if opcode not in CONTROL:
        raise Broken(PROTOCOL_ERROR, f"opcode {opcode}")
    if length > MOST_CONTROL or not first & _FIN:
        raise Broken(PROTOCOL_ERROR, "a control frame that is long or in parts")


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole frame, as a server writes it: without a mask."""
    length = len(payload)
    if length <= MOST_CONTROL:
        return bytes((_FIN | opcode, length)) + payload
    if length < 1 << 16:
        return bytes((_FIN | opcode, 126)) + length.to_bytes(2) + payload
    return bytes((_FIN | opcode, 127)) + length.to_bytes(8) + payload


def goodbye(code: int, reason: str = "") -> bytes:
    """A close frame."""
    return frame(code.to_bytes(2) + reason.encode()[: MOST_CONTROL - 2], CLOSE)


def echo_of(payload: bytes) -> int:
    """The code with which a peer's close frame is answered: its own, where that may be sent."""
    if not payload:
        return 1000
    code = int.from_bytes(payload[:2])
    is_good = len(payload) >= 2 and (code in _SENDABLE or 3000 <= code < 5000)
    return code if is_good else PROTOCOL_ERROR
