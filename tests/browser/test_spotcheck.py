"""The neighbour spot check: three pupils drawn, the teacher looks around, and is told how far to trust phones."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, Lesson, Pupil, Stage, until
from tests.browser.test_offline import is_ready

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens

NAMES = ("Bùi Quốc Việt", "Trần Hoài An", "Lê Gia Bảo")
DRAWINGS = 4


def test_three_pupils_are_looked_for_until_something_can_be_said(stage: Stage, lesson: Lesson) -> None:
    for name in NAMES:
        Pupil.arrive(stage).join(lesson.code, name)
    console = lesson.console((390, 844))
    console.get_by_role("button", name="Xác nhận tất cả").click()
    console.locator("#claims").wait_for(state="hidden")
    told = console.locator("#spot-said")
    for drawing in range(1, DRAWINGS + 1):
        drawn_again(console)
        drawn = console.locator("#spot li")
        expect(drawn).to_have_count(len(NAMES))
        expect(drawn.locator("[aria-pressed=true]")).to_have_count(0)
        if drawing == 1:
            without_a_network(stage, lesson, console)
        for n in range(len(NAMES)):
            drawn.nth(n).get_by_role("button", name="Thấy" if n else "Không thấy", exact=True).click()
            said = re.compile(rf"không thấy {drawing}/{len(NAMES) * (drawing - 1) + n + 1} lần")
            expect(told).to_contain_text(said)
        if drawing == 1:
            expect(told).to_contain_text("Dưới 10 lần thì chưa nói được gì.")
            assert faults(console, "light", "dark") + small_targets(console, 44) + sideways(console) == []
        if drawing < DRAWINGS:
            console.locator("#spot").get_by_role("button", name="Xong").click()
    expect(told).to_contain_text("không thấy 4/12 lần; tỉ lệ sai thật sự khó vượt quá 61%")
    for size in ((390, 844), (1280, 800)):
        console.set_viewport_size({"width": size[0], "height": size[1]})
        assert faults(console, "light", "dark") + sideways(console, size[0]) == []


def without_a_network(stage: Stage, lesson: Lesson, console: Page) -> None:
    """A tap waits, says so, outlives a reload and is sent by itself; whom to look for cannot be drawn."""
    until(lambda: is_ready(console), "the shell is kept")
    for watched in stage.watched:
        watched.is_offline_expected = True
    first = console.locator("#spot li").first
    lesson.teacher.context.set_offline(True)
    first.get_by_role("button", name="Thấy", exact=True).click()
    expect(first).to_contain_text("Chưa gửi, sẽ tự gửi")
    expect(first.locator("[aria-pressed=true]")).to_have_text("Thấy")
    assert faults(console, "light") + small_targets(console, 44) + sideways(console) == []
    console.reload()
    console.get_by_text("Mất mạng — trang tự mở lại khi có mạng").wait_for()
    lesson.teacher.context.set_offline(False)
    console.locator("#link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)
    until(
        lambda: console.evaluate("sessionStorage.getItem(`giotay-spot:${JSON.parse(boot.textContent).spot}`)") is None,
        "sent",
    )
    drawn_again(console)
    expect(console.locator("#spot li [aria-pressed=true]")).to_have_text(["Thấy"])
    lesson.teacher.context.set_offline(True)
    console.locator("#spot").get_by_role("button", name="Xong").click()
    console.locator("header details.menu > summary").click()
    console.locator("header .menu-list").get_by_role("button", name="Kiểm tra ba em").click()
    expect(console.locator("#complaint")).to_contain_text("Chưa gửi được. Thử lại khi có mạng.")
    lesson.teacher.context.set_offline(False)
    console.locator("#link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)
    drawn_again(console)


def drawn_again(console: Page) -> None:
    console.locator("header details.menu > summary").click()
    console.locator("header .menu-list").get_by_role("button", name="Kiểm tra ba em").click()
    console.locator("#spot[open] li").first.wait_for()
