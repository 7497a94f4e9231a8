"""What a teacher sets for a question, for one pupil and for the class, as the pupils meet it: how often an answer may
be changed, more time, a goal together, hands that all go down."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, Teacher
from tests.browser.steps import open_next, reveal, told_answers
from tests.browser.test_kinds import PHONE_PX, Play, write

SLOW, OTHER = "Đặng Thái An", "Trần Hoài An"
QUESTION = Play("short", {"accepted": ["8"]}, lambda _: None, "", "", seconds=60)


def with_two_attempts(teacher: Teacher, play: Play) -> Lesson:
    """A lesson of this question, written and begun."""
    write(teacher.page, (play,))
    teacher.page.locator("#attempts").select_option("2")
    expect(teacher.page.locator("#saved")).to_have_attribute("data-state", "saved")
    teacher.page.get_by_role("link", name="Xong", exact=True).click()
    return teacher.begin()


@pytest.mark.slow
def test_attempts_more_time_and_a_goal_of_the_class(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    lesson = with_two_attempts(teacher, QUESTION)
    projector, console = lesson.projector(), lesson.console()
    slow, other = (Pupil.arrive(desk).join(lesson.code, name) for name in (SLOW, OTHER))
    try:
        console.locator("#seat-list").evaluate("list => (list.closest('details').open = true)")
        console.locator("#seat-list li", has_text=SLOW).locator("[data-extra]").select_option("100")
        console.locator("[data-do=goal]").evaluate("one => one.click()")
        console.locator("#goal-percent").select_option("70")
        console.locator("#goal .btn-primary").click()
        expect(console.locator("#goal-now")).to_contain_text("70%")
        for pupil in (slow, other):
            pupil.page.locator("#hand").click()
        expect(console.locator("#hands-count")).to_have_text("2")
        console.locator("#lower-all").click()
        expect(console.locator("#hands-count")).to_have_text("0")
        expect(slow.page.locator("#hand")).to_have_text("Giơ tay")
        open_next(projector)
        expect(slow.page.locator("#clock")).to_have_text(re.compile(r"^[12]:\d\d$"))
        expect(other.page.locator("#clock")).to_have_text(re.compile(r"^(1:00|0:[345]\d)$"))
        for text, says in (("7", "Em còn 1 lần đổi."), ("8", "Em đã dùng hết số lần trả lời.")):
            other.page.locator("#answer").fill(text)
            other.page.locator("#question .btn-primary").click()
            other.says(says)
        expect(other.page.locator("#question .btn-primary")).to_be_hidden()
        looked = [*faults(other.page), *small_targets(other.page, PHONE_PX), *sideways(other.page)]
        reveal(projector, "key")
        other.says("Em đúng 1/1 câu. Mục tiêu của cả lớp: 70% câu trả lời đúng.")
        looked += [*faults(console), *sideways(console), *faults(projector)]
        assert not looked, "\n".join(looked)
        assert "Thái An" not in projector.locator("body").inner_text()
    finally:
        lesson.end()


MANY = Play(
    "multiple",
    {"options": [{"text": text} for text in ("2", "3", "4")], "key": ["A", "B"]},
    lambda _: None,
    "",
    "",
)
CLUSTER = Play(
    "cluster", {"statements": [{"text": f"Ý {n}", "key": n < 3} for n in range(1, 5)]}, lambda _: None, "", ""
)


ORDER = Play("ordering", {"items": ["Đọc đề", "Lập phương trình", "Giải", "Trả lời"]}, lambda _: None, "", "")


@pytest.mark.slow
def test_an_order_waits_for_its_button_where_answers_are_counted(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    lesson = with_two_attempts(teacher, ORDER)
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    rows, send = pupil.page.locator(".sort"), pupil.page.get_by_role("button", name="Gửi thứ tự này")
    try:
        open_next(projector)
        for says in ("Em còn 1 lần đổi.", "Em đã dùng hết số lần trả lời."):
            last = rows.last.get_attribute("data-field") or ""
            expect(rows.last.locator("select")).to_be_enabled()
            rows.last.locator("select").select_option("1")
            rows.nth(1).locator("select").select_option("3")
            expect(rows.first).to_have_attribute("data-field", last)
            looked = [*faults(pupil.page), *small_targets(pupil.page, PHONE_PX), *sideways(pupil.page)]
            assert not looked, "\n".join(looked)
            send.click()
            pupil.says(says)
            expect(rows.first).to_have_attribute("data-field", last)
            expect(send).to_be_hidden()
        expect(rows.last.locator("select")).to_be_disabled()
        assert told_answers(projector) == 1
        reveal(projector, "key")
        pupil.says("Đáp án:")
    finally:
        lesson.end()


@pytest.mark.slow
def test_what_is_picked_waits_for_the_button_where_answers_are_counted(desk: Stage) -> None:
    """Else each tap of several would have been an answer of its own."""
    teacher = Teacher.arrive(desk)
    for play in (MANY, CLUSTER):
        write(teacher.page, (play,))
        teacher.page.locator("#attempts").select_option("2")
        expect(teacher.page.locator("#saved")).to_have_attribute("data-state", "saved")
        teacher.page.get_by_role("link", name="Xong", exact=True).click()
        lesson = teacher.begin()
        projector = lesson.projector()
        pupil = Pupil.arrive(desk).join(lesson.code)
        try:
            open_next(projector)
            counted(pupil, projector, pick_letter if play is MANY else pick_statement)
        finally:
            lesson.end()
        teacher = Teacher.arrive(desk)


def pick_letter(pupil: Pupil, first: bool) -> None:
    pupil.page.locator("button.answer").nth(0 if first else 1).click()


def pick_statement(pupil: Pupil, first: bool) -> None:
    for field in "abc" if first else "da":
        word = "true" if first else "false"
        pupil.page.locator(f"fieldset[data-field={field}] input[value={word}]").check(force=True)


def counted(pupil: Pupil, projector: Page, pick: Callable[[Pupil, bool], None]) -> None:
    send, told = pupil.page.get_by_role("button", name="Gửi câu trả lời"), pupil.page.locator("#status")
    send.click()
    expect(told).to_have_text(re.compile("Em chọn ít nhất một ô|Còn ý a, b, c, d"))
    pick(pupil, True)
    if pick is pick_statement:
        send.click()
        expect(told).to_have_text(re.compile("Còn ý d"))
        pick(pupil, False)
    looked = [*faults(pupil.page), *small_targets(pupil.page, PHONE_PX), *sideways(pupil.page)]
    assert not looked, "\n".join(looked)
    assert told_answers(projector) == 0, "nothing is sent before the button"
    send.click()
    pupil.says("Em còn 1 lần đổi.")
    expect(send).to_be_hidden()
    if pick is pick_letter:
        pick(pupil, False)
        expect(pupil.page.locator("button.answer[aria-pressed=true]")).to_have_count(2)
    else:
        pupil.page.locator("fieldset[data-field=b] input[value=false]").check(force=True)
    send.press("Enter")
    pupil.says("Em đã dùng hết số lần trả lời.")
    expect(send).to_be_hidden()
    reveal(projector, "key")
    pupil.says("Đáp án:")
