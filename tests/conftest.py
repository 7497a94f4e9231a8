"""What the tests of all packages share: a fresh database of every kind, and how hard Hypothesis looks.

`HYPOTHESIS_PROFILE=long` (in `make test-all`) looks at many more examples, and at other ones every time; the default
always takes the same, so that what passed here passes in CI.
"""

import os
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url
from sqlalchemy.engine import URL

SLOW_MACHINE = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "default",
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=SLOW_MACHINE,
)
settings.register_profile(
    "long",
    max_examples=1_000,
    stateful_step_count=80,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=SLOW_MACHINE,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

POSTGRES_VARIABLE = "GIOTAY_TEST_POSTGRES_URL"
POSTGRES_DEFAULT = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def postgres_server() -> URL:
    """The server that tests may make databases on."""
    return make_url(os.environ.get(POSTGRES_VARIABLE) or POSTGRES_DEFAULT)


def connect_to_postgres() -> psycopg.Connection[tuple[object, ...]]:
    url = postgres_server().set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True, connect_timeout=3)


@cache
def why_no_postgres() -> str | None:
    """Why tests on PostgreSQL cannot run here; None when they can. Asked once a process."""
    try:
        connect_to_postgres().close()
    except psycopg.OperationalError as error:
        where = postgres_server().render_as_string(hide_password=True)
        return f"no PostgreSQL answers at {where}; name one in {POSTGRES_VARIABLE} ({str(error).splitlines()[0]})"
    return None


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'giotay.sqlite3'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty database on the test server, dropped afterwards. Names are random: workers never meet."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    name = f"giotay_test_{uuid.uuid4().hex[:12]}"
    with connect_to_postgres() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield postgres_server().set(database=name).render_as_string(hide_password=False)
    finally:
        with connect_to_postgres() as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that the product runs on."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
