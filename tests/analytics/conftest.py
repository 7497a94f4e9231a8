"""The log's tables and those of analytics in a fresh database of each kind."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from analytics import tables
from live_session.store.engine import open_engine
from tests.live_session.build import RUN
from tests.live_session.conftest import make_tables


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to a database with room for one run, in one transaction."""
    engine = open_engine(database_url)
    make_tables(engine, RUN)
    tables.metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()
