"""The driver's end of a connection, and what all connections of a pass share.

Frames are made beforehand and told apart by their first letters, so that the driver costs little beside the server.
"""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from random import Random

import msgspec

from live_session.bench import school, wire
from live_session.bench.serve import HOST
from live_session.phones.account import Account
from live_session.phones.phone import pause_before
from live_session.protocol import PING_EVERY

PATIENCE = 60.0
"""Seconds after which the driver goes on without what has not come."""


class Gate:
    """Opens when as many have passed as were expected."""

    def __init__(self) -> None:
        self._left = 0
        self._open = asyncio.Event()

    def expect(self, count: int) -> None:
        self._left = count
        self._open.clear()

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._open.set()

    async def passed(self) -> None:
        """Wait for the last one; a pass that hangs goes on, and its account tells."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._open.wait(), PATIENCE)


class Course:
    """What all phones of a pass share: counters, gates, samples."""

    def __init__(self) -> None:
        self.welcomed, self.shown, self.answered = Gate(), Gate(), Gate()
        self.frames: Counter[bytes] = Counter()
        self.screen_frames: Counter[bytes] = Counter()
        self.acks: list[float] = []
        self.marker = b"\0"
        """What a state must hold to count as shown."""
        self.state_bytes = 0


_PING = wire.frame(b'{"t":"ping","sent_at":0.0}')
_ID = slice(17, 53)
"""Where the id stands in `{"t":"ack","re":"…"` and, one name longer, in a refusal."""
_REFUSED_ID = slice(20, 56)


class Handset:
    """One connection: a pupil's phone, or a teacher's screen (which expects no states and answers nothing)."""

    def __init__(self, course: Course, lesson: int, hello: bytes, is_screen: bool = False) -> None:
        self.course, self.lesson = course, lesson
        self.hello = hello
        self.is_screen = is_screen
        self.wire: wire.Wire | None = None
        self.welcomed_at = self.shown_at = 0.0
        self.promises: list[bytes] = []
        self.composed: list[tuple[str, int]] = []
        self._frames = course.screen_frames if is_screen else course.frames
        self._answer: tuple[str, bytes, bytes] | None = None
        self._pending = b""
        self._sent = b""
        self._sent_at = 0.0
        self._is_due = self.is_back = False
        self._first_ping = 0.0

    async def connect(self, port: int, handshake: bytes, dice: Random) -> None:
        """Connect and send the hello; the welcome comes by itself. Pings go out as a phone's do."""
        loop = asyncio.get_running_loop()
        _, self.wire = await loop.create_connection(lambda: wire.Wire(handshake, self.hello, self.take), HOST, port)
        self._frames[b"hel"] += 1
        self._first_ping = dice.uniform(0.0, PING_EVERY)

    async def come_back(self, port: int, handshake: bytes, dice: Random) -> None:
        """By the rule of the pages: see `pause_before`. Until cancelled: a connection may end before its welcome."""
        waited = 0.0
        for tries in itertools.count(1):
            if self.wire:
                await asyncio.wait([self.wire.gone])
            waited += (pause := pause_before(tries, waited, dice))
            await asyncio.sleep(pause)
            with contextlib.suppress(OSError):
                await self.connect(port, handshake, dice)

    def _ping(self, on: wire.Wire | None) -> None:
        if on is not None and on is self.wire and not on.gone.done():
            self._send(b"pin", _PING)
            asyncio.get_running_loop().call_later(PING_EVERY, self._ping, on)

    def _send(self, kind: bytes, data: bytes) -> None:
        self._frames[kind] += 1
        if self.wire is not None:
            self.wire.send(data)

    def steer(self, data: bytes) -> None:
        """A teacher's press."""
        self._send(b"ste", data)

    def ready(self, answer: tuple[str, bytes, bytes]) -> None:
        """Hold the next answer: its id, and its frame before and after the moment it is composed."""
        self._answer, self._is_due, self.shown_at = answer, False, 0.0

    def due(self) -> None:
        """The pupil taps now; if the question is not there yet, as soon as it is."""
        self._is_due = True
        if self.shown_at:
            self._submit()

    def _submit(self) -> None:
        if self._answer is None:
            return
        id_, head, tail = self._answer
        self._answer = None
        at = time.time_ns() // 1_000_000
        self._pending = id_.encode()
        self._sent = head + str(at).encode() + tail
        self.composed.append((id_, at))
        self._sent_at = time.perf_counter()
        self._send(b"sub", self._sent)

    def take(self, payload: bytes) -> None:
        """A frame came. Kinds are told apart by the first letters: `{"t":"sta`…"""
        kind = payload[6:9]
        self._frames[kind] += 1
        if kind == b"ack" and payload[_ID] == self._pending:
            self.course.acks.append((time.perf_counter() - self._sent_at) * 1_000)
            self._pending = b""
            self.promises.append(payload)
            self.course.answered()
        elif kind == b"sta" and not self.is_screen and self.course.marker in payload:
            self._show(payload)
        elif kind == b"wel":
            self.welcomed_at = time.perf_counter()
            self.is_back = self.course.marker in payload
            self.course.welcomed()
            asyncio.get_running_loop().call_later(self._first_ping, self._ping, self.wire)
        elif kind == b"ref" and payload[_REFUSED_ID] == self._pending:
            asyncio.get_running_loop().call_later(1.0, self._send, b"sub", self._sent)

    def _show(self, payload: bytes) -> None:
        if self.shown_at:
            return
        self.shown_at = time.perf_counter()
        self.course.state_bytes = len(payload)
        self.course.shown()
        if self._is_due:
            self._submit()

    def account(self) -> Account:
        """What this phone was promised."""
        account = Account()
        for id_, at in self.composed:
            account.compose(id_, at)
        for promise in self.promises:
            told = msgspec.json.decode(promise)
            account.ack(told["re"], school.EPOCH, told["seq"], told["outcome"])
        return account


KINDS = {b"sub": "submit", b"ack": "ack", b"ref": "refuse", b"sta": "state", b"ste": "steer", b"gau": "gauge"}
KINDS |= {b"pin": "ping", b"pon": "pong", b"hel": "hello", b"wel": "welcome"}


def named(frames: Counter[bytes]) -> dict[str, int]:
    """Counts by the frames' names."""
    return {name: frames[kind] for kind, name in KINDS.items() if frames[kind]}
