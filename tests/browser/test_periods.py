"""The period log: filled from a lesson, corrected, signed; what is written later is marked, rules are told of."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from lti_tool.config import HO_CHI_MINH
from tests.browser.looking import faults, sideways
from tests.browser.school import Stage, Teacher

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens


def look(page: Page) -> None:
    """On a phone and on a desktop."""
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert faults(page, "light") + sideways(page, width) == []


def test_a_line_is_filled_corrected_signed_and_kept_with_its_reason(desk: Stage) -> None:
    page = Teacher.arrive(desk).report()
    page.get_by_role("link", name="Ghi sổ tiết").click()
    expect(page.get_by_text("Máy điền từ tiết học.")).to_be_visible()
    expect(page.locator("#topic")).not_to_have_value("")
    look(page)
    page.locator("#plan_number").fill("31")
    page.locator("#remarks").fill("Lớp học sôi nổi")
    page.get_by_role("button", name="Kí dòng này").click()
    line = page.locator("tbody tr", has_text="Lớp học sôi nổi")
    expect(line).to_contain_text("Ghi bù")  # the lesson was days ago
    expect(line.locator(".chip-ok")).to_be_visible()
    look(page)

    line.get_by_role("link").first.click()
    expect(page.get_by_text(re.compile("Đã kí .*Ghi bù", re.DOTALL))).to_be_visible()
    page.locator("#topic").fill("Luyện tập")
    page.get_by_role("button", name="Kí dòng này").click()
    expect(page.get_by_role("heading", name="Thiếu lí do sửa")).to_be_visible()
    look(page)
    desk.watched[0].complaints.clear()  # the refusal itself
    page.go_back()
    expect(page.locator("#topic")).to_have_value("Luyện tập")
    page.locator("#why").fill("Ghi nhầm tên bài")
    page.get_by_role("button", name="Kí dòng này").click()
    line.get_by_role("link").first.click()
    page.get_by_text("Các lần lưu").click()
    expect(page.locator("details li")).to_have_count(2)
    expect(page.locator("details li").first).to_contain_text("Ghi nhầm tên bài")
    look(page)


def test_rules_are_told_of_and_stop_nobody(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    page.goto(f"{teacher.home}periods/new")
    month_of_its_own = datetime.now(HO_CHI_MINH) - timedelta(days=45)
    page.locator("#day").fill(f"{month_of_its_own:%Y-%m-%d}")
    page.locator("#topic").fill("Kiểm tra giữa kì")
    page.get_by_role("button", name="Kí dòng này").click()
    told = page.locator(".banner-warn")
    expect(told).to_contain_text("Nguyễn Thu Hà mới có 0 tiết trực tuyến trong tháng; trường đặt ít nhất 2.")
    expect(page.locator("tbody tr")).to_contain_text("Ghi bù")
    look(page)
    for number in ("1", "2", "3"):
        page.goto(f"{teacher.home}periods/new")
        page.locator("#number").fill(number)
        page.locator("#topic").fill(f"Ôn tập {number}")
        page.locator("#form").select_option("online")
        page.get_by_role("button", name="Lưu nháp").click()
        line = page.locator("tbody tr", has_text=f"Ôn tập {number}")
        expect(line).to_contain_text("Chưa kí")
        expect(line).not_to_contain_text("Ghi bù")
    most = re.compile(r"^\s*Lớp 9A1, sáng \d\d/\d\d: 3 tiết trực tuyến hoàn toàn; trường đặt nhiều nhất 2\.\s*$")
    expect(told.get_by_text(most)).to_be_visible()
    expect(page.get_by_text(re.compile(r"tiết có dùng trực tuyến \(\d+%; mục tiêu 10%\)"))).to_be_visible()
    look(page)
