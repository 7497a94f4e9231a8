"""A question that stands on the blackboard: asked in two taps, its key said afterwards, told to phones, told in the
report."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, until

ONE, OTHER = "Bùi Quốc Việt", "Trần Hoài An"


def tapped(value: str) -> Callable[[Page], None]:
    def answer(page: Page) -> None:
        page.locator(f"button.answer[value={value}]").click()

    return answer


def typed(text: str) -> Callable[[Page], None]:
    def answer(page: Page) -> None:
        page.locator("#answer").fill(text)
        page.locator("#question .btn-primary").click()

    return answer


class Quick(NamedTuple):
    """One form of answer: what one pupil says who is right and another who is not, and how the key is told."""

    name: str
    right: Callable[[Page], None]
    wrong: Callable[[Page], None]
    key: str
    """Which button makes this the key."""
    told: str


ABCD = Quick("abcd", tapped("B"), tapped("C"), "[data-key=B]", "Đáp án: B")
QUICKS = (
    ABCD,
    Quick("true_false", tapped("false"), tapped("true"), "[data-key=false]", "Đáp án đã mở"),
    Quick("number", typed("2,5"), typed("-2.5"), "[data-key='2.5']", "Đáp án: 2,5"),
    Quick("short", typed("Vi-ét"), typed("Ơ-clit"), "li:has-text('Vi-ét') [data-key]", "Đáp án: Vi-ét"),
)


def ask(console: Page, name: str) -> None:
    """Two taps."""
    console.bring_to_front()
    console.locator(".co-act [data-do=ask]:visible, .co-plan [data-do=ask]:visible").first.click()
    console.locator(f"#ask [value={name}]").click()


def played(quick: Quick, console: Page, projector: Page, one: Pupil, other: Pupil) -> None:
    ask(console, quick.name)
    projector.locator("#main .stem", has_text="Câu hỏi ở trên bảng").wait_for()
    for pupil, answer in ((one, quick.right), (other, quick.wrong)):
        pupil.page.locator("#question form").wait_for()
        assert not (found := [*small_targets(pupil.page, 48), *sideways(pupil.page)]), "\n".join(found)
        pupil.page.set_viewport_size({"width": 390, "height": 844})
        answer(pupil.page)
        pupil.says("Đã lưu lúc")
    expect(console.locator("#answered")).to_have_text("2")
    assert console.locator("[data-key]").count() == 0, "no key while the question is open: it would be in the way"
    console.locator("#lock[data-do=lock]").click()
    key = console.locator(f"#tally {quick.key}")
    key.wait_for()
    assert not (found := [*faults(console, "light"), *sideways(console)]), "\n".join(found)
    console.set_viewport_size({"width": 390, "height": 844})
    key.click()
    expect(console.locator("#tally .key")).to_have_count(1)
    assert "Đáp án" not in one.page.locator("main").inner_text(), "set is not shown"
    console.locator(".co-act [data-do=key]").click()
    for pupil, says in ((one, "Em trả lời đúng."), (other, "")):
        pupil.says(quick.told)
        pupil.says(says)
    projector.locator("#where", has_text="đáp án").wait_for()


@pytest.mark.parametrize("quicks", [QUICKS[:1], pytest.param(QUICKS[1:], marks=pytest.mark.slow)], ids=["one", "rest"])
def test_a_question_on_the_blackboard(stage: Stage, lesson: Lesson, quicks: tuple[Quick, ...]) -> None:
    projector, console = lesson.projector(), lesson.console((390, 844))
    one, other = Pupil.arrive(stage).join(lesson.code, ONE), Pupil.arrive(stage).join(lesson.code, OTHER, "Ở nhà")
    console.get_by_role("button", name="Xác nhận tất cả").click()
    for quick in quicks:
        played(quick, console, projector, one, other)
    console.close()
    lesson.end()
    report = lesson.teacher.page
    rows = report.locator("tr", has_text="Hỏi nhanh").filter(has_text="1/2 em")
    until(lambda: report.reload() and rows.count() == len(quicks), "one of two was right in each")


TIME = """(given) => {
  const [minutes, seconds] = document.querySelector("#clock").textContent.split(":").map(Number);
  const width = parseFloat(document.querySelector("#time rect").getAttribute("width"));
  return width - (100 * (60 * minutes + seconds)) / given;
}"""
"""By how much the bar, in per cent, is longer than what the clock says of the time that was given."""


@pytest.mark.slow
def test_a_question_without_a_clock_gets_one_by_one_press(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console((390, 844))
    pupil = Pupil.arrive(stage).join(lesson.code, ONE)
    ask(console, "number")
    expect(projector.locator("#clock")).not_to_contain_text(":")
    press = console.locator("#extend")
    expect(press).to_have_text("Cho 30 giây")
    assert not (found := [*faults(console), *small_targets(console, 44), *sideways(console)]), "\n".join(found)
    console.set_viewport_size({"width": 390, "height": 844})
    press.click()
    for screen in (projector, pupil.page, console):
        expect(screen.locator("#clock")).to_have_text(re.compile(r"^0:[012]\d$"))
    expect(press).to_have_text("30 giây")
    assert abs(pupil.page.evaluate(TIME, 30)) < 5, "the bar began full with the clock, not with the question"
    press.click()
    pupil.page.locator("#clock", has_text=re.compile(r"^0:[345]\d$")).wait_for()
    assert abs(pupil.page.evaluate(TIME, 60)) < 5, "and takes the time that was added"
    lesson.end()


@pytest.mark.slow
def test_a_quick_check_tells_who_is_there_and_closes_by_itself(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console((390, 844))
    one = Pupil.arrive(stage).join(lesson.code, ONE, "Ở nhà")
    Pupil.arrive(stage).join(lesson.code, OTHER)
    console.bring_to_front()
    console.locator(".co-act [data-do=ask]:visible").first.click()
    assert not (found := [*faults(console), *small_targets(console, 44), *sideways(console)]), "\n".join(found)
    console.set_viewport_size({"width": 390, "height": 844})
    console.locator("#ask [value=check]").click()
    projector.locator("#main .stem", has_text="Em đang theo dõi chứ?").wait_for()
    expect(projector.locator("#clock")).to_have_text(re.compile(r"^0:[012]\d$"))
    one.answer("Em bị lỡ, cần nghe lại")
    one.says("Đã lưu lúc")
    console.locator("#silent li", has_text=OTHER).wait_for()
    expect(console.locator("#tally li").nth(1)).to_contain_text("Em bị lỡ, cần nghe lại")
    console.locator("#lock[data-do=unlock]").wait_for()  # after its twenty seconds
    assert console.locator("[data-key]").count() == 0, "nothing of it is right or wrong"


def test_no_sheet_that_is_closed_asks_again_what_was_asked_before(lesson: Lesson) -> None:
    console = lesson.console()
    ask(console, "abcd")
    steps = console.locator("#plan > li")
    expect(steps.filter(has_text="Hỏi nhanh")).to_have_count(1)
    console.locator(".co-plan [data-do=ask]").click()
    console.locator("#ask[open]").wait_for()
    console.keyboard.press("Escape")
    console.locator("#lock[data-do=lock]").click()  # what was asked by mistake would be in the log before this
    console.locator("#lock[data-do=unlock]").wait_for()
    expect(steps.filter(has_text="Hỏi nhanh")).to_have_count(1)
