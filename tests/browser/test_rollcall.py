"""The roll call in the room, with the network cut in the middle of it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, Lesson, Pupil, Stage

HOME, AWAY, TAKEN_BACK = "Bùi Quốc Việt", "Trần Hoài An", "Lê Gia Bảo"


def tap(console: Page, name: str, word: str) -> None:
    console.locator("#roll li", has_text=name).get_by_role("button", name=word).click()


def test_the_roll_is_called_without_a_network_and_stands_after_the_lesson(stage: Stage, lesson: Lesson) -> None:
    Pupil.arrive(stage).join(lesson.code, HOME, "Ở nhà")
    console = lesson.console((390, 844))
    console.locator("#home-seats li").wait_for()
    console.get_by_role("button", name="Điểm danh").click()
    tap(console, AWAY, "Vắng P")
    console.locator("#roll-link.chip-ok").wait_for()
    for watched in stage.watched:
        watched.is_offline_expected = True
    lesson.teacher.context.set_offline(True)
    tap(console, TAKEN_BACK, "Vắng K")
    tap(console, TAKEN_BACK, "Vắng K")
    console.get_by_role("button", name=re.compile(r"39 em còn lại có mặt")).click()
    console.get_by_text("Chưa gửi 41, sẽ tự gửi").wait_for()
    tap(console, TAKEN_BACK, "Vắng P")
    assert faults(console, "light", "dark") == []
    assert small_targets(console, 44) == []
    assert sideways(console) == []
    lesson.teacher.context.set_offline(False)
    console.locator("#roll-link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)
    expect(console.locator("#roll-counts")).to_contain_text(
        "Có mặt 37 · trực tuyến 1 · vắng P 2 · vắng K 0 · chưa rõ 0"
    )
    console.close()
    lesson.end()
    page = lesson.teacher.page
    page.goto(lesson.start_page.rstrip("/") + "/attendance?all=1")
    for name, word in ((AWAY, "Vắng P"), (TAKEN_BACK, "Vắng P"), (HOME, "Trực tuyến")):
        told = page.locator(".roll > li", has_text=name)
        expect(told.get_by_label(word)).to_be_checked()
        expect(told).to_contain_text("Gọi tên lúc")
