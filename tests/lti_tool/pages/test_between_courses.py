"""A pupil between two courses of one subject, as Moodle has them, one for each class: who moved from 9A1 to 9A2 in
mid-term, who came up a year. What the new class lacks is read from the one before, and nobody sees more than before."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from analytics.regulations.port import NotComputable
from analytics.tables import mastery_estimate
from lti_tool.clock import local, school_year
from lti_tool.extensions import db
from lti_tool.lessons import conduct, courses, families, marks, years
from lti_tool.lessons.marks import Rulebook
from lti_tool.lms import delivery
from lti_tool.lms.port import Column, Grade, Member, services_of
from lti_tool.models import (
    AccessEntry,
    AttendanceDecision,
    Conduct,
    Context,
    Course,
    Deployment,
    GrantKind,
    LaunchKind,
    LaunchVisit,
    LessonRun,
    LineItem,
    Mark,
    MemberRole,
    Membership,
    Place,
    Registration,
    RegistrationState,
    SchoolClass,
    Score,
    ScoreDecision,
    ScoreState,
    Source,
    TermComment,
)
from lti_tool.names import FullName
from tests.lti_tool.lms.fake import FakeLms
from tests.lti_tool.pages.test_profile import DAYS, GOAL, taught, uid, works_in
from tests.lti_tool.pages.test_sheets import cells
from tests.lti_tool.pages.test_years import give
from tests.lti_tool.platform import LEARNER, LTI, NRPS
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool
from tests.lti_tool.witness import fault_of

THERE: dict[str, Any] = {
    f"{LTI}context": {"id": "course-2", "label": "T9A2", "title": "Toán 9A2"},
    f"{LTI}resource_link": {"id": "link-2", "title": "Giơ Tay"},
    NRPS: None,
}


def open_second(tool: Tool, subject: str = "Toán", class_name: str = "9A2", year: str = "2026-2027") -> Browser:
    """Another course, of another class: its teacher's browser."""
    teacher = tool.browser().launch(sub="teacher-2", name="Thầy Nam", **THERE)
    with tool.inside():
        courses.set_up(tool.course("course-2"), subject, 9, year, {class_name: None})
    return teacher


def move(tool: Tool, number: int = 1) -> None:
    """The LMS takes the pupil out of the first course and puts them into the second."""
    tool.platform.members = [one for one in tool.platform.members if one["user_id"] != f"pupil-{number}"]
    with tool.inside():
        who, second = tool.person(f"pupil-{number}").id, tool.course("course-2").id
        db.session.query(Membership).filter_by(person_id=who, context_id=tool.course().id).one().is_active = False
        class_id = db.session.query(SchoolClass).order_by(SchoolClass.id.desc()).first()
        assert class_id is not None
        joined = Membership(context_id=second, person_id=who, role=MemberRole.PUPIL, source=Source.ROSTER)
        joined.class_id = class_id.id
        db.session.add(joined)


def pupil_there(tool: Tool, number: int) -> Browser:
    family, _, given = PUPILS[number - 1].rpartition(" ")
    name = {"name": PUPILS[number - 1], "family_name": family, "given_name": given}
    return tool.browser().launch(sub=f"pupil-{number}", **{**name, f"{LTI}roles": [LEARNER], **THERE})


# --- every number opens its evidence --------------------------------------------------------------------------------


def test_who_moved_takes_along_what_is_behind_the_profile(tool: Tool) -> None:
    """For the new teacher, the pupil and the homeroom teacher: that pupil's answers, and the way back."""
    taught(tool)
    new = open_second(tool)
    move(tool)
    tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        second = tool.course("course-2").id
    mai = tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    pupil, who = pupil_there(tool, 1), uid(tool, 1)
    for browser, path in ((new, f"profile/{who}"), (pupil, "profile"), (mai, f"homeroom/{second}/{who}")):
        page = browser.get(path).text
        assert len(works_in(page)) == DAYS
        assert "ở Toán 9A1" in page
        work = browser.get(works_in(page)[0])
        assert (work.status_code, "<b>C</b>" in work.text) == (200, True)
        assert not [name for name in PUPILS[1:3] if name in work.text]
        assert "Báo cáo cả lớp" not in work.text
        assert 'name="kind" value="contest"' not in work.text  # whoever taught it is not asked from here
        back = re.search(r'class="back" href="/l/[^/]+/([^"]+)"', work.text)
        assert back is not None
        assert browser.get(back[1]).status_code == 200
    assert (
        "phần của các bạn và báo cáo cả lớp không mở được" in new.get(works_in(new.get(f"profile/{who}").text)[0]).text
    )
    with tool.inside():
        seen = db.session.query(AccessEntry).filter_by(action="work.seen", actor_id=tool.person("teacher-2").id)
        assert {one.subject_id for one in seen} == {tool.person("pupil-1").id}


