"""A Moodle that somebody has set up, and the product beside it. docs/how-to/test-with-moodle.md says how."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from lti_tool.app import create_app
from lti_tool.config import load
from tests.browser.school import PATIENCE_MS, answers, until
from tests.conftest import CHROMIUM_FLAGS, WHOLE, browser_path
from tests.moodle.moodle import Moodle
from tests.moodle.plugged import TEACHER, TITLES, Plugged, Product, consent, make_one, plant, set_up, setting

NEEDED = "GIOTAY_TEST_MOODLE_URL"
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = f"needs a Moodle 4.5 at {NEEDED}; docs/how-to/test-with-moodle.md says how"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.needs_moodle)
            if not os.environ.get(NEEDED):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("product")
    url = setting("TOOL_URL", "https://giotay.test:8444")
    port = int(setting("TOOL_PORT", "8900"))
    environ = {
        **os.environ,
        "GIOTAY_PUBLIC_URL": url,
        "GIOTAY_LIVE_URL": url.replace("https:", "wss:") + "/live",
        "GIOTAY_SECRET_KEY": "a secret that only this test knows, and nobody else",
        "GIOTAY_PROXIES": "1",
        "GIOTAY_WEB_PORT": str(port),
        "GIOTAY_LIVE_PORT": str(port + 1),
        "GIOTAY_LMS_NETWORKS": setting("NETWORKS", "127.0.0.0/8"),
        "GIOTAY_LMS_AUTHORITIES": setting("AUTHORITIES", ""),
        "GIOTAY_DATABASE_URL": f"sqlite:///{folder / 'giotay.sqlite3'}",
    }
    subprocess.run([sys.executable, "-m", "lti_tool.cli", "migrate"], env=environ, check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "lti_tool.cli", "serve"], env=environ, stdout=log, stderr=log)
        try:
            until(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/healthz"), "the tool", 300)
            assert process.poll() is None, (folder / "log").read_text()
            yield Product(url, environ, create_app(load(environ)))
        finally:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The whole Chromium: its headless build names no language, and blocks no third-party cookies."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(*WHOLE), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def moodle(chromium: Browser) -> Moodle:
    url = os.environ[NEEDED].rstrip("/")
    course, source = int(setting("COURSE", "2")), Path(setting("SOURCE", "/var/www/html"))
    return Moodle(chromium, url, setting("PASSWORD", "Mat.khau1"), course, source)


@pytest.fixture(scope="session")
def plugged(product: Product, moodle: Moodle) -> Iterator[Plugged]:
    """Registered by pasting one address, activated, added to the course, set up by its teacher."""
    user, _, password = setting("ADMIN", "admin:Admin.2026!").partition(":")
    admin, teacher = moodle.sign_in(user, password), moodle.sign_in(TEACHER)
    plug = Plugged(product, moodle, 0, teacher, admin, 0)
    plug.tool = admin.register(plug.address(), consent)
    admin.show_in_chooser(plug.tool)
    (plug.first,) = teacher.add_by_choosing(plug.tool, make_one)
    set_up(teacher.launch(plug.first))
    plant(product, *TITLES)
    yield plug
    teacher.delete(*teacher.activities())
    admin.remove(plug.tool)
    admin.close()
