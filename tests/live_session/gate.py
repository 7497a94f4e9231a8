"""A gate between our processes and a server: open, shut (refused, what was open broken), or silent (nothing passes).

What a restarted, a stopped and a cut-off PostgreSQL look like from here, without touching the one that others use.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from sqlalchemy import make_url

from tests.ports import free_port


class Gate:
    """Listens on a port of its own and passes bytes both ways while it is open."""

    def __init__(self, host: str, port: int, listens_on: str = "127.0.0.1") -> None:
        self._to = (host, port)
        self.host = listens_on
        self._open = asyncio.Event()
        self._open.set()
        self._is_shut = False
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.port = free_port()  # it is let go and taken again

    async def listen(self) -> Self:
        self._server = await asyncio.start_server(self._connect, self.host, self.port)
        return self

    async def shut(self) -> None:
        """Break what is open, and refuse what comes."""
        self._is_shut = True
        self.break_all()
        if self._server:
            self._server.close()
        self._server = None

    def break_all(self) -> None:
        """Break what is open, once: a restart."""
        for line in tuple(self._lines):
            line.cancel()

    def silence(self) -> None:
        """Nothing passes; nobody is told."""
        self._open.clear()

    async def open(self) -> None:
        """As it was."""
        self._open.set()
        if self._is_shut:
            self._is_shut = False
            await self.listen()

    async def close(self) -> None:
        await self.shut()
        await asyncio.sleep(0)  # who was let in at this very moment gets a line first
        self.break_all()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)
        # A line that is broken before its first step has run nothing of its own, `finally` neither.
        line.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer = None
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
            ways = [asyncio.create_task(self._pass(a, b)) for a, b in ((reader, far_writer), (far_reader, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            for one in (writer, far_writer):
                if one is not None:
                    one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def gate_to(database_url: str, listens_on: str = "127.0.0.1") -> AsyncIterator[tuple[Gate, str]]:
    """A gate before this PostgreSQL, and the database's address through it."""
    url = make_url(database_url)
    gate = await Gate(url.host or "127.0.0.1", url.port or 5432, listens_on).listen()
    try:
        yield gate, url.set(host=gate.host, port=gate.port).render_as_string(hide_password=False)
    finally:
        await gate.close()