def test_nobody_else_sees_the_work_in_a_course_before(tool: Tool) -> None:
    """Not a classmate's by its address, not from another subject, not of whom the list has no more, no picked name."""
    old = taught(tool)
    new = open_second(tool)
    move(tool)
    first, second = uid(tool, 1), uid(tool, 2)
    path = works_in(new.get(f"profile/{first}").text)[0]
    run_id = path.rpartition("/")[2]
    pupil = pupil_there(tool, 1)
    refused = [
        (new, f"work/{second}/of/{run_id}"),
        (new, f"work/{second}/of/{run_id}/photos/x"),
        (pupil, f"work/{second}/of/{run_id}"),
        (tool.pupil(2), path),
        (tool.browser().launch(sub="stranger", name="x", **THERE | {f"{LTI}roles": []}), path),
    ]
    for browser, address in refused:
        assert (fault_of(answer := browser.get(address)), answer.status_code) == ("no_work", 404), address
    assert new.get(f"runs/{run_id}/report").status_code == 404  # nor the class's report
    with tool.inside():
        db.session.execute(update(LaunchVisit).where(LaunchVisit.id == pupil.visit).values(kind=LaunchKind.CODE))
    assert fault_of(pupil.get(path)) == "no_work"
    assert old.get(path).status_code == 200
    with tool.inside():
        db.session.get_one(Course, tool.course("course-2").id).subject = "Ngữ văn"
    assert fault_of(new.get(path)) == "no_work"
    with tool.inside():
        db.session.get_one(Course, tool.course("course-2").id).subject = "Toán"
        joined = db.session.query(Membership).filter_by(context_id=tool.course("course-2").id, role=MemberRole.PUPIL)
        joined.one().is_active = False
    assert fault_of(new.get(path)) == "no_work"


def test_courses_that_nobody_set_up_have_no_subject_in_common(tool: Tool) -> None:
    taught(tool)
    new = open_second(tool)
    move(tool)
    path = works_in(new.get(f"profile/{uid(tool, 1)}").text)[0]
    with tool.inside():
        db.session.query(Course).delete()
    assert fault_of(new.get(path)) == "no_work"


def test_the_teacher_before_reads_in_words_why_a_later_lesson_does_not_open(tool: Tool) -> None:
    old = taught(tool)
    open_second(tool)
    move(tool)
    with tool.inside():
        who, second = tool.person("pupil-1").uid, tool.course("course-2").id
        newest = db.session.query(LessonRun).order_by(LessonRun.started_at.desc()).first()
        assert newest is not None
        newest.context_id = second
    page = old.get(f"profile/{who}").text
    assert len(works_in(page)) == DAYS - 1
    assert "ở Toán 9A2; chỉ thầy cô đang dạy em ở đó mở được bài này" in page


def columns(page: str) -> list[str]:
    return re.findall(r'<th scope="col" class="wrap">([^<]+)</th>', page)


def test_the_class_page_tells_of_this_school_year(tool: Tool) -> None:
    """What was asked last year, in another course of the subject, is no column; its levels stay in the profile."""
    teacher = taught(tool, ("Năm trước", GOAL))
    assert set(columns(teacher.get("class").text)) == {"Năm trước", GOAL}
    with tool.inside():
        known = select(mastery_estimate.c.body).where(mastery_estimate.c.objective == "Năm trước")
        for body in db.session.scalars(known).all():
            older = json.dumps(json.loads(body) | {"days": ["2024-10-01"]})
            db.session.execute(update(mastery_estimate).where(mastery_estimate.c.body == body).values(body=older))
    assert columns(teacher.get("class").text) == [GOAL]
    assert "Năm trước" in teacher.get(f"profile/{uid(tool, 1)}").text
    tool.lesson(dict(SINGLE) | {"objective": "Năm trước"})  # the course's own lessons name it
    assert set(columns(teacher.get("class").text)) == {"Năm trước", GOAL}


# --- marks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """A pupil who moved from 9A1, where there are marks of term 1, to 9A2 in mid-year."""

    tool: Tool
    old: Browser
    new: Browser
    pupil: int
    first: int
    second: int

    def take(self, **sent: str) -> TestResponse:
        """The new teacher records, with what is sent."""
        return self.new.post("marks", term="1", **sent)

    def row(self, page: str) -> str:
        """What the new teacher's page says of the pupil."""
        found = [one for one in re.findall(r"<tr>.*?</tr>", self.new.get(page).text, re.DOTALL) if PUPILS[0] in one]
        assert len(found) == 1, page
        return str(found[0])

    def book(self, term: int = 1) -> marks.Row:
        course = db.session.get_one(Course, self.second)
        rules = marks.rulebook(course)
        assert isinstance(rules, Rulebook)
        return next(row for row in marks.book(course, rules, term) if row.pupil.person_id == self.pupil)


