"""Keeps a snapshot beside each log, so that a recovery reads the last few hundred events and not the whole lesson.

In transactions of its own, one run at a time and never in an answer's way; what fails is tried again a second later.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from live_session.channel import Channel
from live_session.errors import StoreError
from live_session.model import Millis
from live_session.store import log
from live_session.store.drivers import drive_async, store_errors, to_the_end
from live_session.store.snapshots import EVERY

LOOK_EVERY = 1.0
SLICE = 0.02
"""Of each moment that writing snapshots takes, answers get at least as much; and this many seconds besides."""

_log = logging.getLogger(__name__)


class Scribe:
    """One a process; processes that serve the same run take each other's snapshots for theirs."""

    def __init__(
        self, engine: AsyncEngine, channels: Callable[[], Iterable[Channel]], now: Callable[[], Millis]
    ) -> None:
        self._engine = engine
        self._channels = channels
        self._now = now
        self._kept: dict[str, int] = {}

    async def run(self) -> None:
        """Write what is due until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            channels = tuple(self._channels())
            self._kept = {c.run: self._kept[c.run] for c in channels if c.run in self._kept}
            for channel in channels:
                if self._is_due(channel):
                    began = time.perf_counter()
                    await to_the_end(self._save(channel))
                    await asyncio.sleep(SLICE + time.perf_counter() - began)

    def _is_due(self, channel: Channel) -> bool:
        """Far enough beyond the last one; and once more at the end, for those who come back to a finished lesson."""
        beyond = channel.state.seq - self._kept.get(channel.run, 0)
        return beyond >= (1 if channel.is_over else EVERY)

    async def _save(self, channel: Channel) -> None:
        state, epoch = channel.state, channel.epoch
        try:
            with store_errors():
                async with self._engine.begin() as connection:
                    kept = await drive_async(connection, log.save_snapshot(channel.run, epoch, state, self._now()))
        except (StoreError, IntegrityError) as error:  # away, or another process made the first one just now
            _log.warning("snapshot_put_off", extra={"run_id": channel.run, "reason": type(error).__name__})
            return
        except Exception:  # an activity of a kind that is not installed any more: the lesson goes on without
            _log.exception("snapshot_failed", extra={"run_id": channel.run})
            kept = 0
        self._kept[channel.run] = kept or state.seq
