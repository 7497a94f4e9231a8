"""Straight to the driver: the handful of statements that every batch of answers pays for, past SQLAlchemy's way of
running one, which costs more than the database's own work on it. Connections, transactions and what an error means
stay SQLAlchemy's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, text: str, taken: Any = ()) -> Sequence[tuple[Any, ...]]:
    """Run a statement as the driver takes it, for each of `taken` where that is a list; its rows, as plain tuples.

    In the transaction that the connection is in: the caller has begun one. Errors are raised, and a connection that has
    died is known for it, as if SQLAlchemy had run it.
    """
    driver: Any = connection.connection.dbapi_connection
    dialect = connection.dialect
    try:
        cursor = driver.executemany(text, taken) if isinstance(taken, list) else driver.execute(text, taken)
        return cursor.fetchall() if cursor.description else ()
    except dialect.loaded_dbapi.Error as error:
        is_gone = dialect.is_disconnect(error, driver, None)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_gone,
            dialect=dialect,
        ) from error


@contextmanager
def each_by_itself(connection: Connection) -> Iterator[None]:
    """On PostgreSQL: each statement commits itself meanwhile. SQLAlchemy's own way to say so costs more than to run one
    of them. The connection is in no transaction, before and after."""
    driver: Any = connection.connection.dbapi_connection
    driver.autocommit = True
    try:
        yield
    finally:
        if not driver.closed:  # else the pool throws it away
            driver.autocommit = False
