"""Earlier versions of a lesson: undo, redo, look at one, bring it back."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from lti_tool.access import Need, needs, visitor
from lti_tool.extensions import db
from lti_tool.lessons import history
from lti_tool.lessons.reading import read
from lti_tool.models import Lesson, LessonVersion, Person
from lti_tool.pages.desk import done
from lti_tool.pages.editor import held, lesson

screen = Blueprint("history", __name__, url_prefix="/l/<visit_id>/lessons/<lesson_uid>/history")


@screen.get("")
@needs(Need.TEACH)
def list_(lesson_uid: str) -> str:
    """What can be brought back, the newest first."""
    return _page(lesson(lesson_uid), None)


@screen.get("/<int:version_id>")
@needs(Need.TEACH)
def show(lesson_uid: str, version_id: int) -> str:
    """One version, as it stood."""
    one = lesson(lesson_uid)
    return _page(one, history.version_of(one, version_id))


def _page(one: Lesson, version: LessonVersion | None) -> str:
    versions = history.versions(one)
    named = {v.saved_by for v in versions if v.saved_by}
    activities = history.activities_at(version) if version else []
    return render_template(
        "history.html",
        here="lessons",
        lesson=one,
        versions=versions,
        version=version,
        names={id_: person.name for id_ in named if (person := db.session.get(Person, id_))},
        shown=[read(a) for a in activities],
    )


@screen.post("")
@needs(Need.TEACH)
def step(lesson_uid: str) -> Response:
    """Undo the last step, or do it again; back in the editor where one was."""
    one = held(lesson_uid)
    is_redo = request.form.get("do") == "redo"
    row = history.redo(one) if is_redo else history.undo(one)
    here = {a.uid for a in one.activities}
    at = next((uid for uid in (row.which if row else "", request.form.get("activity", "")) if uid in here), None)
    values: dict[str, Any] = {"activity": at} if at else {}
    return done("editor.edit", ("redone" if is_redo else "undone") if row else "", lesson_uid=one.uid, **values)


@screen.post("/<int:version_id>")
@needs(Need.TEACH)
def restore(lesson_uid: str, version_id: int) -> Response:
    """Bring a version back; what stood until now can be brought back too."""
    one = held(lesson_uid)
    history.restore(one, history.version_of(one, version_id), visitor().person_id)
    return done("editor.edit", "version_restored", lesson_uid=one.uid)
