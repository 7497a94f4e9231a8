"""A teacher at the keyboard of the projector: one press, one step."""

import re

from playwright.sync_api import Page


def open_next(projector: Page) -> None:
    projector.bring_to_front()
    where = projector.locator("#where")
    before = where.inner_text()
    for _ in range(6):  # lock, distribution, key, explanation, next; one to spare
        projector.keyboard.press("ArrowRight")
        projector.wait_for_timeout(400)
        now = where.inner_text()
        if now != before and re.fullmatch(r"Câu \d/\d", now):
            return
    raise AssertionError(f"no next question after {before}")


def reveal(projector: Page, until_what: str) -> None:
    """Press on until the key (or the distribution) is up: one press, one step."""
    stages = {"distribution": "phân bố", "key": "đáp án"}
    projector.bring_to_front()
    for _ in range(4):
        if stages[until_what] in projector.locator("#where").inner_text():
            return
        projector.keyboard.press("ArrowRight")
        projector.wait_for_timeout(500)
    raise AssertionError(projector.locator("#where").inner_text())


def told_answers(projector: Page) -> int:
    found = re.match(r"(\d+)/", projector.locator("#count").text_content() or "")
    return int(found[1]) if found else 0
