"""What a class does beside answering: how it arrives, and how its phones come and go."""

import asyncio
import math
from collections.abc import Callable
from enum import StrEnum
from random import Random

import msgspec

from live_session.phones.phone import Phone


class Arrival(StrEnum):
    """How phones are spread over the time in which they arrive."""

    EVEN = "even"
    """Evenly."""
    BELL = "bell"
    """Most of them around the middle, as when the bell rings."""
    BURST = "burst"
    """All at once, at its end: the projector shows the code."""
    TRICKLE = "trickle"
    """Half in the first fifth, and latecomers to the end."""


def arrivals(arrival: Arrival, count: int, over: float, dice: Random) -> list[float]:
    """When each of `count` phones comes, in seconds from the start, none after `over`."""
    match arrival:
        case Arrival.BURST:
            return [over] * count
        case Arrival.BELL:
            return [min(over, max(0.0, dice.gauss(over / 2, over / 8))) for _ in range(count)]
        case Arrival.TRICKLE:
            mean = over / 5 / math.log(2)
            return [min(over, dice.expovariate(1 / mean)) if mean else 0.0 for _ in range(count)]
        case _:
            return [dice.uniform(0.0, over) for _ in range(count)]


class Habits(msgspec.Struct, frozen=True):
    """How often a phone does something, as the mean number of seconds between two times (0: never).

    `drop`: its network breaks and it comes back. `sleep`: its screen is dark for `sleep_for` seconds (drawn around
    it): no ping, no tap, no network; then it comes back. `reload`: the page begins anew and has only its outbox.
    """

    drop: float = 0.0
    sleep: float = 0.0
    sleep_for: float = 20.0
    reload: float = 0.0

    async def live(self, phone: Phone, dice: Random) -> None:
        """Do all that until cancelled."""
        async with asyncio.TaskGroup() as group:
            for every, do in ((self.drop, phone.drop), (self.reload, phone.reload), (self.sleep, None)):
                if every > 0:
                    group.create_task(self._again_and_again(every, do, phone, dice))

    async def _again_and_again(self, every: float, do: Callable[[], None] | None, phone: Phone, dice: Random) -> None:
        while True:
            await asyncio.sleep(dice.expovariate(1 / every))
            if do is not None:
                do()
            else:
                await phone.sleep(dice.uniform(0.5, 1.5) * self.sleep_for)
