"""The raw floor: a lesson with nothing kept, nothing decided, nothing proved.

websockets, uvloop and orjson, no compression, all in memory. It says the same frames as ours, in the same number and
of the same size, so that the difference to ours is what the product costs above its transport.
"""

import time
from typing import Any

import orjson
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from live_session.protocol import PING_EVERY, SUBPROTOCOL


class Lesson:
    """Sockets, a question and a count."""

    def __init__(self, html: str) -> None:
        self.sockets: set[ServerConnection] = set()
        self.seq = 0
        self._html = html
        self._activity: dict[str, Any] | None = None

    def steer(self, frame: dict[str, Any]) -> None:
        """Open or close a question, and tell everybody."""
        self.seq += 1
        now = time.time_ns() // 1_000_000
        is_open = frame["action"] == "open"
        self._activity = {"id": frame["activity"], "kind": "single", "round": 1, "is_open": is_open}
        self._activity |= {"html": self._html, "opened_at": now}
        broadcast(self.sockets, orjson.dumps({"t": "state", "seq": self.seq, "state": self.view()}), text=True)

    def view(self) -> dict[str, Any]:
        return {"phase": "running", "title": "Bài 1", "total": 10, "index": self.seq, "activity": self._activity}

    def ack(self, frame: dict[str, Any]) -> bytes:
        self.seq += 1
        return orjson.dumps({"t": "ack", "re": frame["id"], "outcome": "accepted", "seq": self.seq})


class Floor:
    """One process. The lesson stands in the hello's `device`, before the slash; `html` is every question's form."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._lessons: dict[str, Lesson] = {}

    async def listen(self, host: str, port: int) -> Server:
        """Start listening, with the same settings of `websockets` as ours."""
        return await serve(
            self._serve,
            host,
            port,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            ping_interval=None,
            max_queue=16,
            close_timeout=2,
            server_header=None,
            backlog=4_096,
        )

    async def _serve(self, socket: ServerConnection) -> None:
        lesson: Lesson | None = None
        try:
            hello = orjson.loads(await socket.recv(decode=False))
            name = hello["device"].partition("/")[0]
            lesson = self._lessons.setdefault(name, Lesson(self._html))
            lesson.sockets.add(socket)
            welcome = {"t": "welcome", "epoch": "floor", "seq": lesson.seq, "now": time.time_ns() // 1_000_000}
            welcome |= {"ping_every": PING_EVERY, "state": lesson.view()}
            await socket.send(orjson.dumps(welcome), text=True)
            while True:
                await self._answer(socket, lesson, orjson.loads(await socket.recv(decode=False)))
        except ConnectionClosed:
            pass
        finally:
            if lesson:
                lesson.sockets.discard(socket)

    async def _answer(self, socket: ServerConnection, lesson: Lesson, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "submit":
                await socket.send(lesson.ack(frame), text=True)
            case "steer":
                lesson.steer(frame)
                await socket.send(lesson.ack(frame), text=True)
            case "ping":
                pong = {"t": "pong", "sent_at": frame["sent_at"], "now": time.time_ns() // 1_000_000}
                await socket.send(orjson.dumps(pong), text=True)
