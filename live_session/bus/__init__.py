"""The bus says "look at the log", and nothing else.

Any process may serve any phone of any run; a process that has written wakes the others. A wake-up may be lost: every
process looks at the log by itself once a second, so a lost one costs at most that. Hence a bus promises little: it
never blocks who speaks, never raises, reconnects by itself, and says the same thing once instead of often.

Four carry it: this process alone (`InProcessBus`), sockets of one machine (beside a SQLite file), PostgreSQL's
`LISTEN/NOTIFY`, and Redis.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias

LOOK_EVERY = 1.0
"""Seconds between two looks at the log without being woken."""

Woken: TypeAlias = Callable[[frozenset[str]], None]


class Bus(Protocol):
    """One process's end of the bus."""

    def wake(self, run_ids: Iterable[str]) -> None:
        """Tell all others that these runs' logs have grown. Never blocks, never raises."""

    def listen(self, callback: Woken) -> None:
        """Be told when somebody else has made a log grow; one's own words do not come back."""

    async def run(self) -> None:
        """Carry wake-ups until cancelled. What breaks meanwhile is mended here, and never ends it."""


class Room:
    """Buses of one process that hear each other."""

    def __init__(self) -> None:
        self.ends: list[InProcessBus] = []


class InProcessBus:
    """Wakes the other buses of its room at once; alone in it, it has nobody to tell."""

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self._room.ends.append(self)
        self._callbacks: list[Woken] = []

    def wake(self, run_ids: Iterable[str]) -> None:
        woken = frozenset(run_ids)
        for end in self._room.ends:
            if end is not self and woken:
                end.hear(woken)

    def hear(self, woken: frozenset[str]) -> None:
        """Somebody else spoke."""
        for callback in self._callbacks:
            callback(woken)

    def listen(self, callback: Woken) -> None:
        self._callbacks.append(callback)

    async def run(self) -> None:
        await asyncio.Event().wait()