def moved(tool: Tool, mark: str = "8.0") -> Moved:
    """`mark` in each place of term 1 in the first course."""
    old = tool.set_up(3)
    new = open_second(tool)
    assert old.post("marks/subject", periods="35", form="score").status_code == 303
    assert new.post("marks/subject", periods="35", form="score").status_code == 303
    move(tool)
    with tool.inside():
        pupil, first, second = tool.person("pupil-1").id, tool.course().id, tool.course("course-2").id
        give(first, pupil, 1, mark)
    return Moved(tool, old, new, pupil, first, second)


def test_a_term_without_a_mark_here_counts_by_the_class_before(any_tool: Tool) -> None:
    """On the page of marks and of the year, in each file; and nothing is written anywhere."""
    one = moved(any_tool)
    line = one.row("marks?term=1")
    assert "đang tính theo điểm lớp 9A1" in line
    assert line.count("9A1: <b>8</b>") == 4
    assert 'value="8"' not in line  # to read, not to change
    assert "<b>8</b>" in line.rpartition('<td class="num">')[2]
    year = one.row("marks/year")
    assert ">8<" in year
    assert "từ lớp 9A1" in year
    assert "Chưa có HK II" in year
    assert not re.search(r"Chưa có HK I\b", year)
    with any_tool.inside():
        give(one.second, one.pupil, 2, "6.5")
    assert "<b>7</b>" in one.row("marks/year")  # (8 + 2 × 6,5) : 3
    sheet = one.new.get("marks/sheet.csv?term=1").data.decode("utf-8-sig")
    assert f"1;{PUPILS[0]};8;8;8;8;8;từ lớp 9A1" in sheet
    for path, at in (("marks/files/book.xlsx", 4), ("marks/files/database.xlsx?term=1", 5)):
        given = line_of(cells(one.new.get(path).data), PUPILS[0])
        assert given[at : at + 2] == [8, 8], path
    assert [f"{PUPILS[0]}: từ lớp 9A1"] in [
        [cell for cell in found if cell] for found in cells(one.new.get("marks/files/book.xlsx").data)
    ]
    kept = json.loads(one.new.get("marks/files/everything.json").data)
    assert {(m["term"], m["value"], m["from_class"]) for m in kept["marks"]} == {(1, "8.0", "9A1"), (2, "6.5", "")}
    assert [(m["term1"], m["term2"], m["year"]) for m in kept["results"]] == [("8", "6,5", "7")]
    with any_tool.inside():
        assert db.session.query(Mark).filter_by(context_id=one.second, term=1).count() == 0
        seen = db.session.query(AccessEntry).filter_by(action="marks.seen", subject_id=one.pupil)
        assert {entry.object for entry in seen} == {f"context:{one.first}"}


def line_of(rows: list[list[str | float | None]], name: str) -> list[str | float | None]:
    return next(found for found in rows if name in found)


def test_once_a_mark_stands_here_the_others_are_shown_and_never_mixed_in(any_tool: Tool) -> None:
    one = moved(any_tool)
    assert one.take(**{f"m{one.pupil}.regular1": "4"}).status_code == 303
    line = one.row("marks?term=1")
    assert "Em còn có điểm ở lớp 9A1, không tính vào đây" in line
    assert line.count("9A1: <b>8</b>") == 4
    assert "Thiếu điểm thường xuyên" in line
    assert "Chưa có HK I" in one.row("marks/year")
    with any_tool.inside():
        assert one.book().result == NotComputable("regular_missing")
        seen = one.book().newest[Place.REGULAR_1].id
    back = {f"m{one.pupil}.regular1": "", f"w{one.pupil}.regular1": str(seen), "why": "Ghi nhầm em"}
    assert one.take(**back).status_code == 303
    assert "đang tính theo điểm lớp 9A1" in one.row("marks?term=1")


def test_the_teacher_may_take_the_marks_over_where_nothing_stands(any_tool: Tool) -> None:
    """By the act that makes every mark: a reason is kept with it, and how each was come by."""
    one = moved(any_tool)
    with any_tool.inside():
        test = db.session.query(Mark).filter_by(context_id=one.first, place=Place.FINAL).one()
        test.held, test.decision = "online", "QĐ 12/2026"
    who = one.pupil
    sent = {f"m{who}.regular1": "4", f"m{who}.final": "", f"t{who}": str(one.first)}
    assert one.take(**sent).status_code == 303
    with any_tool.inside():
        made = db.session.query(Mark).filter_by(context_id=one.second).order_by(Mark.id).all()
        assert {(act.place, act.value, act.why) for act in made} == {
            (Place.REGULAR_1, "4.0", ""),
            (Place.REGULAR_2, "8.0", "từ lớp 9A1"),
            (Place.MIDTERM, "8.0", "từ lớp 9A1"),
            (Place.FINAL, "8.0", "từ lớp 9A1"),
        }
        assert {act.made_by for act in made} == {any_tool.person("teacher-2").id}
        assert [(act.held, act.decision) for act in made if act.place is Place.FINAL] == [("online", "QĐ 12/2026")]
        assert one.book().result == Decimal("7.4")
    assert "Em còn có điểm ở lớp 9A1" in one.row("marks?term=1")
    assert "vào ô còn trống" not in one.row("marks?term=1")
    with any_tool.inside():
        assert db.session.query(Mark).filter_by(context_id=one.first).count() == 4


