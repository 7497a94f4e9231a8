"""The log's tables in a fresh database of each kind."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from live_session.store import log, tables
from live_session.store.drivers import drive
from live_session.store.engine import open_engine
from tests.live_session import live
from tests.live_session.build import EPOCH, NOW, RUN


def make_tables(engine: Engine, *runs: str) -> None:
    """The tables of a run, and room for these runs."""
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        for run in runs:
            drive(connection, log.create(run, EPOCH, NOW))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database of each kind, with room for one run."""
    opened = open_engine(database_url)
    make_tables(opened, RUN)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """The same, on SQLite only."""
    opened = open_engine(sqlite_url)
    make_tables(opened, RUN)
    yield opened
    opened.dispose()


@pytest.fixture(params=["bare", "library"])
def transports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is run once over each transport."""
    monkeypatch.setattr(live, "TRANSPORT", request.param)
