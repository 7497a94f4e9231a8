"""The tool on a fresh database of its own, registered at a platform that tests can bend."""

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import URL

from live_session.store.engine import open_engine
from lti_tool import migrating
from lti_tool.app import create_app
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.models import Deployment, Registration, RegistrationState
from tests import kept
from tests.conftest import connect_to_postgres, postgres_server, why_no_postgres
from tests.databases import Databases
from tests.lti_tool.google import CLIENT, Account, GoogleServer
from tests.lti_tool.google import SECRET as SECRET_AT_GOOGLE
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


@contextmanager
def postgres_database() -> Iterator[URL]:
    """An empty database on the test server, dropped afterwards."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    name = f"giotay_test_{uuid.uuid4().hex[:12]}"
    with connect_to_postgres() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield postgres_server().set(database=name)
    finally:
        with connect_to_postgres() as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated database with a signing key in it; tests copy it, because migrating takes seconds."""
    with postgres_database() as url:
        text = url.render_as_string(hide_password=False)
        migrating.migrate(text)
        app = create_app(settings_for(text))
        with app.app_context():
            keys.make_key()
            db.session.commit()
            db.engine.dispose()
        assert url.database
        yield url.database


@pytest.fixture
def postgres_tool_url(databases: Databases, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    with databases.one(postgres_template) as name:
        yield postgres_server().set(database=name).render_as_string(hide_password=False)


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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])])
def either_tool(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Tool]:
    """The same, but on PostgreSQL in `make test-all` alone: for pages of which another test walks there in each run."""
    yield from opened(settings_for(request.getfixturevalue(f"{request.param}_tool_url")), platform)


@pytest.fixture
def postgres_tool(postgres_tool_url: str, platform: Platform) -> Iterator[Tool]:
    """The tool on PostgreSQL alone: for what SQLite would let pass."""
    yield from opened(settings_for(postgres_tool_url), platform)


@pytest.fixture(scope="module")
def steady_tool(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """The tool on SQLite for a whole module of refusals: they change nothing, so one database does for all."""
    file = tmp_path_factory.mktemp("steady") / "giotay.sqlite3"
    shutil.copy(template, file)
    with serving(Platform()) as platform:
        yield from opened(settings_for(f"sqlite:///{file}"), platform)


@pytest.fixture(scope="module")
def steady_postgres_tool(databases: Databases, postgres_template: str) -> Iterator[Tool]:
    """The same on PostgreSQL."""
    with databases.one(postgres_template) as name, serving(Platform()) as platform:
        url = postgres_server().set(database=name).render_as_string(hide_password=False)
        yield from opened(settings_for(url), platform)


class Clock:
    """The tool's clock, which stands still until a test moves it on."""

    def __init__(self) -> None:
        self.ms = time.time_ns() // 1_000_000

    def time_ns(self) -> int:
        return self.ms * 1_000_000

    def wait(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        self.ms += round(1_000 * (seconds + 60 * (minutes + 60 * hours)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`lti_tool.clock.now` by hand."""
    one = Clock()
    monkeypatch.setattr("lti_tool.clock.time", one)
    return one


def opened(settings: Settings, platform: Platform) -> Iterator[Tool]:
    """The application on these settings, with one registration."""
    app = create_app(settings)
    app.testing = False  # faults become pages, as they do outside
    app.jinja_env.bytecode_cache = kept.TEMPLATES
    with app.app_context():
        if db.engine.dialect.name == "sqlite":  # the machine does not fail in a test, and the file is thrown away
            event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
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


# --- Google -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    """A Google with one class: its teacher, two pupils, and somebody of another class."""
    people = [
        Account("teacher-g", "Thu Hà", "Nguyễn", ("c-1",)),
        Account("pupil-1", "An", "Đặng Thái"),
        Account("pupil-2", "An", "Trần Hoài"),
        Account("stranger", "Lạ", "Người"),
    ]
    server = GoogleServer(
        accounts={one.sub: one for one in people}, courses={"c-1": "Toán 9A1"}, students={"c-1": ["pupil-1", "pupil-2"]}
    )
    with serving(server):
        yield server


@pytest.fixture
def classroom_tool(sqlite_tool_url: str, platform: Platform, google: GoogleServer) -> Iterator[Tool]:
    """The tool with a client at that Google, beside its LTI platform."""
    settings = settings_for(
        sqlite_tool_url, google_client_id=CLIENT, google_client_secret=SECRET_AT_GOOGLE, google_url=google.url
    )
    yield from opened(settings, platform)
