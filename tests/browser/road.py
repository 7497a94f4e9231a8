"""The road between a phone and the live server, as bad as one likes: slow, losing packets, breaking, or forbidden.

TCP hides a lost packet behind a pause, in which everything after it waits too; so does this road. It runs in a thread
of its own, because a browser test holds the loop of its process.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
RESEND_AFTER = 0.5
"""Seconds until what was lost is sent again, twice as long each time."""


@dataclass
class Road:
    """`delay` in seconds each way; `loss` is the share of packets that must be sent again, `breaks` of those with
    which the connection goes; `is_closed` refuses every WebSocket, as a school's proxy does."""

    to: int
    port: int
    delay: float = 0.0
    loss: float = 0.0
    breaks: float = 0.0
    is_closed: bool = False
    refused: int = 0
    lost: int = 0
    broken: int = 0

    def __post_init__(self) -> None:
        self._dice = Random(7)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            if self.is_closed:
                self.refused += 1
                await reader.readuntil(b"\r\n\r\n")
                writer.write(FORBIDDEN)
                await writer.drain()
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.to)
            ways = [asyncio.create_task(self._carry(*way)) for way in ((reader, far), (far_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in (writer, far):
                if end is not None:
                    end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """In order; several packets may be under way."""
        loop = asyncio.get_running_loop()
        arrives = 0.0
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                at, data = await under_way.get()
                await asyncio.sleep(at - loop.time())
                if not data:
                    return
                writer.write(data)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        try:
            while True:
                data = await reader.read(65_536)
                arrives = max(arrives, loop.time() + self.delay + self._pause())
                under_way.put_nowait((arrives, data))
                if not data or self._dice.random() < self.breaks:
                    self.broken += bool(data)
                    break
            if not data:
                await delivering
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await delivering

    def _pause(self) -> float:
        pause, again = 0.0, RESEND_AFTER
        while self._dice.random() < self.loss:
            self.lost += 1
            pause, again = pause + again, again * 2
        return pause


@contextmanager
def road(port: int, to: int) -> Iterator[Road]:
    """A road that is open for the length of the block."""
    made, ready, ended = Road(to, port), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with await asyncio.start_server(made.connect, "127.0.0.1", port):
            ready.set()
            await ended.wait()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="road")
    thread.start()
    try:
        assert ready.wait(10)
        yield made
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
