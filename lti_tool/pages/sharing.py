"""Lessons beyond their course: share one with colleagues, read and copy theirs, copy one's own to another course."""

from flask import Blueprint, Response, render_template, request

from lti_tool.access import Need, needs, visitor
from lti_tool.extensions import db
from lti_tool.lessons import copying, objectives, sharing
from lti_tool.lessons.reading import read
from lti_tool.models import Context, Lesson, Person
from lti_tool.pages.desk import done, form_id, name_of_course
from lti_tool.pages.editor import lesson

screen = Blueprint("sharing", __name__, url_prefix="/l/<visit_id>")


@screen.get("/shared")
@needs(Need.TEACH)
def list_() -> str:
    """What colleagues of the same subject share."""
    lessons = sharing.shared_with(visitor().context_id)
    return render_template("shared.html", here="lessons", lessons=[(one, *_from(one)) for one in lessons])


def _from(one: Lesson) -> tuple[str, str]:
    """(the course, the author's name) of a lesson."""
    author = db.session.get(Person, one.author_id) if one.author_id else None
    return name_of_course(one.context_id), author.name if author else ""


@screen.get("/shared/<lesson_uid>")
@needs(Need.TEACH)
def show(lesson_uid: str) -> str:
    """A colleague's lesson, to read with its keys."""
    one = sharing.shared_lesson(lesson_uid, visitor().context_id)
    course, author = _from(one)
    return render_template(
        "shared.html",
        here="lessons",
        lesson=one,
        objectives=objectives.in_words_of_today(one.objectives, objectives.now_called(one.context_id)),
        course=course,
        author=author,
        shown=[read(activity) for activity in one.activities],
    )


@screen.post("/shared/<lesson_uid>")
@needs(Need.TEACH)
def take(lesson_uid: str) -> Response:
    """A copy of a colleague's lesson in this course."""
    visit = visitor()
    one = sharing.shared_lesson(lesson_uid, visit.context_id)
    copied = copying.copy(one, db.session.get_one(Context, visit.context_id), visit.person_id)
    return done("editor.edit", "lesson_copied", lesson_uid=copied.uid)


@screen.get("/lessons/<lesson_uid>/share")
@needs(Need.TEACH)
def offer(lesson_uid: str) -> str:
    """Who may have this lesson: colleagues, and this teacher's other courses."""
    visit = visitor()
    courses = [
        (c.context_id, name_of_course(c.context_id)) for c in sharing.courses_of(visit.person_id, visit.context_id)
    ]
    return render_template("share.html", here="lessons", lesson=lesson(lesson_uid), courses=courses)


@screen.post("/lessons/<lesson_uid>/share")
@needs(Need.TEACH)
def share(lesson_uid: str) -> Response:
    """Share with colleagues, or no longer; or copy to the course that the form names."""
    one = lesson(lesson_uid)
    if (course := form_id("course")) is not None:
        sharing.copy_to(one, course, visitor().person_id)
        return done("sharing.offer", "lesson_copied_there", lesson_uid=one.uid)
    is_shared = request.form.get("do") == "share"
    sharing.share(one, is_shared=is_shared)
    return done("sharing.offer", "lesson_shared" if is_shared else "lesson_unshared", lesson_uid=one.uid)
