"""Many phones: how they arrive, how they get on, and whether they were told the truth."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from random import Random

import msgspec

from live_session.events import Logged
from live_session.phones.account import Verdict, compare
from live_session.phones.habits import Arrival, Habits, arrivals
from live_session.phones.phone import Phone

_log = logging.getLogger(__name__)


class Progress(msgspec.Struct, frozen=True):
    """Counts of the moment. `joined` were welcomed at least once; `answered` and what follows count answers;
    `reconnects` counts every welcome after a phone's first; `stopped` were told to stay away; `failed` got no
    ticket."""

    phones: int
    joined: int
    connected: int
    answered: int
    acked: int
    waiting: int
    refused: int
    reconnects: int
    stopped: int
    failed: int


class Crowd:
    """Phones that arrive within `over` seconds (0: all at once), and then live by their habits."""

    def __init__(
        self,
        phones: Sequence[Phone],
        dice: Random,
        over: float = 4.0,
        arrival: Arrival = Arrival.EVEN,
        habits: Habits | None = None,
    ) -> None:
        self.phones = phones
        self._delays = arrivals(arrival, len(phones), over, dice)
        self._habits = habits or Habits()
        self._dice = Random(dice.random())  # noqa: S311 - a simulated class, not a secret
        self._failed = 0

    async def run(self, watch: Callable[[Progress], None] | None = None, every: float = 1.0) -> None:
        """Until every phone has stopped, or cancelled. `watch` is told how things stand each `every` seconds."""
        tasks = [asyncio.create_task(self._arrive(p, d)) for p, d in zip(self.phones, self._delays, strict=True)]
        try:
            while tasks:
                done, _ = await asyncio.wait(tasks, timeout=every)
                if watch:
                    watch(self.progress())
                if len(done) == len(tasks):
                    return
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _arrive(self, phone: Phone, delay: float) -> None:
        """One phone that breaks does not stop the class."""
        await asyncio.sleep(delay)
        living = asyncio.create_task(self._habits.live(phone, self._dice))
        try:
            await phone.run()
        except Exception:
            self._failed += 1
            _log.exception("phone_failed")
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)

    def progress(self) -> Progress:
        """How things stand."""
        accounts = [p.account for p in self.phones]
        return Progress(
            phones=len(self.phones),
            joined=sum(p.welcomes > 0 for p in self.phones),
            connected=sum(p.is_connected for p in self.phones),
            answered=sum(len(a.entries) for a in accounts),
            acked=sum(a.count("acked") for a in accounts),
            waiting=sum(a.count("waiting") for a in accounts),
            refused=sum(a.count("refused") for a in accounts),
            reconnects=sum(max(0, p.welcomes - 1) for p in self.phones),
            stopped=sum(p.stopped is not None for p in self.phones),
            failed=self._failed,
        )

    def waits(self) -> Sequence[float]:
        """Seconds from the first sending of each answer to its ack, the shortest first."""
        return sorted(wait for phone in self.phones for wait in phone.waits)

    def compare(self, log: Iterable[Logged]) -> Verdict:
        """Every phone's account against the log of the run they were in."""
        return compare((p.account for p in self.phones), log)
