"""A pupil between two courses of one subject, as Moodle has them, one for each class: who moved from 9A1 to 9A2 in
mid-term, who came up a year. What the new class lacks is read from the one before, and nobody sees more than before."""

import json
import re
from typing import Any

from sqlalchemy import select, update

from analytics.tables import mastery_estimate
from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.models import (
    AccessEntry,
    Course,
    GrantKind,
    LaunchKind,
    LaunchVisit,
    LessonRun,
    MemberRole,
    Membership,
    SchoolClass,
    Source,
)
from tests.lti_tool.pages.test_profile import DAYS, GOAL, taught, uid, works_in
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
