"""Wake-ups by PostgreSQL's `LISTEN/NOTIFY`.

A `NOTIFY` takes a lock that all notifying commits of the database share; inside the answers' transactions it would
make them wait for each other. So it is said on a connection of its own, in a transaction of its own, after the commit.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from sqlalchemy import make_url

from live_session.bus.relay import CHANNEL, Relay, within
from live_session.store.engine import KEEPALIVE

CONNECT_WITHIN = 5.0
CHECK_EVERY = 5.0
"""Seconds of silence after which the listening connection is tried: a dead one would be silent too."""


class PostgresBus(Relay):
    """`url` names the database over which processes wake each other, as SQLAlchemy or libpq write it."""

    def __init__(self, url: str) -> None:
        self._url = conninfo(url)
        super().__init__(self._ear, self._mouth, (psycopg.Error,))

    @contextlib.asynccontextmanager
    async def _connection(self, name: str) -> AsyncIterator[Any]:
        opening = psycopg.AsyncConnection.connect(
            self._url, autocommit=True, application_name=f"giotay-bus-{self.name}-{name}", **KEEPALIVE
        )
        async with within(CONNECT_WITHIN, opening) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def _ear(self) -> AsyncIterator["_Ear"]:
        async with self._connection("ear") as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield _Ear(connection)

    @contextlib.asynccontextmanager
    async def _mouth(self) -> AsyncIterator["_Mouth"]:
        async with self._connection("mouth") as connection:
            yield _Mouth(connection)


class _Ear:
    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._connection = connection

    async def messages(self) -> AsyncIterator[str]:
        while True:
            async for notification in self._connection.notifies(timeout=CHECK_EVERY):
                yield notification.payload
            await self._connection.execute("SELECT 1")


class _Mouth:
    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._connection = connection

    async def say(self, message: str) -> None:
        await self._connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, message))


def conninfo(url: str) -> str:
    """The address as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
