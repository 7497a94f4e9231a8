"""A Moodle that somebody has set up, and the product beside it. docs/how-to/test-with-moodle.md says how."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright

from lti_tool.app import create_app
from lti_tool.config import load
from tests.browser.school import PATIENCE_MS, answers, until
from tests.conftest import CHROMIUM_FLAGS, WHOLE, browser_path
from tests.moodle.moodle import Moodle

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


def setting(name: str, default: str) -> str:
    return os.environ.get(f"GIOTAY_TEST_MOODLE_{name}", default)


@dataclass
class Product:
    """The tool on https behind the proxy that the tester set up, with a database of its own."""

    url: str
    environ: dict[str, str]
    app: Flask = field(repr=False)

    def giotay(self, *command: str) -> str:
        """What a command of the operator prints."""
        done = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *command],
            env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


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
