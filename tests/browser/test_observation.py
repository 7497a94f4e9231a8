"""Sitting in on a lesson: the head of department's seat and form, and what the teacher notes of a pupil."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.lms import people
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.models import Grant
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PHONE, Lesson, Pupil, Stage, Teacher
from tests.browser.steps import open_next, reveal, where

pytestmark = pytest.mark.slow  # who may sit in, and what a note keeps, stand in the gate (pages/test_observation.py)

NAME = "Bùi Quốc Việt"
HEADING, SEEN = "Điều rút ra từ tiết dạy", "Cả lớp đều trả lời, em ở nhà cũng vậy."


def test_a_lesson_is_observed_from_a_seat_and_its_teacher_reads_the_note(stage: Stage, lesson: Lesson) -> None:
    edit_the_form(stage)
    projector = lesson.projector()
    pupil = Pupil.arrive(stage).join(lesson.code, NAME)
    open_next(projector)
    pupil.page.locator("button.answer").first.wait_for()
    head = Teacher.arrive(stage, people.HEAD.slug)
    page = head.page
    page.goto(re.sub(r"(/l/[^/]+/).*", r"\1observe", page.url))
    page.locator("section", has=page.locator("#now")).get_by_role("link", name=re.compile("Vào dự")).first.click()
    screen = head.window("seat", "Xem màn hình lớp", (1280, 720))
    question = projector.locator(".stem").first.inner_text()
    expect(screen.locator(".stem").first).to_have_text(question, use_inner_text=True)
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    expect(screen.locator("#count")).to_contain_text("1/")
    expect(screen.get_by_role("button", name=re.compile("Khoá câu|Câu tiếp|Hiện"))).to_have_count(0)
    assert NAME not in screen.locator("body").inner_text()
    stands = where(projector)
    screen.keyboard.press("ArrowRight")  # the key that would go on steers nothing from here
    pupil.page.locator("button.answer").nth(1).click()
    pupil.says("Đã lưu lúc")
    assert where(projector) == stands
    reveal(projector, "key")
    expect(screen.locator("#where")).to_contain_text("đáp án")
    send_note(page)
    lesson.end()
    page.reload()
    expect(page.locator("textarea")).to_have_count(0)  # sent, it is no longer edited
    teacher = lesson.teacher.page
    teacher.get_by_role("link", name=re.compile("phiếu dự giờ")).click()
    expect(teacher.locator("section.card", has_text=SEEN)).to_contain_text(f"người dự {people.HEAD.name}")
    expect(teacher.get_by_role("heading", name=HEADING)).to_be_visible()
    assert not faults(teacher, "light")
    assert not sideways(teacher)


def test_who_sits_in_is_shown_out_when_the_right_is_withdrawn(stage: Stage, lesson: Lesson) -> None:
    """A fresh ticket each minute; the lesson goes on for everybody else."""
    lesson.projector()
    head = Teacher.arrive(stage, people.HEAD.slug)
    head.page.goto(re.sub(r"(/l/[^/]+/).*", r"\1observe", head.page.url))
    head.page.locator("section", has=head.page.locator("#now")).get_by_role("link", name=re.compile("Vào dự")).click()
    screen = head.window("seat", "Xem màn hình lớp", (1280, 720))
    screen.locator("#count").wait_for()
    with screen.expect_response(lambda answer: "/ticket" in answer.url, timeout=120_000) as renewed:
        pass
    assert renewed.value.ok
    expect(screen.locator("#count")).to_be_visible()
    with withdrawn(stage):
        screen.wait_for_url(re.compile(r"/observe/[^/]+$"), timeout=120_000)
        expect(screen.locator("h1")).to_be_visible()  # and says why
        assert not screen.locator("textarea").count()
    for watched in stage.watched:  # the refusals themselves
        watched.complaints[:] = [said for said in watched.complaints if "403" not in said]


@contextmanager
def withdrawn(stage: Stage) -> Iterator[None]:
    """Meanwhile no right inside the tool holds."""
    app = stage.school.app
    with app.app_context():
        before = {one.id: one.ends_on for one in db.session.query(Grant)}
        db.session.query(Grant).update({"ends_on": today() - timedelta(days=1)})
        db.session.commit()
    yield
    with app.app_context():
        for one in db.session.query(Grant):
            one.ends_on = before[one.id]
        db.session.commit()


def send_note(page: Page) -> None:
    """A draft first, on a phone: it stays; then the note, after it was asked."""
    page.set_viewport_size(PHONE["viewport"])
    field = page.get_by_label(HEADING)
    field.fill("Lớp sôi nổi.")
    page.get_by_role("button", name="Lưu nháp").press("Enter")
    page.get_by_role("status").first.wait_for()
    expect(field).to_have_value("Lớp sôi nổi.")
    assert not faults(page)
    assert not small_targets(page, 44)
    assert not sideways(page)
    field.fill(SEEN)
    page.get_by_role("button", name="Gửi cho giáo viên").press("Enter")
    page.locator("dialog[open] .btn-primary").press("Enter")
    expect(page.get_by_text("Đã gửi cho giáo viên").first).to_be_visible()
    page.set_viewport_size({"width": 1366, "height": 768})


def edit_the_form(stage: Stage) -> None:
    """The school's own words: one more heading in the note."""
    page = Teacher.arrive(stage, people.HEAD.slug).page
    page.goto(re.sub(r"(/l/[^/]+/).*", r"\1rules", page.url))
    form = page.locator("#headings")
    if HEADING not in form.input_value():
        form.fill(f"{form.input_value()}\n{HEADING}")
        page.locator("main form:has(#headings) .btn-primary").click()
        page.get_by_role("status").first.wait_for()


def test_what_a_teacher_saw_of_a_pupil_stands_in_the_pupils_profile(desk: Stage) -> None:
    page = Teacher.arrive(desk).report()
    choice = page.locator("#seen-person")
    choice.select_option(label=choice.locator("option", has_text=NAME).inner_text())
    behaviour = page.locator("#seen-behaviour option").first.inner_text()
    page.get_by_role("button", name="Ghi quan sát").press("Enter")
    page.get_by_role("status").first.wait_for()
    page.goto(re.sub(r"(/l/[^/]+/).*", r"\1class", page.url))
    page.locator(f"a[href*='profile/']:has-text('{NAME}')").first.click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    expect(page.locator("main")).to_contain_text(behaviour)
    pupil = next(one for one in people.COURSE_9A1.pupils if one.name == NAME)
    other = next(one for one in people.COURSE_9A1.pupils if one.name != NAME)
    for who, is_theirs in ((pupil, True), (other, False)):
        own = Teacher.arrive(desk, who.slug).page
        own.goto(re.sub(r"(/l/[^/]+/).*", r"\1profile", own.url))
        own.locator("main h1").wait_for()
        assert (behaviour in own.locator("main").inner_text()) is is_theirs
