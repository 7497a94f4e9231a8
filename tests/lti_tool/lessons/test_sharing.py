"""Lessons beyond their course: whom a share reaches, what a copy takes along, and what stays."""

import pytest

from lti_tool.extensions import db
from lti_tool.lessons import courses, pictures
from lti_tool.lessons.templates import TEMPLATES
from lti_tool.models import Lesson, LessonActivity, Picture
from tests.lti_tool.platform import INSTRUCTOR, LTI
from tests.lti_tool.school import picture
from tests.lti_tool.tool import OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of


def other_course(tool: Tool, sub: str, subject: str = "Toán", lms_id: str = "course-2") -> Browser:
    """A teacher launched into another course, which is set up."""
    context = {"id": lms_id, "title": f"{subject} 8B", "label": lms_id}
    browser = tool.browser().launch(sub=sub, name="Cô Lan", **{f"{LTI}roles": [INSTRUCTOR], f"{LTI}context": context})
    with tool.inside():
        courses.set_up(tool.course(lms_id), subject, 8, "2026-2027", {"8B": None})
    return browser


def own(tool: Tool, lms_id: str) -> list[Lesson]:
    context = tool.course(lms_id)
    return list(db.session.query(Lesson).filter_by(context_id=context.id))


def test_a_shared_lesson_is_read_and_copied_by_a_colleague_with_its_pictures(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    colleague = other_course(either_tool, "teacher-2")
    with either_tool.inside():
        kept = pictures.keep(either_tool.course().id, picture()).id
    uid = either_tool.lesson({**SINGLE, "content": {**SINGLE["content"], "image": {"id": kept, "alt": "đồ thị"}}})
    assert colleague.get(f"shared/{uid}").status_code == 404
    teacher.post(f"lessons/{uid}/share", do="share")
    assert "Hệ thức Vi-ét" in colleague.get("shared").text
    page = colleague.get(f"shared/{uid}").text
    assert "Đáp án:" in page
    assert "Nguyễn Thu Hà" in page
    assert colleague.post(f"shared/{uid}").status_code == 303
    with either_tool.inside():
        (copied,) = own(either_tool, "course-2")
        assert copied.copied_from_uid == uid
        assert copied.shared_at is None, "whether a copy is shared is its new author's to say"
        (activity,) = copied.activities
        assert activity.uid not in {a.uid for a in own(either_tool, "course-1")[0].activities}
        image = db.session.get_one(Picture, activity.content["image"]["id"])
        assert (image.id != kept, image.context_id) == (True, copied.context_id)


def test_a_share_ends_and_copies_stay(tool: Tool) -> None:
    teacher, colleague = tool.set_up(), other_course(tool, "teacher-2")
    uid = tool.lesson(SINGLE)
    teacher.post(f"lessons/{uid}/share", do="share")
    colleague.post(f"shared/{uid}")
    teacher.post(f"lessons/{uid}/share", do="unshare")
    before = contents(tool)
    for answer in (colleague.get(f"shared/{uid}"), colleague.post(f"shared/{uid}")):
        assert (fault_of(answer), answer.status_code) == ("lesson_not_shared", 404)
    assert contents(tool) == before
    assert uid not in colleague.get("shared").text
    with tool.inside():
        assert len(own(tool, "course-2")) == 1


def test_a_share_reaches_nobody_of_another_subject(tool: Tool) -> None:
    teacher, other = tool.set_up(), other_course(tool, "teacher-2", "Ngữ văn")
    uid = tool.lesson(SINGLE)
    teacher.post(f"lessons/{uid}/share", do="share")
    assert other.get(f"shared/{uid}").status_code == 404
    assert uid not in other.get("shared").text


def test_a_shared_lesson_cannot_be_written_by_who_reads_it(tool: Tool) -> None:
    teacher, colleague = tool.set_up(), other_course(tool, "teacher-2")
    uid = tool.lesson(SINGLE)
    teacher.post(f"lessons/{uid}/share", do="share")
    before = contents(tool)
    assert colleague.get(f"lessons/{uid}").status_code == 404
    assert colleague.post(f"lessons/{uid}/share", do="unshare").status_code == 404
    assert colleague.post(f"lessons/{uid}/do", do="delete").status_code == 404
    assert contents(tool) == before


def test_a_copy_goes_to_a_course_of_the_same_teacher_only(tool: Tool) -> None:
    teacher = tool.set_up()
    other_course(tool, "teacher-1")
    other_course(tool, "teacher-2", lms_id="course-3")
    uid = tool.lesson(SINGLE, OPEN)
    with tool.inside():
        mine, not_mine = tool.course("course-2").id, tool.course("course-3").id
    assert teacher.post(f"lessons/{uid}/share", course=str(mine)).status_code == 303
    with tool.inside():
        (copied,) = own(tool, "course-2")
        assert [a.kind for a in copied.activities] == ["single", "open"]
    before = contents(tool)
    for course in (not_mine, 0, "9" * 40):
        answer = teacher.post(f"lessons/{uid}/share", course=str(course))
        assert (fault_of(answer), answer.status_code) == ("course_not_yours", 403)
    assert contents(tool) == before


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_adds_its_activities_with_questions_begun(tool: Tool, name: str) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(SINGLE)
    assert teacher.post(f"lessons/{uid}/templates", template=name).status_code == 303
    with tool.inside():
        added = db.session.query(LessonActivity).order_by(LessonActivity.position).all()[1:]
        assert [a.kind for a in added] == [begun.kind for begun in TEMPLATES[name]]
        assert all(a.content["prompt"] and "template." not in a.content["prompt"] for a in added)
        assert [a.position for a in added] == list(range(1, len(added) + 1))
    teacher.post(f"lessons/{uid}/history", do="undo")
    with tool.inside():
        assert db.session.query(LessonActivity).count() == 1


def test_an_unknown_template_and_one_too_many_change_nothing(tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(*[OPEN] * 58)
    before = contents(tool)
    assert fault_of(teacher.post(f"lessons/{uid}/templates", template="<script>")) == "template_unknown"
    assert fault_of(teacher.post(f"lessons/{uid}/templates", template="warm_up")) == "too_many_activities"
    assert contents(tool) == before
