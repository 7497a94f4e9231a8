"""The link for a family: made, copied, opened, answered, and every way in which it no longer opens."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from deploy.demo.lms import people
from lti_tool.clock import now, today
from lti_tool.extensions import db
from lti_tool.models import FamilyLink, Grant, GrantKind, Person
from tests.browser.looking import faults, sideways
from tests.browser.school import PHONE, School, Stage, Teacher

pytestmark = pytest.mark.slow  # what opens and what does not stands in the gate, in tests/lti_tool/pages/test_family.py

NAME = "Mai Tùng Lâm"
WORDS = "Con tự học mỗi tối."
CLOSED = "Gia đình xin thầy cô chủ nhiệm đường liên kết mới."


def test_a_link_is_copied_opened_and_answered(desk: Stage) -> None:
    homeroom = arrive(desk)
    address = made(homeroom)
    parent = opened(desk, address)
    expect(parent.get_by_role("heading", name=NAME)).to_be_visible()
    assert "#" not in parent.url  # the secret has left the address
    assert not any(one.name in parent.locator("main").inner_text() for one in people.COURSE_9A1.pupils[:10])
    agree = parent.get_by_role("button", name="Đồng ý Giữ lời của gia đình về việc học ở nhà")
    agree.press("Enter")
    parent.get_by_role("status").get_by_text("Đã ghi lựa chọn của gia đình.").wait_for()
    send = parent.get_by_role("button", name="Gửi thầy cô chủ nhiệm")
    send.click()
    expect(parent.get_by_role("alert")).to_contain_text("Chọn một ý hoặc viết vài chữ.")
    parent.get_by_label("Tự giác").check()
    parent.get_by_label("Hằng ngày").check()
    parent.get_by_label("Điều gia đình muốn nói").fill(WORDS)
    parent.context.set_offline(True)
    send.click()
    expect(parent.locator("#complaint")).to_contain_text("Mất mạng. Chưa gửi được. Thử lại khi có mạng.")
    expect(parent.get_by_label("Điều gia đình muốn nói")).to_have_value(WORDS)
    parent.context.set_offline(False)
    expect(parent.locator("#complaint")).to_have_count(0)
    assert not faults(parent, "light")
    assert not sideways(parent)
    send.click()
    parent.get_by_role("status").get_by_text("Đã gửi thầy cô chủ nhiệm.").wait_for()
    page = homeroom.page
    page.get_by_role("link", name="Phiếu của một em").click()
    expect(page.locator(".said", has_text=WORDS)).to_contain_text("Tự giác")
    expect(page.locator("#link ~ p, section:has(#link)").first).to_contain_text("đã mở 1 lần")
    assert not sideways(page)


def test_a_link_that_opens_no_more_says_what_to_do(desk: Stage) -> None:
    homeroom = arrive(desk)
    address = made(homeroom)
    expect(opened(desk, address[:-1]).locator("main")).to_contain_text(CLOSED)
    other = opened(desk, address)  # forwarded: whoever holds it sees the sheet, and it is counted
    page = homeroom.page
    page.get_by_role("link", name="Phiếu của một em").click()
    expect(page.locator("section:has(#link)")).to_contain_text("đã mở 1 lần")
    page.get_by_role("button", name="Huỷ đường liên kết").press("Enter")
    page.locator("dialog[open]").get_by_role("button", name="Huỷ đường liên kết").press("Enter")
    page.get_by_role("status").get_by_text("Đã huỷ đường liên kết.").wait_for()
    other.get_by_role("button", name="Tải").first.click()  # the page that stood open opens nothing more
    expect(other.locator("main")).to_contain_text(CLOSED)
    expect(other.get_by_role("link", name="Nhập mã vào lớp")).to_have_count(0)
    assert not sideways(other)
    second = again(page)
    with desk.school.app.app_context():
        db.session.execute(update(FamilyLink).values(expires_at=now() - 1))
        db.session.commit()
    expect(opened(desk, second).locator("main")).to_contain_text(CLOSED)


def arrive(desk: Stage) -> Teacher:
    """The teacher, who is the homeroom teacher too, at the pupil's sheet."""
    let_in(desk.school)
    homeroom = Teacher.arrive(desk)
    homeroom.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = homeroom.page
    page.get_by_role("link", name="Lớp chủ nhiệm").click()
    page.get_by_role("link", name="Phiếu gia đình lớp 9A1").click()
    page.locator("section", has_text=NAME).get_by_role("link").last.click()
    page.get_by_role("heading", name=NAME).wait_for()
    return homeroom


def let_in(school: School) -> None:
    """What `giotay grant add … homeroom` does."""
    with school.app.app_context():
        teacher = db.session.query(Person).filter_by(sub=people.TEACHER.sub).one()
        grant = Grant(person_id=teacher.id, kind=GrantKind.HOMEROOM, registration_id=teacher.registration_id)
        grant.starts_on, grant.granted_by, grant.granted_at = today() - timedelta(days=1), "test", now()
        db.session.add(grant)
        db.session.commit()


def made(homeroom: Teacher) -> str:
    """With the consent that stands on paper; the address as the button copies it."""
    page = homeroom.page
    consent = page.get_by_role("button", name="Ghi là đồng ý Xem phiếu qua đường liên kết")
    if consent.count():
        consent.click()
        page.get_by_role("status").get_by_text("Đã ghi vào sổ đồng ý.").wait_for()
    return again(page)


def again(page: Page) -> str:
    page.get_by_role("button", name="Tạo đường liên kết mới").click()
    copy = page.get_by_role("button", name="Sao chép")
    copy.press("Enter")
    expect(page.get_by_role("button", name="Đã sao chép")).to_be_visible()
    assert not faults(page, "light")
    assert not sideways(page)
    address = str(page.evaluate("navigator.clipboard.readText()"))
    assert re.fullmatch(r".+/family#k=[\w-]{20,}", address)
    expect(page.locator("main code")).to_have_text(address)
    return address


def opened(desk: Stage, address: str) -> Page:
    """On a phone that knows nothing. Not watched: the browser complains of each refusal."""
    page = desk.context(**PHONE).new_page()
    page.goto(address)
    page.locator("#door").wait_for(state="detached")
    return page
