"""A seat plan: arranged by tap, drag and keys, and the roll called on it without a network."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, Lesson, Pupil, Stage, Teacher

A4 = (688, 1019)
"""Within its margins, in CSS pixels."""
OVERFULL = """() => [...document.querySelectorAll(".chair")].filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.textContent)"""
"""Seats whose name is wider than they are."""
AN, HOAI, BAO = "Đặng Thái An", "Trần Hoài An", "Lê Gia Bảo"


def open_plan(page: Page) -> None:
    page.get_by_role("link", name="Lớp", exact=True).click()
    page.get_by_role("link", name="Sơ đồ chỗ ngồi").click()
    page.locator("#room .chair").first.wait_for()


def chair(page: Page, name: str) -> str:
    """Where this pupil sits: "row.place", both from 0."""
    return page.locator("#room .chair", has_text=name).get_attribute("data-at") or ""


@pytest.mark.slow
def test_seats_are_arranged_by_drag_tap_and_keys_and_stay(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    open_plan(page)
    if page.locator("#clear:enabled").count():
        page.locator("#clear").click()
    page.get_by_role("button", name="Xếp theo danh sách").click()
    page.get_by_text("Em nào cũng có chỗ").wait_for()
    assert [chair(page, name) for name in (AN, HOAI, BAO)] == ["0.0", "0.1", "0.2"]
    page.locator("#room .chair", has_text=AN).drag_to(page.locator('#room [data-at="0.2"]'))
    assert (chair(page, AN), chair(page, BAO)) == ("0.2", "0.0")  # they change places
    page.get_by_role("button", name="Hoàn tác").click()
    assert (chair(page, AN), chair(page, BAO)) == ("0.0", "0.2")
    page.locator("#room .chair", has_text=AN).click()
    page.locator("#room .chair", has_text=HOAI).click()
    assert (chair(page, AN), chair(page, HOAI)) == ("0.1", "0.0")
    page.locator("#room .chair", has_text=HOAI).focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert (chair(page, HOAI), chair(page, BAO)) == ("0.2", "0.0")
    page.keyboard.press("Delete")
    page.get_by_text("Chưa có chỗ: 1 em").wait_for()
    expect(page.locator("#tray .chair")).to_contain_text("Trần Hoài An")
    page.locator("#saved.chip-ok").wait_for()
    page.reload()
    page.locator("#tray .chair", has_text=HOAI).wait_for()
    page.get_by_role("button", name="Nhìn từ phía kia").click()
    assert (chair(page, AN), chair(page, BAO)) == ("0.1", "0.0")
    page.emulate_media(media="print")
    page.locator("#columns").evaluate("one => (one.value = 6, one.dispatchEvent(new Event('change')))")
    page.set_viewport_size({"width": A4[0], "height": A4[1]})
    assert chair(page, AN)  # the whole name
    assert page.evaluate(OVERFULL) == []
    page.emulate_media(media="screen")
    for size in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert faults(page, "light") == []
        assert small_targets(page, 44) == []
        assert sideways(page) == []
    expect(page.locator(".chair-name:visible", has_text=re.compile("An$"))).to_have_text(["Thái An", "Hoài An"])


@pytest.mark.slow
def test_the_roll_is_called_by_seat_without_a_network(stage: Stage, lesson: Lesson) -> None:
    page = lesson.teacher.page
    page.goto(lesson.teacher.home)
    open_plan(page)
    if page.locator("#fill:enabled").count():
        page.locator("#fill").click()
        page.locator("#saved.chip-ok").wait_for()
    page.goto(lesson.start_page)
    Pupil.arrive(stage).join(lesson.code, "Bùi Quốc Việt", "Ở nhà")
    console = lesson.console((390, 844))
    console.locator("#home-seats li").wait_for()
    console.get_by_role("button", name="Điểm danh").click()
    console.locator("[data-roll=seats]").click()
    seats = console.locator("#roll-seats .chair-roll")
    expect(seats).to_have_count(40)
    for watched in stage.watched:
        watched.is_offline_expected = True
    rearrange = console.locator("#roll-room [data-arrange]")
    expect(rearrange).to_be_enabled()
    lesson.teacher.context.set_offline(True)
    expect(rearrange).to_be_disabled()  # the plan that is here serves; another is the server's to keep
    expect(rearrange).to_have_text("Xếp chỗ: cần có mạng")
    an, hoai = console.get_by_role("button", name=AN), console.get_by_role("button", name=HOAI)
    an.click()
    expect(an).to_have_attribute("data-word", "room")
    hoai.click(click_count=2)
    expect(hoai).to_have_attribute("data-word", "absent")
    for _ in range(5):
        console.get_by_role("button", name=BAO).click()  # all round, back to nothing
    console.get_by_role("button", name=re.compile("38 em còn lại có mặt")).click()
    expect(console.locator("#roll-counts")).to_contain_text("Có mặt 38 · trực tuyến 1 · vắng P 0 · vắng K 1")
    expect(console.get_by_role("button", name="Bùi Quốc Việt")).to_have_accessible_name(
        re.compile("hàng 5, dãy 4, chỗ 1. Trực tuyến. Máy thấy trực tuyến")
    )
    assert faults(console, "light", "dark") == []
    assert small_targets(console, 44) == []
    lesson.teacher.context.set_offline(False)
    console.locator("#roll-link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)
    expect(rearrange).to_have_text("Sửa sơ đồ")
    console.locator("[data-roll=list]").click()
    row = console.locator("#roll li", has_text=HOAI)
    expect(row.get_by_role("button", name="Vắng K")).to_have_attribute("aria-pressed", "true")
