"""A pupil asks for a second look at a line of the own profile, and the teacher answers it there."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Lesson, Pupil, Stage, Teacher, until
from tests.browser.steps import open_next, reveal

pytestmark = pytest.mark.slow  # what each page says stands in the gate, in tests/lti_tool/pages/test_profile.py

WHO, NAME, OTHER = "9a1-27", "Nguyễn Quang Minh", "9a1-28"
GOAL = "Vận dụng hệ thức Vi-ét tìm tổng và tích hai nghiệm"
ASKED = "Em chọn đúng nhưng máy em mất mạng."
ANSWER = "Cô xem lại rồi: câu đó không tính vào mức của em."


def test_a_pupil_contests_a_line_and_the_teacher_answers(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    pupil = launched(stage, WHO)
    taught_once(teacher.start(), pupil)
    ask_for_a_second_look(pupil)
    late = the_way_to_it(teacher)
    page = teacher.page
    line = page.locator(".objective", has_text=GOAL)
    line.get_by_label("Trả lời em").fill(ANSWER)
    line.get_by_role("button", name="Gửi trả lời").click()
    expect(line.locator(".said", has_text=ANSWER)).to_be_visible()  # where it was written, unfolded
    late.get_by_label("Trả lời em").fill("Lời thứ hai")
    late.get_by_role("button", name="Gửi trả lời").click()
    expect(late.get_by_role("heading", name="Đề nghị này đã có lời trả lời")).to_be_visible()
    late.get_by_role("link", name="Mở lại trang đó").click()
    expect(late.locator(".said", has_text=ANSWER)).to_have_count(1)
    expect(late.get_by_text("Lời thứ hai")).to_have_count(0)
    page.goto(teacher.home)
    page.locator("#todo").wait_for()
    expect(page.get_by_text("đề nghị xem lại hồ sơ")).to_have_count(0)
    pupil.page.reload()
    told = pupil.page.locator(".objective", has_text=GOAL).locator(".said", has_text=ANSWER)
    expect(told).to_contain_text("Nguyễn Thu Hà")
    pupil.page.get_by_role("link", name="Về trang tiết học").click()
    pupil.page.wait_for_url(re.compile("/lesson"))


def launched(stage: Stage, who: str) -> Pupil:
    """A pupil whom the LMS vouches for, on a phone."""
    pupil = Pupil.arrive(stage)
    pupil.page.goto(stage.school.as_(who, "activity/1?window=1"))
    pupil.page.wait_for_url(re.compile("/lesson"))
    return pupil


def taught_once(lesson: Lesson, pupil: Pupil) -> None:
    """One question answered in a lesson, and the lesson is over."""
    projector = lesson.projector()
    pupil.page.reload()
    open_next(projector)
    pupil.page.locator("button.answer").first.click()
    pupil.says("Đã lưu lúc")
    reveal(projector, "key")
    lesson.end()


def ask_for_a_second_look(pupil: Pupil) -> None:
    """From the lesson's menu to the own profile, and to the line that is not right."""
    page = pupil.page
    page.locator(".ph-foot summary").click()
    page.get_by_role("link", name="Hồ sơ của em").click()
    line = page.locator(".objective", has_text=GOAL)
    until(lambda: page.reload() and line.count(), "the objective of the lesson")
    line.locator("summary").first.press("Enter")
    line.get_by_text("Đề nghị xem lại", exact=True).press("Enter")
    form = line.locator("form")
    form.get_by_role("button", name="Gửi đề nghị").click()
    assert form.locator("textarea").evaluate("node => node.validity.valueMissing")  # nothing is sent without words
    form.locator("textarea").fill(ASKED)
    form.get_by_role("button", name="Gửi đề nghị").press("Enter")
    expect(line.locator(".said", has_text=ASKED)).to_be_visible()
    expect(line).to_contain_text("Đang chờ thầy cô trả lời.")
    assert not faults(page, "light")
    assert not sideways(page)


def the_way_to_it(teacher: Teacher) -> Page:
    """From the teacher's first page; and a second tab on the same line."""
    page = teacher.page
    page.goto(teacher.home)
    page.get_by_role("link", name="1 đề nghị xem lại hồ sơ").click()
    asked = page.locator("#contests li", has_text=NAME)
    expect(asked).to_contain_text(ASKED)
    expect(asked).to_contain_text(GOAL)
    assert not sideways(page)
    asked.get_by_role("link", name=NAME).click()
    expect(page.locator(".objective", has_text=GOAL).locator(".said", has_text=ASKED)).to_be_visible()
    late = teacher.context.new_page()  # not watched: the browser complains of each refusal
    late.goto(page.url)
    return late