@pytest.mark.parametrize("box", ["0", "99999", "x", ""])
def test_a_box_that_names_no_class_of_the_pupils_takes_nothing_over(tool: Tool, box: str) -> None:
    one = moved(tool)
    assert one.take(**{f"t{one.pupil}": box, "t99999": str(one.first)}).status_code == 303
    with tool.inside():
        assert db.session.query(Mark).filter_by(context_id=one.second).count() == 0


def test_a_form_that_is_refused_keeps_the_box(tool: Tool) -> None:
    one = moved(tool)
    answer = one.take(**{f"m{one.pupil}.regular1": "11", f"t{one.pupil}": str(one.first)})
    assert answer.status_code == 422
    assert re.search(rf'name="t{one.pupil}" value="{one.first}" checked', answer.text)
    with tool.inside():
        assert db.session.query(Mark).filter_by(context_id=one.second).count() == 0


def third(tool: Tool, one: Moved) -> int:
    """One more course of the subject, in which the pupil was for a while; its id."""
    with tool.inside():
        deployment = tool.course().deployment_id
        context = Context(deployment_id=deployment, lms_id="course-3", title="Toán 9A3", created_at=1)
        db.session.add(context)
        db.session.flush()
        courses.set_up(context, "Toán", 9, "2026-2027", {"9A3": None})
        class_id = db.session.query(SchoolClass).filter_by(name="9A3").one().id
        been = Membership(context_id=context.id, person_id=one.pupil, role=MemberRole.PUPIL, source=Source.ROSTER)
        been.class_id, been.is_active = class_id, False
        db.session.add(been)
        give(context.id, one.pupil, 1, "5.0")
        return context.id


def test_of_two_classes_before_neither_counts_until_the_teacher_chose(tool: Tool) -> None:
    one = moved(tool)
    other = third(tool, one)
    line = one.row("marks?term=1")
    assert "ở lớp 9A1 và ở lớp khác nữa" in line
    assert "9A3: <b>5</b>" in line
    with tool.inside():
        assert one.book().result == NotComputable("regular_missing")
    assert one.take(**{f"t{one.pupil}": str(other)}).status_code == 303
    with tool.inside():
        assert one.book().result == Decimal("5.0")


def _other_subject(one: Moved) -> None:
    db.session.get_one(Course, one.first).subject = "Ngữ văn"


def _other_form(one: Moved) -> None:
    db.session.get_one(Course, one.first).is_comment_only = True


def _other_year(one: Moved) -> None:
    db.session.query(Mark).filter_by(context_id=one.first).update({Mark.school_year: "2025-2026"})


def _other_school(one: Moved) -> None:
    addresses = dict.fromkeys(("issuer", "auth_login_url", "token_url", "key_set_url"), "https://other.example")
    school = Registration(client_id="x", name="Trường khác", state=RegistrationState.ACTIVE, created_at=1, **addresses)
    db.session.add(school)
    db.session.flush()
    deployment = Deployment(registration_id=school.id, deployment_id="d", created_at=1)
    db.session.add(deployment)
    db.session.flush()
    db.session.get_one(Context, one.first).deployment_id = deployment.id


def _still_there_in_the_same_class(one: Moved) -> None:
    """The subject in two courses of one class: nobody moved."""
    held = db.session.query(Membership).filter_by(context_id=one.first, person_id=one.pupil).one()
    here = db.session.query(Membership).filter_by(context_id=one.second, person_id=one.pupil).one()
    held.is_active, held.class_id = True, here.class_id


def _left_here(one: Moved) -> None:
    db.session.query(Membership).filter_by(context_id=one.second, person_id=one.pupil).one().is_active = False


@pytest.mark.parametrize(
    "change", [_other_subject, _other_form, _other_year, _other_school, _still_there_in_the_same_class]
)
def test_what_is_not_of_the_class_before_is_not_brought_along(tool: Tool, change: Callable[[Moved], None]) -> None:
    one = moved(tool)
    with tool.inside():
        change(one)
    with tool.inside():
        assert one.book().before == ()
    assert "9A1" not in one.row("marks?term=1")


def test_the_marks_of_the_new_class_stay_with_it(tool: Tool) -> None:
    """The teacher before does not see them, nor the new teacher once the pupil has left there, too."""
    one = moved(tool)
    with tool.inside():
        give(one.second, one.pupil, 2, "6.5")
    assert "6,5" not in one.old.get("marks?term=2").text
    assert "6,5" not in one.old.get("marks/files/everything.json").text
    with tool.inside():
        _left_here(one)
    assert "8.0" not in json.dumps(json.loads(one.new.get("marks/files/everything.json").data)["marks"])


