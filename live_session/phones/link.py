"""The seam between a phone and its socket, where a bad network is put in.

`Link` adds nothing. `Lossy` does what networks, proxies and doubled clicks do to frames, in both directions.
"""

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed


class Link:
    """One connection as the phone sees it. `receive` raises `ConnectionClosed` when it is gone."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str:
        return await self._socket.recv(decode=True)

    async def close(self) -> None:
        """Let go of what the link itself holds; the socket is closed by its owner."""

    def cut(self) -> None:
        """Break the connection without a goodbye, as a network does."""
        self._socket.transport.abort()


class Weather(msgspec.Struct, frozen=True):
    """What happens to a frame, each with its probability 0 to 1; `delay` in seconds, drawn evenly up to it.

    `cut` loses the frame and breaks the connection, which is what losing a frame means on TCP. `drop` loses it alone,
    as only a broken proxy does: an answer heals by the phone's patience, a lost state by the next one. The first frame
    of each way is never doubled: a second hello is no weather but a breach of the protocol, and closes with "stop".
    """

    cut: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0


class _Way:
    """One direction: frames go in, and come out at `deliver` when the weather lets them."""

    def __init__(self, weather: Weather, dice: Random, deliver: Callable[[str], None], cut: Callable[[], None]) -> None:
        self._weather, self._dice = weather, dice
        self._deliver, self._cut = deliver, cut
        self._loop = asyncio.get_running_loop()
        self._last = 0.0
        self._is_first = True

    def put(self, text: str) -> None:
        weather, chance = self._weather, self._dice.random
        is_first, self._is_first = self._is_first, False
        if chance() < weather.cut:
            self._cut()
        elif chance() >= weather.drop:
            for _ in range(2 if chance() < weather.duplicate and not is_first else 1):
                self._loop.call_at(self._moment(), self._deliver, text)

    def _moment(self) -> float:
        """When it comes out: after what went before, unless it is one that is overtaken."""
        moment = self._loop.time() + self._dice.uniform(0.0, self._weather.delay)
        if self._dice.random() < self._weather.reorder:
            return moment + 0.05
        self._last = max(moment, self._last + 1e-6)
        return self._last


class Lossy(Link):
    """A link with weather. Its socket's end comes after the frames that were on their way."""

    def __init__(self, socket: ClientConnection, weather: Weather, dice: Random) -> None:
        super().__init__(socket)
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._incoming: asyncio.Queue[str | ConnectionClosed] = asyncio.Queue()
        self._up = _Way(weather, dice, self._outgoing.put_nowait, self.cut)
        self._down = _Way(weather, dice, self._incoming.put_nowait, self.cut)
        self._pumps = (asyncio.create_task(self._pump_up()), asyncio.create_task(self._pump_down()))

    async def send(self, text: str) -> None:
        self._up.put(text)

    async def receive(self) -> str:
        found = await self._incoming.get()
        if isinstance(found, ConnectionClosed):
            raise found
        return found

    async def close(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _pump_up(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._socket.send(await self._outgoing.get())

    async def _pump_down(self) -> None:
        try:
            while True:
                self._down.put(await self._socket.recv(decode=True))
        except ConnectionClosed as closed:
            self._incoming.put_nowait(closed)
