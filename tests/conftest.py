"""What the tests of all packages share: a fresh database of every kind, one Chromium, how hard Hypothesis looks.

`HYPOTHESIS_PROFILE=long` (in `make test-all`) looks at many more examples, and at other ones every time; the default
always takes the same, so that what passed here passes in CI.
"""

import gc
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from werkzeug.test import TestResponse

from tests import kept
from tests.databases import Databases
from tests.signals import hear_ctrl_c

WHOLE = ("chromium", "chromium-browser")
"""Chromium with its windows: what only these have, such as a person's settings of cookies."""
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

for _name in tuple(os.environ):
    # What the machine's owner set for a server or a network of theirs is not for these: they ask this machine alone.
    if (_name.startswith("GIOTAY_") and not _name.startswith("GIOTAY_TEST_")) or _name.lower().endswith("_proxy"):
        del os.environ[_name]

MEMORY = Path("/dev/shm")
ROOM = 2 << 30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # Tests commit ten thousand times to files that nobody will read: a disk is asked to be sure of each, memory is not.
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

SLOW_MACHINE = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "default",
    max_examples=25,
    stateful_step_count=40,
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


LAYOUT = r"(?:\s*\n\s*|  +)"
BESIDE_TAG, INSIDE = re.compile(f"(?<=>){LAYOUT}|{LAYOUT}(?=<)"), re.compile(LAYOUT)


class Page(TestResponse):
    """An answer. `text` of HTML has no line breaks: how a template is laid out is no test's affair."""

    @property
    def text(self) -> str:
        told = super().text
        return INSIDE.sub(" ", BESIDE_TAG.sub("", told)) if self.mimetype == "text/html" else told


class ClosingClient(FlaskClient):
    """Reads each answer to its end and closes it, as a server does, and the file that a large form was put into: one
    left open complains in some later test."""

    def __init__(self, application: Flask, response_wrapper: type[Response], **kwargs: Any) -> None:
        super().__init__(application, type("Page", (Page, response_wrapper), {}), **kwargs)

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, buffered=buffered, **kwargs)
        sent = answer.request.environ.get("wsgi.input")
        if isinstance(sent, io.BufferedRandom):
            sent.close()
        return answer


Flask.test_client_class = ClosingClient


kept.share_routes()
kept.share_statements()

STRICT = "GIOTAY_TEST_STRICT"
"""Set by `.ci/run`: a skip for any other reason than these two fails the run."""
MAY_SKIP = ("needs_moodle", "needs_shared_data")


class Skips:
    """Remembers what was skipped and should not have been."""

    def __init__(self) -> None:
        self.forbidden: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and not any(m in report.keywords for m in MAY_SKIP):
            self.forbidden.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.forbidden.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.forbidden:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.forbidden:
            terminalreporter.write_line(f"SKIPPED WITHOUT A REASON THAT COUNTS HERE: {name}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    hear_ctrl_c()
    if os.environ.get(STRICT) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` reads no other files for the browser tests than those that its `BROWSER` names."""
    root = Path(__file__).parents[1]
    named = re.search(r"^BROWSER := (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    there = tuple(root / path for path in named[1].split())
    marked = {item.path for item in items if item.get_closest_marker("browser")}
    if strays := [str(path) for path in sorted(marked) if not any(path.is_relative_to(one) for one in there)]:
        raise pytest.UsageError(f"browser tests that `make test` would not run; name them in BROWSER: {strays}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Eight thousand tests are many objects, and none of them goes: the collector need not look at them again."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Where tests get a PostgreSQL database from."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    made = Databases(postgres_server().set(drivername="postgresql").render_as_string(hide_password=False))
    yield made
    made.close()


@pytest.fixture
def postgres_url(databases: Databases) -> Iterator[str]:
    """An empty database on the test server."""
    with databases.one() as name:
        yield postgres_server().set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that the product runs on."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def browser_path(*names: str) -> str:
    """Where Chromium stands. Its headless build draws the same pages by the same engine, without the windows around
    them, which cost three times as much as our pages."""
    path = next(filter(None, map(shutil.which, names or ("chromium-headless-shell", *WHOLE))), None)
    assert path, "Chromium is missing; on Debian: apt install chromium chromium-headless-shell"
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's own Chromium, one for a worker. Playwright's loop runs as long as it does, so no asynchronous test can
    share its process: `make test` runs those marked `browser` apart."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