def test_a_comment_of_the_class_before_stands_in_the_sheet_with_its_source(tool: Tool) -> None:
    one = moved(tool)
    with tool.inside():
        said = TermComment(context_id=one.first, school_year="2026-2027", term=1, person_id=one.pupil, made_at=1)
        said.text = "Chăm chỉ"
        db.session.add(said)
    assert "Chăm chỉ (từ lớp 9A1)" in line_of(cells(one.new.get("marks/files/book.xlsx").data), PUPILS[0])
    with tool.inside():
        own = TermComment(context_id=one.second, school_year="2026-2027", term=1, person_id=one.pupil, made_at=2)
        own.text = "Tiến bộ"
        db.session.add(own)
    assert "Tiến bộ" in line_of(cells(one.new.get("marks/files/book.xlsx").data), PUPILS[0])


def test_the_familys_sheet_says_from_which_class_marks_are(tool: Tool) -> None:
    moved(tool)
    mai, path = homeroom_of(tool, "9A2")
    page = mai.get(f"{path}/sheets/{uid(tool, 1)}").text
    assert "</b> (từ lớp 9A1) TX 1: <b>8</b>" in page
    assert mai.get(f"{path}/sheets/pdf").status_code == 200


# --- attendance, taking part, scores --------------------------------------------------------------------------------


def confirm(tool: Tool, *statuses: str, number: int = 1) -> list[str]:
    """The teacher's word on a pupil in each of the first course's lessons, the oldest first; the lessons' days."""
    with tool.inside():
        who, days = tool.person(f"pupil-{number}").id, []
        runs = db.session.query(LessonRun).filter_by(context_id=tool.course().id).order_by(LessonRun.started_at)
        for run, status in zip(runs, statuses, strict=True):
            db.session.add(AttendanceDecision(run_id=run.run_id, person_id=who, status=status, at=run.started_at))
            days.append(local(run.started_at).date().isoformat())
        for course in db.session.query(Course):
            course.school_year = school_year(date.fromisoformat(days[0]))
        return days


def test_the_profile_tells_of_the_lessons_in_both_classes_and_where_each_was(either_tool: Tool) -> None:
    """Attendance by mode, taking part, one by one and in sums: for the new teacher, the pupil, the homeroom teacher."""
    tool = either_tool
    old = taught(tool)
    new = open_second(tool)
    move(tool)
    confirm(tool, "room", "home", "excused", "absent")
    mai, _ = homeroom_of(tool, "9A2")
    with tool.inside():
        second = tool.course("course-2").id
    who, pupil = uid(tool, 1), pupil_there(tool, 1)
    for browser, path in ((new, f"profile/{who}"), (pupil, "profile"), (mai, f"homeroom/{second}/{who}")):
        page = browser.get(path).text
        lessons = page.partition('id="lessons"')[2].partition("</section>")[0]
        assert "L tại lớp 1 · N trực tuyến 1 · P vắng có phép 1 · K vắng không phép 1" in lessons
        assert "Trả lời 16 trên 16 câu được hỏi." in lessons
        assert "Trong đó 4 tiết ở Toán 9A1." in lessons
        assert lessons.count("· ở Toán 9A1") == DAYS
        assert "?look=lesson." not in lessons, "whoever taught it is not asked from here"
    assert "second-look-head" not in pupil.get("profile?look=lesson." + run_of(works_in(page)[0])).text
    own = old.get(f"profile/{uid(tool, 2)}").text
    assert "Trong đó" not in own
    assert "ở Toán 9A1" not in own


def run_of(path: str) -> str:
    return path.rpartition("/")[2]


def test_a_lesson_of_the_new_class_is_counted_beside_those_of_the_class_before(tool: Tool) -> None:
    taught(tool)
    new = open_second(tool)
    move(tool)
    confirm(tool, "room", "room", "home", "absent")
    with tool.inside():
        newest = db.session.query(LessonRun).order_by(LessonRun.started_at.desc()).first()
        assert newest is not None
        newest.context_id = tool.course("course-2").id
    page = new.get(f"profile/{uid(tool, 1)}").text
    assert "Trong đó 3 tiết ở Toán 9A1." in page
    assert page.count("· ở Toán 9A1") == 3
    assert "L tại lớp 2 · N trực tuyến 1 · P vắng có phép 0 · K vắng không phép 1" in page


def test_the_lessons_of_another_school_year_or_subject_are_not_brought_along(tool: Tool) -> None:
    taught(tool)
    new = open_second(tool)
    move(tool)
    confirm(tool, "room", "home", "excused", "absent")
    path = f"profile/{uid(tool, 1)}"
    with tool.inside():
        second = db.session.get_one(Course, tool.course("course-2").id)
        this = second.school_year
        second.school_year = school_year(date(int(this[:4]), 3, 1))
    assert "Chưa có tiết nào" in new.get(path).text
    assert "Trong đó" not in new.get(path).text
    assert json.loads(new.get("marks/files/everything.json").data)["attendance"] == []
    with tool.inside():
        second = db.session.get_one(Course, tool.course("course-2").id)
        second.school_year, second.subject = this, "Ngữ văn"
    assert "Trong đó" not in new.get(path).text
    assert json.loads(new.get("marks/files/everything.json").data)["attendance"] == []


