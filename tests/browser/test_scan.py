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
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons.running import is_room_code
from lti_tool.models import LessonRun, Person
from tests.browser.looking import faults, sideways
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
    expect(page.locator(".ph-me")).to_be_visible()
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


def test_the_console_tells_how_and_when_the_room_was_proved(site: Site, screen: Screen, phone: BrowserContext) -> None:
    """A scan, which runs out under the teacher's eyes, the roll call, and a look around."""
    page, console = phone.new_page(), screen.page.context.new_page()
    page.goto(scan(site.app, screen.page, screen.code))
    page.locator(".names a").nth(12).click()
    sit(page)
    console.add_init_script(HASTY)
    console.goto(screen.page.url.replace("/projector", "/console"))
    console.locator("#seats summary").click()
    proofs = console.locator("#seat-list .seat", has_text=name_on(page)).locator("[data-proof]")
    expect(proofs).to_have_text([re.compile(r"^Tại lớp, mã quét \d\d:\d\d đã lâu$")])
    menu(console, "Điểm danh")
    row = console.locator("#roll li", has_text=name_on(page))
    expect(row.locator("small")).to_have_text(re.compile(r"mã quét \d\d:\d\d đã lâu"))
    row.get_by_role("button", name="Có mặt").click()
    console.locator("#roll").get_by_role("button", name="Xong").click()
    expect(proofs.nth(1)).to_have_text(re.compile(r"^Điểm danh \d\d:\d\d: Có mặt$"))
    menu(console, "Kiểm tra ba em")
    console.locator("#spot").get_by_role("button", name="Không thấy").first.click()
    expect(proofs.nth(2)).to_have_text(re.compile(r"^Kiểm tra \d\d:\d\d: không thấy$"))
    console.locator("#spot").get_by_role("button", name="Xong").click()
    console.reload()
    console.locator("#seats summary").click()
    expect(proofs).to_have_count(3)
    for size in ((390, 844), (1280, 800)):
        console.set_viewport_size({"width": size[0], "height": size[1]})
        assert faults(console, "light", "dark") == []
        assert sideways(console) == []


HASTY = """const parse = JSON.parse;
JSON.parse = (...given) => ((read) => (read?.code_lasts ? { ...read, code_lasts: 1000 } : read))(parse(...given));"""
"""The page of a school where a scan proves the room for a second."""


def menu(console: Page, name: str) -> None:
    console.locator("header details.menu > summary").click()
    console.locator("header .menu-list").get_by_role("button", name=name).click()


def test_a_code_that_two_phones_scanned_and_one_forwarded_to_a_third(site: Site, screen: Screen) -> None:
    """Two in the room by the screen's own code; whoever gets it sent, and opens it after its twenty seconds, is asked
    where they are, and what they say is marked as their word."""
    code, held_by = screen.code, [held(site) for _ in range(3)]
    pages = [next(one).new_page() for one in held_by]
    address, forwarded = "", ""
    for number, page in enumerate(pages[:2], 13):
        address = scan(site.app, screen.page, code)
        forwarded = forwarded or address
        page.goto(address)
        page.locator(".names a").nth(number).click()
        expect(page.get_by_text("Ở lớp, đã quét mã")).to_be_visible()
        sit(page)
        taken = seated(site, code, name_on(page))
        assert (taken.mode, taken.proof) == ("room", Proof.CODE)
    until(lambda: not is_due(site, code, forwarded), "the forwarded code is no more the room's")
    third = pages[2]
    third.goto(forwarded)
    assert "r=" not in third.url
    third.locator(".names a").nth(15).click()
    expect(third.get_by_text("Em đang ở đâu?")).to_be_visible()
    expect(third.locator("[name=mode]:checked")).to_have_count(0)
    third.get_by_text("Ở nhà").click()
    sit(third)
    assert (seated(site, code, name_on(third)).mode, seated(site, code, name_on(third)).proof) == ("home", "declared")
    # What the third says later stays a word: the room is proved by a scan alone.
    third.locator(".ph-foot details.menu > summary").click()
    third.locator("#place [data-mode=room]").click()
    moved = until(lambda: (one := seat(site, code, name_on(third))).mode == "room" and one, "in the room")
    assert moved.proof == Proof.DECLARED
    for one in held_by:
        next(one, None)


def is_due(site: Site, code: str, address: str) -> bool:
    """The room's code in this address still proves the room."""
    with site.app.app_context():
        run = db.session.scalars(select(LessonRun).where(LessonRun.code == code)).one()
        return is_room_code(run, address.partition("r=")[2], now())


def sit(page: Page) -> None:
    page.get_by_role("button", name="Vào lớp với tên này").click()
    page.wait_for_url(re.compile(r"/l/\w+/lesson"))


def name_on(page: Page) -> str:
    return page.locator(".ph-me b").inner_text()
