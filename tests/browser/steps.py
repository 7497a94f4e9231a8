"""A teacher at the keyboard of the projector: one press, one step."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page

AGAIN_AFTER = 5.0
"""Seconds; the same press once more is always safe, a press that was lost with a connection is not one."""


def open_next(projector: Page) -> None:
    """Lock, distribution, key, explanation, and the next question."""
    projector.bring_to_front()
    before = where(projector)
    for _ in range(5):
        now = press(projector)
        if now != before and re.fullmatch(r"(Câu|Mục) \d+/\d+( · (Mỗi em tự trả lời|Trả lời theo nhóm))?", now):
            return
    raise AssertionError(f"no next question after {before}")


def reveal(projector: Page, until_what: str) -> None:
    """Press on until the key (or the distribution) is up."""
    stages = {"distribution": "phân bố", "key": "đáp án"}
    projector.bring_to_front()
    for _ in range(4):
        if stages[until_what] in where(projector):
            return
        press(projector)
    assert stages[until_what] in where(projector)


def press(projector: Page) -> str:
    """One press on; where the lesson stands when the projector shows the step that it made."""
    before = where(projector)
    for _ in range(4):
        projector.keyboard.press("ArrowRight")
        if came(projector, lambda: where(projector) != before, AGAIN_AFTER):
            return where(projector)
    raise AssertionError(f"a press at {before} changed nothing")


def came(page: Page, is_so: Callable[[], bool], seconds: float) -> bool:
    """It is so, or becomes so in this time."""
    deadline = time.monotonic() + seconds
    while not (seen := is_so()) and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    return seen


def where(projector: Page) -> str:
    return projector.locator("#where").inner_text()


def told_answers(projector: Page) -> int:
    found = re.match(r"(\d+)/", projector.locator("#count").text_content() or "")
    return int(found[1]) if found else 0
