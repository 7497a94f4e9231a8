"""The tool on a fresh database of its own, registered at a platform that tests can bend."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_session.store.engine import open_engine
from lti_tool import migrating
from lti_tool.app import create_app
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.models import Deployment, Registration, RegistrationState
from tests.lti_tool.platform import CLIENT_ID, DEPLOYMENT, Platform, serving
from tests.lti_tool.tool import Tool

SECRET = "a secret of the tests, long enough to sign with"
LOOPBACK = "127.0.0.0/8"


def settings_for(url: str, **changes: object) -> Settings:
    """Settings of a small school on this database."""
    from ipaddress import ip_network  # noqa: PLC0415

    values = {"database_url": url, "secret_key": SECRET, "lms_networks": (ip_network(LOOPBACK),), **changes}
    return Settings(**values)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with a signing key in it; tests copy it, because making one takes a second."""
    file = tmp_path_factory.mktemp("template") / "giotay.sqlite3"
    url = f"sqlite:///{file}"
    migrating.migrate(url)
    app = create_app(settings_for(url))
    with app.app_context():
        keys.make_key()
        db.session.commit()
        db.engine.dispose()
    engine = open_engine(url)
    with engine.connect() as connection:  # one file, with no journal beside it
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return file


@pytest.fixture
def sqlite_tool_url(template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    file = tmp_path / "giotay.sqlite3"
    shutil.copy(template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_tool_url(postgres_url: str) -> str:
    """A migrated PostgreSQL database of this test's own."""
    migrating.migrate(postgres_url)
    return postgres_url


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving(Platform()) as one:
        yield one


@pytest.fixture
def tool(sqlite_tool_url: str, platform: Platform) -> Iterator[Tool]:
    """The tool on SQLite, registered at the platform."""
    yield from opened(settings_for(sqlite_tool_url), platform)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_tool(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Tool]:
    """The tool on SQLite and on PostgreSQL: for what writes, locks or counts."""
    yield from opened(settings_for(request.getfixturevalue(f"{request.param}_tool_url")), platform)


def opened(settings: Settings, platform: Platform) -> Iterator[Tool]:
    """The application on these settings, with one registration."""
    app = create_app(settings)
    app.testing = False  # faults become pages, as they do outside
    tool = Tool(app, platform)
    with tool.inside():
        registration = Registration(
            issuer=platform.url,
            client_id=CLIENT_ID,
            name="Trường thử",
            auth_login_url=f"{platform.url}/auth",
            token_url=f"{platform.url}/token",
            key_set_url=f"{platform.url}/jwks",
            state=RegistrationState.ACTIVE,
            created_at=1,
        )
        db.session.add(registration)
        db.session.flush()
        db.session.add(Deployment(registration_id=registration.id, deployment_id=DEPLOYMENT, created_at=1))
    yield tool
    with app.app_context():
        db.engine.dispose()
