"""Paper cards from the printer to the log: printed once, read from a still photograph, put right by a tap, entered by a
press. Where the server cannot read pictures it says so, and letters are tapped."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Stage, Teacher, until
from tests.browser.steps import open_next
from tests.browser.test_away import logged
from tests.lti_tool.lessons.photographs import photograph

pytestmark = pytest.mark.slow
HELD = {number: "ABCD"[number % 4] for number in range(1, 41)}
AWAY, WRONG, STRANGE = 7, 5, 57
"""Numbers of cards: one that nobody holds up, one whose pupil turned it the wrong way, one that no pupil of the class
has."""
FINGER_PX = 44


def look(page: Page) -> None:
    """On a phone, light and dark."""
    assert [*faults(page, "light", "dark"), *sideways(page), *small_targets(page, FINGER_PX)] == []


def opened(console: Page) -> Locator:
    console.locator(".co-top summary").click()
    console.locator(".menu-list [data-do=paper]").click()
    sheet = console.locator("#paper")
    expect(sheet).to_be_visible()
    return sheet


def letter(sheet: Locator, number: int, which: str) -> Locator:
    return sheet.locator("[data-who]").nth(number - 1).locator(f"[data-letter={which}]")


def test_a_photograph_of_the_room_is_read_put_right_and_entered(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    page = teacher.page
    page.goto(f"{teacher.home}cards")
    make = page.get_by_role("button", name=re.compile(r"Tạo thẻ cho \d+ em"))
    if make.count():  # another test may have printed them
        make.click()
    page.get_by_role("button", name="In 40 thẻ").wait_for()
    assert faults(page, "light") + sideways(page) == []
    page.emulate_media(media="print")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == len(HELD) / 2
    page.emulate_media(media="screen")

    lesson = teacher.start()
    open_next(lesson.projector())
    console = lesson.console((390, 844))
    sheet = opened(console)
    look(console)
    held = {number: which for number, which in HELD.items() if number != AWAY} | {STRANGE: "A"}
    seen = photograph(3, held=held).jpeg
    sheet.locator("input[type=file]").set_input_files({"name": "lop.jpg", "mimeType": "image/jpeg", "buffer": seen})
    expect(sheet).to_contain_text("Đọc được 39 thẻ trong ảnh.")
    expect(sheet).to_contain_text("1 thẻ không thuộc lớp này.")
    expect(letter(sheet, AWAY, HELD[AWAY])).to_have_attribute("aria-pressed", "false")
    expect(letter(sheet, WRONG, HELD[WRONG])).to_have_attribute("aria-pressed", "true")
    letter(sheet, WRONG, "A").click()
    expect(letter(sheet, WRONG, HELD[WRONG])).to_have_attribute("aria-pressed", "false")
    letter(sheet, AWAY, "C").click()
    look(console)
    assert logged(stage, lesson.start_page) == []  # nothing is entered before the press
    sheet.get_by_role("button", name="Ghi 40 câu trả lời").click()
    until(lambda: len(logged(stage, lesson.start_page)) == len(HELD), "the answers")
    expect(sheet).to_contain_text("Đã ghi 40 câu trả lời.")
    expect(letter(sheet, WRONG, "A")).to_have_attribute("aria-pressed", "true")
    sheet.get_by_role("button", name="Xong").click()

    def without(asked: Route) -> None:
        answer: dict[str, Any] = asked.fetch().json()
        asked.fulfill(json={**answer, "is_there": False})

    teacher.context.route(re.compile(r"/runs/\w+/cards$"), without)
    opened(console)
    expect(sheet).to_contain_text("Máy chủ chưa cài phần đọc ảnh")
    expect(sheet.locator("#paper-ways")).to_be_hidden()
    letter(sheet, WRONG, "B").click()
    expect(letter(sheet, WRONG, "B")).to_have_attribute("aria-pressed", "true")
    look(console)
    console.close()
    lesson.end()
