"""Vote, talk, vote again, seen from all sides; and what of it stays between a pupil and the teacher."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Lesson, Pupil, Stage, until
from tests.browser.steps import open_next, reveal, told_answers

ROOM, HOME = "Đặng Thái An", "Trần Hoài An"


def vote(pupil: Pupil, letter: str) -> None:
    pupil.page.locator(f"button.answer[value={letter}]").click()
    pupil.says("Đã lưu lúc")


def test_two_who_disagree_talk_and_vote_again(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    one = Pupil.arrive(stage).join(lesson.code, ROOM)
    other = Pupil.arrive(stage).join(lesson.code, HOME, "Ở nhà")
    open_next(projector)
    vote(one, "A")
    vote(other, "B")
    locked_and_unlocked(console)
    console.bring_to_front()
    console.locator("#lock[data-do=lock]").click()
    expect(console.get_by_role("button", name="Mở lại câu")).to_have_count(1)
    console.locator(".co-top summary").click()
    console.locator(".menu-list [data-do=discuss]").click()
    console.get_by_role("button", name="Bắt đầu thảo luận").click()
    one.says(f"Trao đổi với {HOME}")
    other.says(f"Trao đổi với {ROOM}")
    assert HOME not in projector.locator("body").inner_text()
    assert faults(console, "light") == []
    console.locator("#lock[data-do=reask]").click()
    for pupil in (one, other):
        vote(pupil, "A")
    until(lambda: told_answers(projector) == 2, "both votes")
    reveal(projector, "key")
    expect(projector.locator("#now-more")).to_contain_text("1 em chuyển sang đúng")
    expect(projector.locator(".dist [data-option=B] b")).to_contain_text("1 → 0")
    other.says("1 em chuyển sang đúng")
    dressed_as_one_likes(one)


def locked_and_unlocked(console: Page) -> None:
    """A slip, taken back."""
    console.bring_to_front()
    console.locator("#lock[data-do=lock]").click()
    console.locator("#undo").get_by_role("button", name="Hoàn tác").click()
    console.locator("#undo").wait_for(state="hidden")
    expect(console.locator("#lock")).to_have_attribute("data-do", "lock")


def dressed_as_one_likes(pupil: Pupil) -> None:
    """Large text and contrast survive a reload; nothing scrolls sideways for it."""
    page = pupil.page
    page.locator(".ph-foot details.menu > summary").click()
    page.locator("#text-size").wait_for()
    page.locator("#text-size").click()
    page.locator("#text-size").click()
    page.locator("#contrast").click()
    expect(page.locator("#contrast")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("html[data-text='3'][data-contrast=high]")).to_have_count(1)
    pupil.says("Đáp án")
    assert sideways(page) == []
    assert faults(page) == []
    assert re.search("rất to", page.locator("#text-size").text_content() or "")


def test_the_plan_keeps_the_open_question_in_sight(lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console((1366, 420))
    for _ in range(5):
        open_next(projector)
    expect(console.locator("#plan [aria-current]", has_text="5")).to_be_in_viewport(ratio=1)