def test_who_has_not_moved_has_no_lessons_of_another_course(tool: Tool) -> None:
    """Still on both lists, in one class: the subject twice. And the teacher before reads nothing of the new class."""
    old = taught(tool)
    new = open_second(tool)
    move(tool)
    confirm(tool, "room", "home", "excused", "absent")
    with tool.inside():
        who, first, second = tool.person("pupil-1").id, tool.course().id, tool.course("course-2").id
        here = db.session.query(Membership).filter_by(person_id=who, context_id=second).one()
        there = db.session.query(Membership).filter_by(person_id=who, context_id=first).one()
        class_id, there.class_id, there.is_active = there.class_id, here.class_id, True
    assert "Trong đó" not in new.get(f"profile/{uid(tool, 1)}").text
    with tool.inside():
        there = db.session.query(Membership).filter_by(person_id=who, context_id=first).one()
        there.class_id, there.is_active = class_id, False
        for run in db.session.query(LessonRun):
            run.context_id = second
    assert "ở Toán 9A2" not in old.get(f"profile/{uid(tool, 1)}").text.partition('id="lessons"')[2]
    assert json.loads(old.get("marks/files/everything.json").data)["attendance"] == []


def test_attendance_goes_along_into_every_file_and_the_familys_sheet(any_tool: Tool) -> None:
    """By month with its days, in the tables, in the sums by mode: what was confirmed, counted once, the class named."""
    taught(any_tool)
    new = open_second(any_tool)
    move(any_tool)
    days = confirm(any_tool, "room", "home", "excused", "absent")
    data = new.get("marks/files/attendance.xlsx").data
    months = sorted({day[:7] for day in days})
    told, letters = {}, dict(zip(days, "xNPK", strict=True))
    for n, month in enumerate(months, 1):
        rows = cells(data, n)
        given = line_of(rows, PUPILS[0])
        of_month = {day for day in days if day.startswith(month)}
        assert {day: given[1 + int(day[8:])] for day in of_month} == {day: letters[day] for day in of_month}
        assert given[-3] == sum(letters[day] in "PK" for day in of_month)
        told[month] = [cell for row in rows for cell in row if cell and "ở lớp 9A1" in str(cell)]
        listed = ", ".join(str(int(day[8:])) for day in sorted(of_month))
        assert told[month] == [f"{PUPILS[0]}: ngày {listed} học ở lớp 9A1"]
    kept = json.loads(new.get("marks/files/everything.json").data)["attendance"]
    assert {(one["day"], one["status"], one["from_class"]) for one in kept} == {
        *((day, status, "9A1") for day, status in zip(days, ("room", "home", "excused", "absent"), strict=True))
    }
    mai, path = homeroom_of(any_tool, "9A2")
    page = " ".join(mai.get(f"{path}/sheets/{uid(any_tool, 1)}").text.split())
    counted = "1 tại lớp · 1 trực tuyến · 1 vắng có phép · 1 vắng không phép"
    assert f"{counted} · gồm 4 tiết ở lớp 9A1" in page
    assert mai.get(f"{path}/sheets/{uid(any_tool, 1)}/pdf").status_code == 200
    with any_tool.inside():
        assert db.session.query(AttendanceDecision).count() == 4  # nothing is copied


def test_within_one_course_too_the_class_before_is_named(tool: Tool) -> None:
    """A course for two classes: who moves from one to the other."""
    teacher = taught(tool)
    confirm(tool, "room", "home", "excused", "absent")
    with tool.inside():
        year = db.session.get_one(Course, tool.course().id).school_year
        courses.set_up(tool.course(), "Toán", 9, year, {"9A1": None, "9A2": None})
        one, two = (db.session.query(SchoolClass).filter_by(name=name).one().id for name in ("9A1", "9A2"))
        db.session.query(LessonRun).update({"class_id": one})
        for held in db.session.query(Membership).filter_by(role=MemberRole.PUPIL):
            held.class_id = two if held.person_id == tool.person("pupil-1").id else one
    assert "Trong đó 4 tiết ở lớp 9A1." in teacher.get(f"profile/{uid(tool, 1)}").text
    assert "Trong đó" not in teacher.get(f"profile/{uid(tool, 2)}").text
    kept = json.loads(teacher.get("marks/files/everything.json").data)["attendance"]
    assert {one["from_class"] for one in kept} == {"9A1"}


