"""Drive the log's generators: synchronously on a connection that somebody else commits, or asynchronously."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from live_session.errors import StoreBusy, StoreError
from live_session.store import straight
from live_session.store.log import Parameters, Steps
from live_session.store.prepared import Prepared

T = TypeVar("T")


def drive(connection: Connection, steps: Steps[T]) -> T:
    """Run the statements on this connection, inside its transaction; the result is theirs once it is committed."""
    if not connection.in_transaction():
        connection.begin()
    try:
        statement, parameters = next(steps)
        while True:
            if isinstance(statement, Prepared):
                rows = straight.run(connection, *_bound(statement, parameters, connection.dialect.name))
            else:
                result = connection.execute(statement, parameters)
                rows = result.all() if result.returns_rows else ()
            statement, parameters = steps.send(rows)
    except StopIteration as done:
        value: T = done.value
        return value


async def drive_async(connection: AsyncConnection, steps: Steps[T]) -> T:
    """The same, awaiting each statement."""
    try:
        statement, parameters = next(steps)
        while True:
            if isinstance(statement, Prepared):
                result = await connection.exec_driver_sql(*_bound(statement, parameters, connection.dialect.name))
            else:
                result = await connection.execute(statement, parameters)
            statement, parameters = steps.send(result.all() if result.returns_rows else ())
    except StopIteration as done:
        value: T = done.value
        return value


def _bound(statement: Prepared, rows: Parameters, database: str) -> tuple[str, Any]:
    """Its text for this database, with the rows as that text takes them."""
    return statement.texts[database], statement.takes[database](rows or ())


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work on the store; when cancelled meanwhile, let it come to its end first. A statement that is cut off
    leaves its connection behind, and on SQLite a thread that speaks to a loop which is no more."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the database's errors into ours: `StoreBusy` when trying again is safe, `StoreError` otherwise.

    Wraps a whole transaction, commit included: a commit that failed has written nothing.
    """
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
        raise StoreBusy(str(getattr(error, "orig", error))) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreBusy(str(error.orig)) from error
        raise StoreError(str(error.orig)) from error
