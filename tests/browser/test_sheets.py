"""Every sheet of the console: what axe says of it, light and dark; by keys alone it opens, is used and is closed, and
the focus is where it was."""

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.looking import faults, sideways, small_targets, unseen_focus
from tests.browser.school import Lesson, Pupil, Stage
from tests.browser.steps import open_next
from tests.browser.test_keyboard import AT, press

SIZES = ((1366, 768), (390, 844))


TITLES = {
    "ask": "Hỏi nhanh",
    "discuss": "Thảo luận rồi hỏi lại",
    "goal": "Mục tiêu cả lớp",
    "podium": "Nhóm dẫn đầu",
    "roll": "Điểm danh",
    "paper": "Thẻ giấy A–D",
    "spot": "Kiểm tra ba em",
    "phone": "Điều khiển bằng điện thoại",
    "end": "Kết thúc tiết học?",
}
"""Lines of the menu that open one, and the name by which a screen reader tells it."""


def menu(console: Page) -> Locator:
    return console.locator(".co-top .menu > summary")


def opened(console: Page, name: str) -> Locator:
    """Tab to the menu, Enter, Tab to the line, Enter."""
    console.bring_to_front()
    press(console, menu(console))
    press(console, console.locator(f".menu-list [data-do={name}]:visible"))
    sheet = console.get_by_role("dialog", name=TITLES[name])
    sheet.wait_for()
    return sheet


def looked_at(console: Page, name: str) -> list[str]:
    sheet = opened(console, name)
    found = []
    for width, height in SIZES:
        console.set_viewport_size({"width": width, "height": height})
        found += [*faults(console), *small_targets(console, 44)]
    found += [*sideways(console), *unseen_focus(console, 6)]
    if not sheet.evaluate("one => one.contains(document.activeElement) || document.activeElement === document.body"):
        found.append("Tab leads out of it")
    console.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    if not menu(console).evaluate(AT):
        found.append("the focus is lost at " + console.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
    return [f"{name}: {one}" for one in found]


@pytest.mark.slow
def test_every_sheet_by_keys(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console(SIZES[-1])
    for name in ("Bùi Quốc Việt", "Trần Hoài An"):
        Pupil.arrive(stage).join(lesson.code, name)
    open_next(projector)
    console.locator("#lock[data-do=lock]").click()
    console.locator("#lock[data-do=unlock]").wait_for()
    found = [one for name in TITLES for one in looked_at(console, name)]
    assert not found, "\n".join(found)
