"""A bus between processes, whatever carries it: what is common to PostgreSQL and Redis.

Two connections of its own, one to hear and one to speak, and neither is the log's: a wake-up is never part of an
answer's transaction and never delays one. Wake-ups are coalesced: what is said while another is on its way, or within
`GAP` of it, goes out together. After a broken connection both are opened anew, and whoever listens is told to look at
everything, because nobody knows what was missed.
"""

import asyncio
import contextlib
import logging
import random
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

from live_session.bus import Woken

GAP = 0.005
"""Seconds between two messages at least: many commits, one wake-up."""
MOST_RUNS = 150
"""Runs in one message; PostgreSQL takes 8,000 bytes."""
PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds before the next try to connect; the last one for ever, each with jitter."""
CHANNEL = "giotay_log"

_log = logging.getLogger(__name__)


class Ear(Protocol):
    """A connection that hears."""

    def messages(self) -> AsyncIterator[str]:
        """What is said, from now on. Raises when the connection is gone."""


class Mouth(Protocol):
    """A connection that speaks."""

    async def say(self, message: str) -> None:
        """Say it. Raises when the connection is gone."""


OpenEar: TypeAlias = Callable[[], AbstractAsyncContextManager[Ear]]
OpenMouth: TypeAlias = Callable[[], AbstractAsyncContextManager[Mouth]]


class Relay:
    """A bus over two connections that may break at any time."""

    def __init__(self, ear: OpenEar, mouth: OpenMouth, broken: tuple[type[Exception], ...]) -> None:
        self._open_ear, self._open_mouth = ear, mouth
        self._broken: tuple[type[Exception], ...] = (*broken, OSError, TimeoutError)
        self.name = new_name()
        self._callbacks: list[Woken] = []
        self._waiting: set[str] = set()
        self._has_words = asyncio.Event()
        self.is_hearing = asyncio.Event()
        """Set while wake-ups of others come in."""

    def wake(self, run_ids: Iterable[str]) -> None:
        self._waiting.update(run_ids)
        if self._waiting:
            self._has_words.set()

    def listen(self, callback: Woken) -> None:
        self._callbacks.append(callback)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again("hear", self._hear))
            group.create_task(self._again_and_again("speak", self._speak))

    async def _again_and_again(
        self, what: str, work: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
    ) -> None:
        """Do it on a new connection whenever the old one breaks; said once for each time it breaks."""
        tries = 0

        def connected() -> None:
            nonlocal tries
            tries = 0

        while True:
            try:
                await work(connected)
            except self._broken as error:
                if tries == 0:
                    _log.warning("bus_broken", extra={"command": what, "reason": type(error).__name__})
            stop_if_asked()
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            tries += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    async def _hear(self, connected: Callable[[], None]) -> None:
        async with self._open_ear() as ear:
            connected()
            self._tell(frozenset())  # look at everything: nobody knows what was said before
            self.is_hearing.set()
            try:
                async for message in ear.messages():
                    name, woken = parse(message)
                    if name != self.name:
                        self._tell(woken)
            finally:
                self.is_hearing.clear()

    def _tell(self, woken: frozenset[str]) -> None:
        for callback in self._callbacks:
            callback(woken)

    async def _speak(self, connected: Callable[[], None]) -> None:
        async with self._open_mouth() as mouth:
            connected()
            while True:
                await self._has_words.wait()
                self._has_words.clear()
                waiting, self._waiting = self._waiting, set()
                try:
                    for message in messages(self.name, sorted(waiting)):
                        await mouth.say(message)
                except self._broken:
                    self.wake(waiting)  # said again on the next connection; hearing it twice hurts nobody
                    raise
                await asyncio.sleep(GAP)


def stop_if_asked() -> None:
    """Raise the cancellation of this task that a driver kept to itself.

    Redis' client answers a task that is stopped while it connects as if nothing had happened (8.1.0, seen about once in
    twenty stops under load), or says that its connection gave up; whoever waits then waits for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def new_name() -> str:
    """A name for one end of the bus, so that it knows its own words."""
    return uuid.uuid4().hex[:12]


def messages(name: str, runs: Sequence[str]) -> Iterator[str]:
    """What is said of these runs: who speaks, then the runs' ids."""
    for first in range(0, len(runs), MOST_RUNS):
        yield " ".join((name, *runs[first : first + MOST_RUNS]))


def parse(message: str) -> tuple[str, frozenset[str]]:
    """Who spoke, and of which runs."""
    name, _, runs = message.partition(" ")
    return name, frozenset(runs.split())


@contextlib.asynccontextmanager
async def within(seconds: float, opening: Coroutine[Any, Any, Any]) -> AsyncIterator[Any]:
    """A connection that must be there in time, and is closed in the end."""
    async with asyncio.timeout(seconds):
        connection = await opening
    try:
        yield connection
    finally:
        await connection.close()
