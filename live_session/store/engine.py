"""Engines tuned for the log: SQLite in WAL with full synchronisation, PostgreSQL nearly as it comes.

Every transaction on SQLite begins with `BEGIN IMMEDIATE`, unless the connection was asked for `read_only=True`: a
deferred one fails at once when another has written meanwhile (docs/decisions/0007-begin-immediate.md). Read-only
transactions are refused any write by the database itself and see one moment, on SQLite and PostgreSQL alike.
"""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from live_session.store import straight

BUSY_TIMEOUT_MS = 5_000
IDLE_TIMEOUT_MS = 4_000
"""Less than the others' patience for a lock: they are told `busy` once at most."""
CHECKPOINT_PAGES = 4_000
"""SQLite's write-ahead log goes into the file after so many pages (16 MB). At its default of 1,000 a school's answers
would have it done every second, and those that meet it wait twice as long."""
SURE_S = 0.5
"""Seconds for which a connection that came back whole counts as alive."""
RESTING = "giotay_resting_since"
READ_ONLY = "giotay_read_only"
"""Execution option of a connection whose transactions may only read."""

KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's patience with a PostgreSQL that is cut off, in seconds but for the last (ms). Without it a connection whose
other end fell silent would hold the answers for a quarter of an hour; so phones are told `busy` within seconds."""

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
    if parsed.get_backend_name() == "postgresql":
        event.listen(engine.sync_engine, "connect", _give_locks_back)
    return engine


def beside(engine: AsyncEngine, **options: Any) -> Engine:
    """A synchronous engine for the same database, for whoever appends in a thread."""
    url = engine.url.set(drivername=engine.url.drivername.removesuffix("+aiosqlite"))
    opened = open_engine(url.render_as_string(hide_password=False), **options)
    if url.get_backend_name() == "postgresql":
        event.listen(opened, "connect", _give_locks_back)
    return opened


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
    """Pool options."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {
        "pool_size": 5,
        "max_overflow": 10,
        "pool_timeout": 5,
        "connect_args": KEEPALIVE,
    }


def tune(engine: Engine) -> None:
    """Set pragmas on connect and begin transactions the way the log needs them."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _set_lock_timeout)
        event.listen(engine, "connect", _commit_for_good)
        event.listen(engine, "begin", _begin_postgres)
        _check_idle(engine)


def _check_idle(engine: Engine) -> None:
    """PostgreSQL connections are asked whether they live before they are used, because servers restart; but for those
    that answered a moment ago, because asking costs as much as a small question."""

    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[RESTING] = time.monotonic()

    def check(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get(RESTING)
        if since is None or time.monotonic() - since < SURE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise InvalidatePoolError("the connection has died while it rested") from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", check)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_reading = bool(connection.get_execution_options().get(READ_ONLY))
    if connection.info.get(READ_ONLY) is not is_reading:  # as its last transaction left it, mostly
        straight.run(connection, f"PRAGMA query_only={'ON' if is_reading else 'OFF'}")
        connection.info[READ_ONLY] = is_reading
    straight.run(connection, "BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _set_lock_timeout(connection: Any, _record: object) -> None:
    """Wait for another writer of the run as long as SQLite does, and not for ever: the phones are told `busy`."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()
    connection.commit()


def _commit_for_good(connection: Any, _record: object) -> None:
    """A commit is on the disk before it is one, and so before any ack, also where somebody has set the server, the
    database or the role to be quicker than that. What is surer than a disk (`remote_apply`) stays."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _give_locks_back(connection: Any, _record: object) -> None:
    """A host that is cut off in the middle of an append must not hold the run's lock against all others: PostgreSQL
    itself ends the transaction. Appends never wait for anything but the database."""
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
    cursor.execute("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3")
    cursor.close()
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(READ_ONLY):
        # One moment for all of a page or a file, as on SQLite: somebody erased meanwhile is in all of it or in none.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
