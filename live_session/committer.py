"""Group commit: commands of all runs of this process wait a few milliseconds together, are written in one transaction,
and are answered only after its commit (design.md §3.3)."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from live_session.errors import Code, Refusal, StoreBusy, UnknownRun
from live_session.model import State
from live_session.store import log
from live_session.store.drivers import drive_async, store_errors, to_the_end
from live_session.store.log import Appended, Asked, Result

MOST_LINGER = 0.020
"""Seconds a command may wait for company under load; alone it does not wait at all."""
MOST_BATCH = 500
RETRY_AFTER = 1.0

_log = logging.getLogger(__name__)

Reply = Callable[[Result], None]


class Waiting(NamedTuple):
    """A command, the connection it came from (0: none), and where its result goes."""

    asked: Asked
    connection: int
    reply: Reply


class Committer:
    """One writer a process. `states` are the newest known folds; `committed` is told what became of a batch, before
    the replies go out."""

    def __init__(
        self,
        engine: AsyncEngine,
        states: Callable[[], Mapping[str, State]],
        committed: Callable[[Appended, Sequence[Waiting]], None],
    ) -> None:
        self._engine = engine
        self._states = states
        self._committed = committed
        self._inbox: list[Waiting] = []
        self._wake = asyncio.Event()
        self._last_batch = 0

    def put(self, asked: Asked, reply: Reply, connection: int = 0) -> None:
        """Queue a command; `reply` is called once, after the commit or the refusal."""
        self._inbox.append(Waiting(asked, connection, reply))
        self._wake.set()

    async def ask(self, asked: Asked) -> Result:
        """Queue a command and wait for its result."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.put(asked, lambda result: None if future.done() else future.set_result(result))
        return await future

    async def run(self) -> None:
        """Write batches until cancelled; what is being written then, and what waits, is still written."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await self._wake.wait()
                await asyncio.sleep(self._linger())
                await to_the_end(self._write())
        while self._inbox:
            await self._write()

    def _linger(self) -> float:
        """Nothing when the last batch stood alone; up to `MOST_LINGER` the busier it was."""
        return min(MOST_LINGER, 0.004 * max(0, self._last_batch - 1))

    async def _write(self) -> None:
        batch, self._inbox = self._inbox[:MOST_BATCH], self._inbox[MOST_BATCH:]
        if not self._inbox:
            self._wake.clear()
        self._last_batch = len(batch)
        await self._put_in_log(batch)

    async def _put_in_log(self, batch: Sequence[Waiting]) -> None:
        """Write a batch and answer it. When one command in it cannot be written (its run was erased, the database
        refuses its bytes), each is written apart: the others must not suffer for it, nor the process."""
        try:
            appended = await self._commit([w.asked for w in batch])
        except StoreBusy as error:
            _log.warning("store_busy", extra={"reason": str(error)})
            self._refuse(batch, Refusal(Code.BUSY, RETRY_AFTER))
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    await self._put_in_log([waiting])
            else:
                self._refuse(batch, _refusal_of(error))
        else:
            self._settle(appended, batch)

    async def _commit(self, asked: Sequence[Asked]) -> Appended:
        with store_errors():
            async with self._engine.begin() as connection:
                return await drive_async(connection, log.append(self._states(), asked))

    def _settle(self, appended: Appended, batch: Sequence[Waiting]) -> None:
        self._committed(appended, batch)
        for waiting, result in zip(batch, appended.results, strict=True):
            waiting.reply(result)

    def _refuse(self, batch: Sequence[Waiting], refusal: Refusal) -> None:
        for waiting in batch:
            waiting.reply(refusal)


def _refusal_of(error: Exception) -> Refusal:
    """Why a command on its own could not be written."""
    if isinstance(error, UnknownRun):
        return Refusal(Code.FORBIDDEN)
    _log.error("command_not_written", exc_info=error)
    return Refusal(Code.INTERNAL, RETRY_AFTER)