def test_scores_of_the_class_before_are_something_to_go_by_with_their_source(tool: Tool) -> None:
    """In the book of marks, in the tables, and, under the class they are of, in OneRoster; no mark comes of them."""
    old = taught(tool)
    new = open_second(tool)
    move(tool)
    confirm(tool, "room", "home", "excused", "absent")
    for browser in (old, new):
        assert browser.post("marks/subject", periods="35", form="score").status_code == 303
    with tool.inside():
        who = tool.person("pupil-1").id
        run = db.session.query(LessonRun).order_by(LessonRun.started_at.desc()).first()
        assert run is not None
        run_id, run.title = run.run_id, "Định lí Vi-ét"
        term = marks.term_of(local(run.started_at).date())
        score = ScoreDecision(run_id=run_id, person_id=who, proposed="7.0", value="7.5", comment="Trình bày rõ", at=1)
        db.session.add(score)
    page = new.get(f"marks?term={term}").text
    assert re.search(rf'href="[^"]*/work/[^"/]+/of/{run_id}">Định lí Vi-ét</a>:\s*<b>7,5</b> \(từ lớp 9A1\)', page)
    kept = json.loads(new.get("marks/files/everything.json").data)
    assert [(one["value"], one["from_class"]) for one in kept["scores"]] == [("7.5", "9A1")]
    assert kept["marks"] == []
    assert ("course-1", "7.5", "Trình bày rõ") in results_in(new)
    with tool.inside():
        assert db.session.query(Mark).count() == 0


def results_in(browser: Browser) -> set[tuple[str, str, str]]:
    """The results of a OneRoster package: the class, the score, the comment."""
    rows = package(browser)["results.csv"]
    return {(row["classSourcedId"], row["score"], row["comment"]) for row in rows}


def package(browser: Browser) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(browser.get("marks/files/oneroster.zip").data)) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }


def test_marks_go_along_in_oneroster_under_the_class_they_were_made_in(any_tool: Tool) -> None:
    """By the ids of the other course's own package, so that nobody who reads both has them twice; a mark of the new
    class stands beside them, under its own."""
    one = moved(any_tool)
    before, theirs = package(one.new), package(one.old)
    ids = {row["sourcedId"] for row in before["results.csv"]}
    assert len(ids) == 4
    assert ids == {row["sourcedId"] for row in theirs["results.csv"]}
    assert results_in(one.new) == {("course-1", "8.0", "từ lớp 9A1")}
    assert {row["classSourcedId"] for row in before["lineItems.csv"]} == {"course-1"}
    for kind, there in (("categorySourcedId", "categories.csv"), ("academicSessionSourcedId", "academicSessions.csv")):
        assert {row[kind] for row in before["lineItems.csv"]} <= {row["sourcedId"] for row in before[there]}
    assert one.take(**{f"m{one.pupil}.regular1": "4"}).status_code == 303
    assert results_in(one.new) == {("course-1", "8.0", "từ lớp 9A1"), ("course-2", "4.0", "")}
    lines = {row["sourcedId"] for row in package(one.new)["lineItems.csv"]}
    assert len(lines) == 5
    assert {row["classSourcedId"] for row in package(one.old)["results.csv"]} == {"course-1"}


# --- the columns of the LMS -----------------------------------------------------------------------------------------


def round_of(tool: Tool, lms: FakeLms) -> None:
    """Everything that is due goes out, as the job sends it."""
    with tool.inside():
        for item_id in delivery.due():
            delivery.deliver(item_id, lambda _: lms)


def in_columns(lms: FakeLms) -> dict[str, str]:
    return {lms.columns[address].tag: grade.value for (address, _), grade in lms.grades.items()}


def test_marks_come_into_the_new_course_s_columns_by_the_teachers_act_alone(any_tool: Tool) -> None:
    """What counts without an act stays out of the gradebook; what was taken over goes there as every mark does, and
    never over what somebody typed there."""
    one = moved(any_tool)
    lms = FakeLms([Member("pupil-1", MemberRole.PUPIL, FullName(PUPILS[0], ""), is_active=True)])
    with any_tool.inside():
        context = db.session.get_one(Context, one.second)
        context.line_items_url, context.grade_scopes = "fake:columns", "score"
        by_hand = lms.column(services_of(context), Column("marks-2026-2027-1", "midterm", "GK", 10))
    lms.grades[by_hand, "pupil-1"] = Grade("pupil-1", "6", 10, "", 1)
    assert one.take(column="1").status_code == 303
    round_of(any_tool, lms)
    assert in_columns(lms) == {"midterm": "6"}
    assert one.take(**{f"t{one.pupil}": str(one.first)}, column="1").status_code == 303
    round_of(any_tool, lms)
    assert in_columns(lms) == {"regular1": "8.0", "regular2": "8.0", "midterm": "6", "final": "8.0"}
    with any_tool.inside():
        changed = db.session.query(Score).filter_by(state=ScoreState.CHANGED).one()
        assert (changed.line_item.tag, changed.line_item.context_id, changed.theirs) == ("midterm", one.second, "6")
        address = f"marks/grades/1/midterm/{one.pupil}"
    assert f"{address}/theirs" in one.new.get("marks?term=1").text  # both are shown, and the teacher chooses
    assert one.new.post(f"{address}/ours").status_code == 303
    round_of(any_tool, lms)
    assert in_columns(lms)["midterm"] == "8.0"
    with any_tool.inside():
        assert {item.context_id for item in db.session.query(LineItem)} == {one.second}  # none of the class before


