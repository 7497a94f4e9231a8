"""Group commit: commands of all runs of this process wait a few milliseconds together, are written in one transaction,
and are answered only after its commit (docs/architecture.md, invariant 1)."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Engine

from live_session.errors import Code, Refusal, StoreBusy, UnknownRun
from live_session.model import Role, State
from live_session.store.log import Appended, Asked, Result
from live_session.writer import Writer

MOST_LINGER = 0.020
"""Seconds a command may wait for company under load; alone it does not wait at all."""
MOST_BATCH = 500
MOST_WAITING = 20_000
"""Commands that wait at most; the next ones are told to come back. A database that is away fills no memory."""
MOST_COMPANY = 0.002
"""Seconds that a batch which would go now still grows, while every turn of the loop brings somebody: the bell rings for
25 teachers at once, and whose press came a moment later would wait for a batch of its own."""
STUCK_AFTER = 5.0
"""Seconds after which a write counts as stuck: what comes then is told `busy` at once and waits on the phones."""
RETRY_AFTER = 1.0
"""Seconds until a refused command is sent again: this, and up to twice as much more, so that not all come at once."""

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
        engine: Engine,
        states: Callable[[], Mapping[str, State]],
        committed: Callable[[Appended, Sequence[Waiting]], None],
    ) -> None:
        self._writer = Writer(engine)
        self._states = states
        self._committed = committed
        self._inbox: list[Waiting] = []
        self._wake = asyncio.Event()
        self._is_enough = asyncio.Event()
        self._last_batch = 0
        self._writing_since: float | None = None
        self._is_ending = False

    def put(self, asked: Asked, reply: Reply, connection: int = 0) -> None:
        """Queue a command; `reply` is called once, after the commit or the refusal."""
        if len(self._inbox) >= MOST_WAITING or self._is_stuck():
            reply(busy())
            return
        self._inbox.append(Waiting(asked, connection, reply))
        self._wake.set()
        if asked.actor.role is Role.TEACHER:
            self._is_enough.set()

    def _is_stuck(self) -> bool:
        since = self._writing_since
        return since is not None and asyncio.get_running_loop().time() - since > STUCK_AFTER

    async def ask(self, asked: Asked) -> Result:
        """Queue a command and wait for its result."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.put(asked, lambda result: None if future.done() else future.set_result(result))
        return await future

    async def run(self) -> None:
        """Write batches until cancelled; what is being written then, and what waits, is still written."""
        self._is_ending = False
        self._writer.open()
        writing = asyncio.create_task(self._write_all())
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            self._is_ending = True
            self._wake.set()
            self._is_enough.set()
            await writing
        finally:
            self._writer.close()

    async def _write_all(self) -> None:
        """Batch by batch, until `_is_ending` and nothing waits any more."""
        while self._inbox or not self._is_ending:
            await self._wake.wait()
            await self._gather()
            if self._inbox:
                await self._write()

    async def _gather(self) -> None:
        """Let others join the batch; but a class waits for its teacher's press, and a press comes twice a minute."""
        loop = asyncio.get_running_loop()
        if linger := self._linger():
            enough = loop.call_later(linger, self._is_enough.set)
            await self._is_enough.wait()
            enough.cancel()
        waiting, until = 0, loop.time() + MOST_COMPANY
        while waiting < len(self._inbox) and loop.time() < until:
            waiting = len(self._inbox)
            await asyncio.sleep(0)
        self._is_enough.clear()

    def _linger(self) -> float:
        """Nothing when the last batch stood alone; up to `MOST_LINGER` the busier it was."""
        return min(MOST_LINGER, 0.004 * max(0, self._last_batch - 1))

    async def _write(self) -> None:
        batch, self._inbox = self._inbox[:MOST_BATCH], self._inbox[MOST_BATCH:]
        if not self._inbox:
            self._wake.clear()
        self._last_batch = len(batch)
        self._writing_since = asyncio.get_running_loop().time()
        try:
            await self._put_in_log(batch)
        finally:
            self._writing_since = None

    async def _put_in_log(self, batch: Sequence[Waiting]) -> None:
        """Write a batch and answer it. When one command in it cannot be written (its run was erased, the database
        refuses its bytes), each is written apart: the others must not suffer for it, nor the process."""
        try:
            appended = await self._writer.append(self._states(), [w.asked for w in batch])
        except StoreBusy as error:
            _log.warning("store_busy", extra={"reason": str(error)})
            self._refuse(batch, busy)
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    await self._put_in_log([waiting])
            else:
                self._refuse(batch, partial(_refusal_of, error))
        else:
            self._settle(appended, batch)

    def _settle(self, appended: Appended, batch: Sequence[Waiting]) -> None:
        self._committed(appended, batch)
        for waiting, result in zip(batch, appended.results, strict=True):
            waiting.reply(result)

    def _refuse(self, batch: Sequence[Waiting], refusal: Callable[[], Refusal]) -> None:
        for waiting in batch:
            waiting.reply(refusal())


def busy() -> Refusal:
    """Locked, full or away: nothing was written."""
    return Refusal(Code.BUSY, round(RETRY_AFTER * random.uniform(1.0, 3.0), 2))  # noqa: S311 - jitter, not a secret


def _refusal_of(error: Exception) -> Refusal:
    """Why a command on its own could not be written."""
    if isinstance(error, UnknownRun):
        return Refusal(Code.FORBIDDEN)
    _log.error("command_not_written", exc_info=error)
    return Refusal(Code.INTERNAL, RETRY_AFTER)
