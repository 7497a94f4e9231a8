"""The bus for processes without a loop: the web pages write to the log too, and only speak, never listen.

Wake-ups are handed to a thread, which says them after the request's commit on a connection of its own. It is best
effort, as everything on the bus: a phone that was not woken looks by itself within a second.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Protocol, TypeAlias

from live_session.bus.choice import carrier, file_of
from live_session.bus.local import LocalCaller
from live_session.bus.relay import CHANNEL, GAP, PAUSES, messages, new_name
from live_session.store.engine import KEEPALIVE

Say: TypeAlias = Callable[[str], object]
Open: TypeAlias = Callable[[], AbstractContextManager[Say]]

_log = logging.getLogger(__name__)


class Caller:
    """Tells live servers that logs have grown. Its thread begins with the first word, so that it survives a fork."""

    def __init__(self, open_: Open) -> None:
        self._open = open_
        self._name = new_name()
        self._waiting: set[str] = set()
        self._has_words = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self, run_ids: Iterable[str]) -> None:
        """Say it soon. Never blocks, never raises."""
        with self._lock:
            self._waiting.update(run_ids)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
                self._thread.start()
        self._has_words.set()

    def _run(self) -> None:
        tries = 0
        while True:
            self._has_words.wait()
            try:
                with self._open() as say:
                    while True:
                        self._say_next(say)
                        tries = 0
            except Exception as error:
                if tries == 0:
                    _log.warning("bus_broken", extra={"command": "call", "reason": type(error).__name__})
            threading.Event().wait(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    def _say_next(self, say: Say) -> None:
        self._has_words.wait()
        self._has_words.clear()
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        try:
            for message in messages(self._name, sorted(waiting)):
                say(message)
        except Exception:
            self.wake(waiting)
            raise
        threading.Event().wait(GAP)


class Calls(Protocol):
    """Whatever tells live servers that logs have grown."""

    def wake(self, run_ids: Iterable[str]) -> None:
        """Say it soon. Never blocks, never raises."""


def open_caller(bus_url: str, database_url: str) -> Calls | None:
    """The caller of this installation; None where there is nobody to call (a database in memory)."""
    match carrier(bus_url, database_url):
        case "redis":
            return Caller(lambda: _redis(bus_url))
        case "postgresql":
            return Caller(lambda: _postgres(bus_url or database_url))
        case "local":
            return LocalCaller(file_of(database_url))
        case _:
            return None


@contextmanager
def _postgres(url: str) -> Any:
    import psycopg  # noqa: PLC0415 - a seventh of a second for each process that starts: only those who use it load it

    from live_session.bus.postgres import conninfo  # noqa: PLC0415

    options = {**KEEPALIVE, "autocommit": True, "application_name": "giotay-bus-caller"}
    with closing(psycopg.connect(conninfo(url), **options)) as connection:
        yield lambda message: connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, message))


@contextmanager
def _redis(url: str) -> Any:
    from redis import Redis  # noqa: PLC0415

    with closing(Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)) as client:
        yield lambda message: client.publish(CHANNEL, message)