# --- conduct --------------------------------------------------------------------------------------------------------


def homeroom_of(tool: Tool, class_name: str) -> tuple[Browser, str]:
    """The homeroom teacher's browser, and the path of the class."""
    tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        class_id = db.session.query(SchoolClass).filter_by(name=class_name).one().id
    mai = tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    return mai, f"homeroom/classes/{class_id}"


def said(tool: Tool, class_name: str, who: int, term: int, level: str, absent: int | None) -> None:
    with tool.inside():
        class_id = db.session.query(SchoolClass).filter_by(name=class_name).one().id
        act = Conduct(class_id=class_id, term=term, person_id=who, level=level, absent=absent, made_at=1)
        db.session.add(act)


def test_conduct_goes_along_and_half_days_of_both_classes_add_up(any_tool: Tool) -> None:
    """45 half-days are counted over the year, whatever class they were missed in."""
    one = moved(any_tool)
    said(any_tool, "9A1", one.pupil, 1, "kha", 30)
    said(any_tool, "9A1", one.pupil, 2, "", 10)  # before the move, in the term of the move
    mai, path = homeroom_of(any_tool, "9A2")
    page = mai.get(f"{path}/year").text
    assert "Lớp 9A1: <b>Khá</b>, nghỉ 30 buổi" in page
    assert "gồm 40 buổi ở lớp 9A1" in page
    assert "không gõ lại số của lớp cũ" in page
    assert "từ lớp 9A1" in page  # the marks of term 1
    form = {f"l{one.pupil}.1": "", f"l{one.pupil}.2": "tot", f"n{one.pupil}.2": "6", f"n{one.pupil}.1": ""}
    assert mai.post(f"{path}/year", **form).status_code == 303
    with any_tool.inside():
        class_ = db.session.query(SchoolClass).filter_by(name="9A2").one()
        (row,) = years.of_class(class_).rows
        assert (row.conduct[1].level, row.conduct[2].level, row.conduct_year) == ("kha", "tot", "tot")
        assert row.absent == 46
        assert isinstance(row.promotion, NotComputable) or "absent_sessions" in str(row.promotion.reasons)
        (sheet,) = families.sheets(class_)
        assert sheet.absent == 46
        assert [act.class_id for act in db.session.query(Conduct).filter_by(made_by=any_tool.person("homeroom-1").id)]
        assert db.session.query(Conduct).filter_by(class_id=class_.id).count() == 1  # nothing is copied
        seen = db.session.query(AccessEntry).filter_by(action="year.seen", subject_id=one.pupil)
        assert seen.count() > 0
    xlsx = cells(mai.get(f"{path}/book.xlsx").data, 1)
    assert line_of(xlsx, PUPILS[0])[-2:] == ["Khá", 30]


def test_the_homeroom_teacher_before_reads_no_conduct_of_the_new_class(tool: Tool) -> None:
    """Not in the class book either, which keeps who left with a mark."""
    one = moved(tool)
    said(tool, "9A2", one.pupil, 1, "kha", 7)
    with tool.inside():
        class_ = db.session.query(SchoolClass).filter_by(name="9A1").one()
        rows = {row.pupil.person_id: row for row in years.of_class(class_, with_former=True).rows}
        assert (rows[one.pupil].before, rows[one.pupil].conduct, rows[one.pupil].absent) == ((), {}, None)


def kept(level: str, absent: int | None) -> conduct.Kept:
    return conduct.Kept(1, level, absent, "", 1, "")


@pytest.mark.parametrize(
    ("own", "others", "whole"),
    [
        (None, [("kha", 3)], ("kha", 3)),
        (("", None), [("kha", 3)], ("kha", 3)),  # taken back
        (("tot", 2), [("kha", 3)], ("tot", 5)),
        (("", 2), [("kha", 3)], ("kha", 5)),
        (("tot", None), [("kha", 3)], ("tot", None)),  # this class's half-days are not said yet
        (("tot", 2), [("kha", None)], ("tot", None)),  # nor those of the class before
        (None, [("kha", 3), ("tot", 4)], ("", 7)),  # two levels: which one, a teacher says
        (("tot", 2), [], ("tot", 2)),
    ],
)
def test_two_classes_in_one_term(
    own: tuple[str, int | None] | None, others: list[tuple[str, int | None]], whole: tuple[str, int | None]
) -> None:
    before = [conduct.Before(n, f"9A{n}", {1: kept(*one)}) for n, one in enumerate(others)]
    found = conduct.together({1: kept(*own)} if own else {}, before)[1]
    assert (found.level, found.absent) == whole
