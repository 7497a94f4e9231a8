"""Engines tuned for the log: SQLite in WAL with full synchronisation, PostgreSQL nearly as it comes.

Every transaction on SQLite begins with `BEGIN IMMEDIATE`, unless the connection was asked for `read_only=True`: a
deferred one fails at once when another has written meanwhile (design.md §3.2). Read-only transactions are refused any
write by the database itself, on SQLite and PostgreSQL alike.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 5_000
READ_ONLY = "giotay_read_only"
"""Execution option of a connection whose transactions may only read."""

QUIET = {"hide_parameters": True}
"""A statement that failed is logged without its parameters: they are pupils' answers."""


def open_engine(url: str, **options: Any) -> Engine:
    """A synchronous engine for `sqlite:///…` or `postgresql+psycopg://…`."""
    parsed = prepare(url)
    engine = create_engine(parsed, **{**QUIET, **pool_of(parsed), **options})
    tune(engine)
    return engine


def open_async_engine(url: str, **options: Any) -> AsyncEngine:
    """An asynchronous engine for the same URLs."""
    parsed = prepare(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(parsed, **{**QUIET, **pool_of(parsed), **options})
    tune(engine.sync_engine)
    return engine


def prepare(url: str) -> URL:
    """The URL with its driver named; a SQLite file's path absolute, and its folder made."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        file = Path(parsed.database or "").absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        parsed = parsed.set(database=str(file))
    return parsed


def pool_of(url: URL) -> dict[str, Any]:
    """Pool options; PostgreSQL connections are checked before use, because servers restart."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10, "pool_timeout": 5}


def tune(engine: Engine) -> None:
    """Set pragmas on connect and begin transactions the way the log needs them."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _set_lock_timeout)
        event.listen(engine, "begin", _begin_postgres)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_reading = bool(connection.get_execution_options().get(READ_ONLY))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if is_reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _set_lock_timeout(connection: Any, _record: object) -> None:
    """Wait for another writer of the run as long as SQLite does, and not for ever: the phones are told `busy`."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(READ_ONLY):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
