"""The bus says "look at the log", and nothing else.

Any process may serve any phone of any run; a process that has written wakes the others. A wake-up may be lost: every
process looks at the log by itself once a second, so a lost one costs at most that.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

LOOK_EVERY = 1.0
"""Seconds between two looks at the log without being woken."""


class Bus(Protocol):
    """What the server needs of a bus."""

    def wake(self, run_ids: Iterable[str]) -> None:
        """Say that these runs' logs have grown. Never blocks, never raises."""

    def listen(self, callback: Callable[[frozenset[str]], None]) -> None:
        """Be told when a log has grown."""


class InProcessBus:
    """Wakes listeners of this process, at once."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[frozenset[str]], None]] = []

    def wake(self, run_ids: Iterable[str]) -> None:
        woken = frozenset(run_ids)
        for callback in self._callbacks:
            callback(woken)

    def listen(self, callback: Callable[[frozenset[str]], None]) -> None:
        self._callbacks.append(callback)
