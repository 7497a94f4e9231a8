"""Engines tuned for the log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from live_session.store import engine as engine_module
from live_session.store.engine import BUSY_TIMEOUT_MS, READ_ONLY, beside, open_async_engine, open_engine, prepare

WRITE = text("UPDATE run SET seq = seq + 1")


@pytest.fixture
async def async_engine(engine: Engine, database_url: str) -> AsyncIterator[AsyncEngine]:
    opened = open_async_engine(database_url)
    yield opened
    await opened.dispose()


def test_sqlite_is_in_wal_with_full_synchronisation(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        read = {p: connection.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "busy_timeout")}
        assert read == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": BUSY_TIMEOUT_MS}
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


async def test_so_is_the_asynchronous_one(sqlite_engine: Engine, sqlite_url: str) -> None:
    opened = open_async_engine(sqlite_url)
    async with opened.connect() as connection:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        assert [await connection.scalar(text(f"PRAGMA {p}")) for p in names] == ["wal", 2, BUSY_TIMEOUT_MS, 1]
    await opened.dispose()


@pytest.mark.postgres
def test_postgres_waits_for_a_lock_as_long_as_sqlite(postgres_url: str) -> None:
    opened = open_engine(postgres_url)
    with opened.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('lock_timeout')")) == f"{BUSY_TIMEOUT_MS // 1_000}s"
    opened.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(("given", "kept"), [("on", "on"), ("off", "on"), ("remote_apply", "remote_apply")])
async def test_postgres_has_a_commit_on_the_disk_whatever_it_was_set_to(
    postgres_url: str, given: str, kept: str
) -> None:
    """By the server, the database, the role, or as here the address."""
    url = make_url(postgres_url).update_query_dict({"options": f"-c synchronous_commit={given}"})
    address, question = url.render_as_string(hide_password=False), text("SHOW synchronous_commit")
    opened, apart = open_engine(address), open_async_engine(address)
    beside_it = beside(apart)
    for engine in (opened, beside_it):
        with engine.connect() as connection:
            assert connection.scalar(question) == kept
        engine.dispose()
    async with apart.connect() as reading:
        assert await reading.scalar(question) == kept
    await apart.dispose()


def test_a_transaction_holds_sqlite_from_its_first_moment(
    sqlite_engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deferred one would fail in the middle, when another has written. Readers are never held up."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 1)
    other = open_engine(sqlite_url)
    with sqlite_engine.begin():
        with pytest.raises(OperationalError, match="locked"), other.begin():
            pass
        with other.connect() as reading:
            reading.execution_options(**{READ_ONLY: True})
            assert reading.scalar(text("SELECT count(*) FROM run")) == 1
    other.dispose()


def test_a_reading_connection_can_write_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execution_options(**{READ_ONLY: True})
        assert connection.scalar(text("SELECT seq FROM run")) == 0
        with pytest.raises(DBAPIError):
            connection.execute(WRITE)
        connection.rollback()
        with pytest.raises(DBAPIError):
            connection.execute(WRITE)


def test_the_connection_that_was_reading_may_write_for_the_next(engine: Engine) -> None:
    """Connections go back to the pool; the promise does not stay with them."""
    for _ in range(3):
        with engine.connect() as connection:
            connection.execution_options(**{READ_ONLY: True})
            connection.execute(text("SELECT 1"))
        with engine.begin() as connection:
            connection.execute(WRITE)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT seq FROM run")) == 3


async def test_an_asynchronous_reading_connection_can_write_nothing(async_engine: AsyncEngine) -> None:
    async with async_engine.connect() as connection:
        await connection.execution_options(**{READ_ONLY: True})
        with pytest.raises(DBAPIError):
            await connection.execute(WRITE)
    async with async_engine.begin() as connection:
        await connection.execute(WRITE)


def test_a_failed_statement_does_not_show_its_parameters(engine: Engine) -> None:
    """They are pupils' answers, and errors go to logs."""
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text("INSERT INTO nowhere VALUES (:answer)"), {"answer": "Em không hiểu"})
    assert "Em không hiểu" not in f"{caught.value!r} {caught.value} {caught.value.__cause__}"


def test_urls_are_completed(tmp_path: Path) -> None:
    assert prepare("postgresql://u@h/d").drivername == "postgresql+psycopg"
    assert prepare("postgres://u@h/d").drivername == "postgresql+psycopg"
    deep = tmp_path / "var" / "giotay" / "x.sqlite3"
    assert prepare(f"sqlite:///{deep}").database == str(deep)
    assert deep.parent.is_dir()


KILL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name")


@pytest.mark.postgres
def test_a_connection_that_died_while_it_rested_is_replaced(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_session.store.engine.SURE_S", 0)
    opened, other = open_engine(postgres_url), open_engine(postgres_url)
    with opened.connect() as connection:
        connection.execute(text("SELECT 1"))
    with other.connect() as connection:
        connection.execute(KILL, {"name": opened.url.database})
    with opened.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    opened.dispose()
    other.dispose()


@pytest.mark.postgres
async def test_so_is_an_asynchronous_one(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_session.store.engine.SURE_S", 0)
    opened, other = open_async_engine(postgres_url), open_engine(postgres_url)
    async with opened.connect() as connection:
        await connection.execute(text("SELECT 1"))
    with other.connect() as beside:
        beside.execute(KILL, {"name": opened.url.database})
    async with opened.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await opened.dispose()
    other.dispose()
