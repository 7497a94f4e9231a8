"""A WebSocket client with nothing in it: unfragmented text frames over asyncio, masked with zeros (RFC 6455 allows any
key; the server's work is the same). The driver must stay cheaper than what it drives."""

import asyncio
from collections.abc import Callable

from live_session.protocol import SUBPROTOCOL

TEXT, CLOSE = 0x1, 0x8
_NO_MASK = b"\0\0\0\0"


def request(host: str, port: int, origin: str) -> bytes:
    """The opening handshake, the same for every phone."""
    lines = (
        "GET /live HTTP/1.1",
        f"Host: {host}:{port}",
        f"Origin: {origin}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def header(length: int, opcode: int = TEXT) -> bytes:
    """What stands before a payload of this many bytes (below 64 KiB) in a frame of a client."""
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + _NO_MASK
    return bytes((0x80 | opcode, 0x80 | 126)) + length.to_bytes(2) + _NO_MASK


def frame(payload: bytes) -> bytes:
    """A whole text frame."""
    return header(len(payload)) + payload


class Wire(asyncio.Protocol):
    """One connection. `greeting` goes out after the handshake; `take` gets every text frame's payload."""

    def __init__(self, handshake: bytes, greeting: bytes, take: Callable[[bytes], None]) -> None:
        self._handshake, self._greeting, self._take = handshake, greeting, take
        self._rest = b""
        self._is_open = self._is_leaving = False
        self._transport: asyncio.WriteTransport | None = None
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.send(self._handshake)

    def send(self, data: bytes) -> None:
        """Bytes as they are: frames made beforehand."""
        if self._transport is not None:
            self._transport.write(data)

    def hang(self) -> None:
        """Say goodbye, once; the server closes."""
        if not self._is_leaving:
            self._is_leaving = True
            self.send(header(2, CLOSE) + (1000).to_bytes(2))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head[:200].decode(errors="replace"))
            self._is_open = True
            self.send(self._greeting)
        self._rest = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Hand over every whole frame; what is left of the last one."""
        start, size = 0, len(data)
        while size - start >= 2:
            length, body = data[start + 1] & 127, start + 2
            if length >= 126:
                wide = 2 if length == 126 else 8
                length, body = int.from_bytes(data[body : body + wide]), body + wide
            if size < body + length:
                break
            if data[start] & 15 == TEXT:
                self._take(data[body : body + length])
            elif data[start] & 15 == CLOSE:
                self.hang()
            start = body + length
        return data[start:]
