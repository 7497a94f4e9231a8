"""A group phone: three names, one answer, an answer that waited without network, and the teacher who splits it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage
from tests.browser.steps import open_next

PHONE_PX = 48
ANSWER = "button.answer"


def share(page: Page) -> None:
    """The page where several share this phone, from the menu."""
    page.locator(".ph-foot details.menu > summary").click()
    page.get_by_role("link", name="Dùng chung máy").click()
    page.wait_for_url(re.compile("/pass$"))


def add(page: Page, name: str) -> None:
    page.get_by_role("link", name="Thêm bạn vào nhóm").click()
    page.get_by_role("link", name=name).click()
    page.get_by_text("Ở lớp").click()
    page.get_by_role("button", name="Vào lớp với tên này").click()
    page.wait_for_url(re.compile("/pass$"))


@pytest.mark.slow
def test_a_group_phone(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    phone = Pupil.arrive(stage).join(lesson.code)
    page = phone.page
    share(page)
    found = [*faults(page), *small_targets(page, PHONE_PX), *sideways(page)]
    add(page, "Trần Hoài An")
    add(page, "Đặng Thái An")
    found += [*faults(page), *small_targets(page, PHONE_PX), *sideways(page)]
    page.get_by_role("link", name="Vào tiết học").click()
    page.locator("#together", has_text="Đặng Thái An").wait_for()
    open_next(projector)
    with phone.offline():
        page.locator(ANSWER).first.click()
        phone.says("Chưa gửi, sẽ tự gửi")
    phone.says("Đã lưu lúc")
    expect(projector.locator("#count b")).to_have_text("3/3")
    found += [*faults(page), *small_targets(page, PHONE_PX), *sideways(page), *sideways(page, 390, text=200)]
    console.bring_to_front()
    console.locator("#seats summary").click()
    row = console.locator("#seat-list li", has_text="Bùi Quốc Việt").filter(has=console.locator("[data-split]"))
    expect(row).to_contain_text("Trần Hoài An")
    found += [*faults(console), *sideways(console), *small_targets(console, 44)]
    row.get_by_role("button", name="Tách nhóm").click()
    page.locator("#together", has_text="Nhóm đã tách").wait_for()
    page.locator(ANSWER).nth(1).click()
    expect(console.locator("#seat-list [data-split]")).to_have_count(0)
    page.locator(f"{ANSWER}[data-state=saved]").nth(0).wait_for()
    expect(page.locator(ANSWER).nth(1)).to_have_attribute("data-state", "saved")
    expect(projector.locator("#count b")).to_have_text(re.compile(r"^3/"))
    assert not found, "\n".join(found)
