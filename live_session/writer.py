"""Appends batches to the log in a thread of its own: from `begin` to `commit` in one go, while the loop serves on."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from sqlalchemy import Engine

from live_session.model import State
from live_session.store import log
from live_session.store.drivers import drive, store_errors
from live_session.store.engine import SURE_S
from live_session.store.log import Appended, Asked

CLOSED_WITHIN = 1.0
"""Seconds; a thread that waits for its queue ends at once."""

_log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A batch on its way, and who waits for what becomes of it."""

    states: Mapping[str, State]
    asked: Sequence[Asked]
    future: asyncio.Future[Appended]

    def tell(self, result: Appended | BaseException) -> None:
        """From the thread."""
        self.future.get_loop().call_soon_threadsafe(_settle, self.future, result)


def _settle(future: asyncio.Future[Appended], result: Appended | BaseException) -> None:
    if future.done():  # whoever waited is gone
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


class Writer:
    """One a process, used by one committer.

    In a lesson it sleeps between two batches and finds its caches cold: then an executor's hop, or a connection taken
    from its pool and given back, costs as much as several answers. So there is one queue, and while batches come, one
    connection; after an error, or a rest, the pool gives one that it knows to live.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._is_closed = True
        self._thread: Thread | None = None

    def open(self) -> None:
        """Before an append is awaited."""
        self._is_closed = False
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def append(self, states: Mapping[str, State], asked: Sequence[Asked]) -> asyncio.Future[Appended]:
        """What the append comes to, once it is committed. Raises `StoreBusy` when nothing was written and trying again
        is safe, and whatever else `log.append` and the database do."""
        job = Job(states, asked, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """No more batches: gives the connection back. Whoever closes has waited for what was asked."""
        if self._thread:
            self._jobs.put(None)
            self._thread.join(CLOSED_WITHIN)

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._is_closed:
            if job := self._next():
                self._write_on(job)

    def _next(self, within: float | None = None) -> Job | None:
        try:
            job = self._jobs.get(timeout=within)
        except Empty:
            return None
        self._is_closed = job is None
        return job

    def _write_on(self, first: Job) -> None:
        """This batch, and those that come soon after it, on one connection."""
        job: Job | None = first
        try:
            with store_errors(), self._engine.connect() as connection:
                while job:
                    with connection.begin():
                        appended = drive(connection, log.append(job.states, job.asked))
                    job.tell(appended)
                    job = self._next(SURE_S)
        except BaseException as error:
            if job:
                job.tell(error)
            else:
                _log.exception("connection_not_given_back")
