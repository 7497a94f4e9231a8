"""Reads what other processes wrote: when woken, when a connection needs it, and once a second without being asked.

Everybody who waits at one moment shares one read, as commands share one commit.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from live_session.bus import LOOK_EVERY
from live_session.errors import StoreBusy, StoreError
from live_session.events import Logged
from live_session.model import State
from live_session.store import log
from live_session.store.drivers import drive_async, store_errors, to_the_end
from live_session.store.engine import READ_ONLY
from live_session.store.log import Head

_log = logging.getLogger(__name__)

CaughtUp = Callable[[Mapping[str, State], Mapping[str, Head], Sequence[tuple[str, Logged]]], None]


class Follower:
    """One reader a process. `states` are the newest known folds; `caught_up` is told of newer ones,
    of all runs' heads, and of the events between. Runs that are `asleep` are read only when named; those that are open
    no more are taken out."""

    def __init__(
        self,
        engine: AsyncEngine,
        states: Callable[[], Mapping[str, State]],
        caught_up: CaughtUp,
        asleep: set[str] | None = None,
    ) -> None:
        self._engine = engine
        self._states = states
        self._caught_up = caught_up
        self._asleep = set[str]() if asleep is None else asleep
        self._look = asyncio.Event()
        self._runs: set[str] = set()
        self._must_look_at_all = False
        self._waiting: list[asyncio.Future[None]] = []
        self._not_understood: set[str] = set()

    def wake(self, runs: Iterable[str]) -> None:
        """Look at these runs soon; at all of them when none is named."""
        named = set(runs)
        self._runs |= named
        self._must_look_at_all |= not named
        self._look.set()

    async def look(self, run: str) -> None:
        """Wait until this run has been read. Raises `StoreBusy` when the log is out of reach."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self.wake((run,))
        await future

    async def run(self) -> None:
        """Follow until cancelled."""
        clock = asyncio.get_running_loop().time
        next_full = clock()
        while True:
            is_full = self._must_look_at_all or clock() >= next_full
            if is_full:
                self._must_look_at_all = False
                next_full = clock() + LOOK_EVERY
            await to_the_end(self._read(is_full))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, next_full - clock())):  # wait_for in 3.11 can swallow a cancel
                    await self._look.wait()
            self._look.clear()

    async def _read(self, is_full: bool) -> None:
        runs, self._runs = self._runs, set()
        waiting, self._waiting = self._waiting, []
        try:
            await self._catch_up(runs, is_full)
        except StoreError as error:
            _log.warning("log_out_of_reach", extra={"reason": str(error)})
            _release(waiting, StoreBusy(str(error)))
        else:
            _release(waiting, None)
        finally:
            _release(waiting, StoreBusy("the follower died"))  # else nobody would ever tell them

    async def _catch_up(self, runs: set[str], is_full: bool) -> None:
        """In a full look: all open runs that are awake, and all that are known here."""
        with store_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                if is_full:
                    opened = set(await drive_async(connection, log.open_runs()))
                    self._asleep &= opened
                    runs = {*runs, *self._states(), *(opened - self._asleep)}
                if not runs:
                    return
                heads = await drive_async(connection, log.heads(runs))
                known = self._states()
                behind = [run for run, head in heads.items() if run not in known or head.seq > known[run].seq]
                tail: list[tuple[str, Logged]] = []
                states = await self._newest(connection, known, behind, tail)
        self._caught_up(states, heads, tail)

    async def _newest(
        self,
        connection: AsyncConnection,
        known: Mapping[str, State],
        runs: Sequence[str],
        tail: list[tuple[str, Logged]],
    ) -> Mapping[str, State]:
        """The runs' newest states. A log that is not understood (an event of a newer release, an activity type that is
        not installed any more) is left out, and said once: the other lessons go on."""
        try:
            return await drive_async(connection, log.catch_up(known, runs, tail))
        except (SQLAlchemyError, OSError):
            raise
        except Exception:
            if len(runs) > 1:
                tail.clear()
                return {k: v for run in runs for k, v in (await self._newest(connection, known, [run], tail)).items()}
            if runs[0] not in self._not_understood:
                _log.exception("run_not_understood", extra={"run_id": runs[0]})
            self._not_understood.update(runs)
            return {}


def _release(waiting: Iterable[asyncio.Future[None]], error: StoreError | None) -> None:
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
