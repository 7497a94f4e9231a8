"""The demo school on https, the LMS and the tool on two host names, and a scan of what the projector shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from lti_tool.app import create_app
from lti_tool.clock import now
from lti_tool.config import load
from lti_tool.extensions import db
from lti_tool.lessons import codes
from lti_tool.lessons.running import STEP_MS
from lti_tool.models import LessonRun
from tests.browser.https import Authority, fronted, make_authority
from tests.browser.school import PATIENCE_MS, School, opened, until
from tests.conftest import CHROMIUM_FLAGS, WHOLE, browser_path
from tests.ports import free_port

TOOL, LMS = "tool.test", "lms.test"
TEACHER = "co-ha"


@dataclass
class Site:
    """The school, the authority that vouches for its names, a Chromium that finds them, and the tool's own eyes."""

    school: School
    authority: Authority
    app: Flask
    browser: Browser

    @property
    def flags(self) -> list[str]:
        return flags(self.authority)

    @contextmanager
    def lesson(self, context: BrowserContext) -> Iterator[Page]:
        """A lesson that the teacher starts in a window (its start page), and that ends whatever the test finds."""
        page = context.new_page()
        page.goto(self.school.as_(TEACHER, "activity/1?window=1"))
        page.get_by_role("button", name="Bắt đầu tiết học").click()
        page.wait_for_url(re.compile("/runs/"))
        try:
            yield page
        finally:
            page.get_by_role("button", name="Kết thúc tiết").click()
            page.locator("dialog[open] .btn-primary").click()
            # The page may leave by itself at the same moment: waiting for one navigation would fail at the other.
            expect(page).to_have_url(re.compile("/report"), timeout=PATIENCE_MS)


def flags(authority: Authority) -> list[str]:
    """How a Chromium finds `*.test` on this machine, and whom it trusts there."""
    return [
        *CHROMIUM_FLAGS,
        "--host-resolver-rules=MAP *.test 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={authority.fingerprint}",
    ]


@contextmanager
def on_https(chromium: Browser, folder: Path) -> Iterator[Site]:
    """The product behind a proxy of this test's own, on two https host names."""
    authority = make_authority(TOOL, LMS)
    port = free_port()
    tool, lms = f"https://{TOOL}:{port}", f"https://{LMS}:{port}"
    environ = {
        "GIOTAY_PUBLIC_URL": tool,
        "GIOTAY_LIVE_URL": f"wss://{TOOL}:{port}/live",
        "GIOTAY_DEMO_LMS_URL": lms,
        "GIOTAY_PROXIES": "1",
        "GIOTAY_SECRET_KEY": "a secret that only these tests know, and nobody else",
        "GIOTAY_DATABASE_URL": f"sqlite:///{folder / 'giotay.sqlite3'}",
    }
    with opened(folder, **environ) as school:
        inner = {name: int(school.environ[f"GIOTAY_{name}_PORT"]) for name in ("WEB", "LIVE", "DEMO_LMS")}
        routes = {
            (TOOL, "/"): inner["WEB"],
            (TOOL, "/live"): inner["LIVE"],
            (TOOL, "/live/"): inner["WEB"],  # frames and content by polling
            (LMS, "/"): inner["DEMO_LMS"],
        }
        school.tool, school.lms = tool, lms
        with fronted(authority, port, routes):
            browser = chromium.browser_type.launch(executable_path=browser_path(*WHOLE), args=flags(authority))
            yield Site(school, authority, create_app(load(school.environ)), browser)
            browser.close()


PATH = re.compile(r'd="([^"]+)"')


def scan(app: Flask, screen: Page, code: str) -> str:
    """The address in the QR code that this screen shows: a phone's camera, without the camera. Of all addresses that
    the run may show now, the one that is drawn so."""

    def look() -> str | None:
        shown = PATH.findall(screen.locator("svg.qr").first.evaluate("svg => svg.outerHTML"))
        with app.app_context():
            run = db.session.scalars(select(LessonRun).where(LessonRun.code == code)).one()
            due = [codes.join_address(run, now() - n * STEP_MS) for n in range(2)]
        return next((address for address in due if PATH.findall(codes.qr(address)) == shown), None)

    return until(look, "a QR code with the room's code of now")
