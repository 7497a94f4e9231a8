"""The one QR code: a phone in the room comes into the lesson through the LMS, under its own name, or by the list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from live_session.model import Proof, Standing
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import LessonRun, Person
from tests.browser.school import PATIENCE_MS, PHONE, until
from tests.browser.site import LMS, Site, scan

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens

NAME = "Bùi Quốc Việt"
IN_APP = (
    "Mozilla/5.0 (Linux; Android 9; SM-A105F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/120.0.0.0 Mobile Safari/537.36 Zalo android/12110730 ZaloTheme/light ZaloLanguage/vi"
)
"""What the browser inside a chat says of itself. Its storage is its own: nobody has ever signed in there."""


@dataclass
class Screen:
    """The screen in the room, and the six digits of the lesson on it."""

    page: Page
    code: str


@pytest.fixture
def screen(site: Site) -> Iterator[Screen]:
    """A lesson has begun."""
    context = site.browser.new_context(locale="vi-VN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    with site.lesson(context) as start:
        with context.expect_page() as opening:
            start.locator("[data-window*='projector']").first.click()
        projector = opening.value
        expect(projector.locator("#qr svg")).to_be_visible()
        yield Screen(projector, start.locator(".digits").first.inner_text().replace(" ", ""))
        projector.close()
    context.close()


@pytest.fixture
def phone(site: Site) -> Iterator[BrowserContext]:
    yield from held(site)


@pytest.fixture
def in_app(site: Site) -> Iterator[BrowserContext]:
    yield from held(site, user_agent=IN_APP)


def held(site: Site, **more: Any) -> Iterator[BrowserContext]:
    context = site.browser.new_context(locale="vi-VN", **PHONE, **more)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def seat(site: Site, code: str, name: str) -> Any:
    """The one seat under this name."""
    with site.app.app_context():
        run = db.session.scalars(select(LessonRun).where(LessonRun.code == code)).one()
        uid = db.session.scalars(select(Person.uid).where(Person.name == name)).one()
        sitting = live.state_of(run.run_id).participants.get(uid)
        return sitting.active if sitting else None


def seated(site: Site, code: str, name: str) -> Any:
    return until(lambda: seat(site, code, name), f"a seat for {name}")


def test_a_scan_leads_through_the_lms_into_the_lesson(site: Site, screen: Screen, phone: BrowserContext) -> None:
    """One scan, one tap, and the LMS's own sign-in: the demo's is to choose a name."""
    code, page = screen.code, phone.new_page()
    page.goto(scan(site.app, screen.page, code))
    assert page.url == f"{site.school.tool}/j/{code}"
    expect(page.get_by_text(LMS)).to_be_visible()
    page.get_by_role("link", name="Vào bằng tài khoản").click()
    page.wait_for_url(re.compile(re.escape(site.school.lms) + "/activity/1"))
    page.get_by_role("link", name=NAME).click()
    page.wait_for_url(re.compile(r"/l/\w+/lesson"))
    held = seated(site, code, NAME)
    assert (held.standing, held.mode, held.proof) == (Standing.LAUNCHED, "room", Proof.CODE)
    page.goto(scan(site.app, screen.page, code))  # the next time it goes on by itself
    page.wait_for_url(re.compile(re.escape(site.school.lms) + "/activity/1"))


def test_a_scan_in_a_chats_own_browser(site: Site, screen: Screen, in_app: BrowserContext) -> None:
    """It has no cookie of the LMS's and none of ours, and keeps what it is given."""
    code, page = screen.code, in_app.new_page()
    page.goto(scan(site.app, screen.page, code))
    page.get_by_role("link", name="Vào bằng tài khoản").click()
    page.get_by_role("link", name="Phạm Minh Khôi").or_(page.locator(".names a").nth(7)).first.click()
    page.wait_for_url(re.compile(r"/l/\w+/lesson"))
    name = page.locator(".ph-me b").inner_text()
    held = seated(site, code, name)
    assert (held.standing, held.mode, held.proof) == (Standing.LAUNCHED, "room", Proof.CODE)


def test_where_the_lms_opens_in_another_browser_than_the_scan(
    site: Site, screen: Screen, in_app: BrowserContext, phone: BrowserContext
) -> None:
    """Then nobody knows that it is the same phone: in the lesson under the right name, and not proved in the room."""
    code, scanned, other = screen.code, in_app.new_page(), phone.new_page()
    scanned.goto(scan(site.app, screen.page, code))
    address = scanned.get_by_role("link", name="Vào bằng tài khoản").get_attribute("href")
    assert address
    other.goto(address)
    other.locator(".names a").nth(9).click()
    other.wait_for_url(re.compile(r"/l/\w+/lesson"))
    held = seated(site, code, other.locator(".ph-me b").inner_text())
    assert (held.standing, held.proof) == (Standing.LAUNCHED, Proof.NONE)


def test_the_list_of_names_is_the_other_door(site: Site, screen: Screen, phone: BrowserContext) -> None:
    code, page = screen.code, phone.new_page()
    page.goto(scan(site.app, screen.page, code))
    page.locator(".names a").nth(11).click()
    expect(page.get_by_text("Ở lớp, đã quét mã")).to_be_visible()
    page.get_by_role("button", name="Vào").first.click()
    page.wait_for_url(re.compile(r"/l/\w+/lesson"))
    held = seated(site, code, page.locator(".ph-me b").inner_text())
    assert (held.standing, held.mode, held.proof) == (Standing.PICKED, "room", Proof.CODE)
