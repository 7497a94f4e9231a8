"""A pupil without an account comes home by a slip, on a device that others use too."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PHONE, Stage, Teacher

NAME = "Vũ Minh Khôi"


@pytest.mark.slow
def test_a_slip_opens_its_pupils_work_and_its_secret_is_in_no_address(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    code = slip(teacher)
    phone = desk.context(**PHONE).new_page()
    watched = desk.watch(phone, "phone")
    phone.goto(f"{desk.school.tool}/me#k={code.replace('-', '')}")
    phone.wait_for_url(re.compile("/practice$"))
    assert "#" not in phone.url
    assert not [one.url for one in watched.requests if code.replace("-", "") in one.url.partition("#")[0]]
    own = phone.url
    expect(phone.get_by_text(NAME)).to_be_visible()
    assert faults(phone, "light", "dark") == []
    assert small_targets(phone, 44) == []
    assert sideways(phone) == []
    phone.get_by_role("link", name="Bắt đầu").first.click()
    expect(phone.locator("#title")).to_have_text(re.compile("Câu 1/"))
    phone.locator("button.answer").first.click()
    expect(phone.locator(".ph-dots [aria-current]")).to_have_attribute("aria-label", re.compile("đúng$"))
    phone.goto(own)
    expect(phone.get_by_role("link", name="Làm tiếp")).to_be_visible()
    phone.get_by_role("link", name="Làm tiếp").evaluate(
        "link => (link.textContent = 'Bắt đầu')"
    )  # as "back" may show it
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(phone.get_by_role("link", name="Làm tiếp")).to_be_visible()
    phone.get_by_role("button", name="Đóng bài trên máy này").click()
    phone.wait_for_url(re.compile("/me$"))
    # Who takes the device next finds a door, and types the code of their own slip.
    phone.locator("#k").fill(code.lower())
    phone.get_by_role("button", name="Vào bài của em").click()
    expect(phone.get_by_role("link", name="Làm tiếp")).to_be_visible()


def slip(teacher: Teacher) -> str:
    """The code on the slip of a pasted pupil, after work was given to the class."""
    page = teacher.page
    page.goto(f"{teacher.home}roster/paste")
    page.locator("textarea").fill(NAME)
    page.locator("main form .btn-primary").click()
    page.get_by_role("link", name=NAME).wait_for()
    teacher.report()
    page.get_by_role("link", name="Giao bài tự luyện").click()
    page.get_by_role("button", name="Giao bài").click()
    page.wait_for_url(re.compile("/work"))
    page.goto(f"{teacher.home}slips")
    page.get_by_role("button", name="Làm phiếu").click()
    own = page.locator(".slip", has_text=NAME)
    expect(page.locator(".slip")).to_have_count(1)
    return own.locator("code").inner_text()
