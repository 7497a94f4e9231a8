"""Where a launch lands: the teacher's lessons, the pupil's lesson, the head's overview, or a word for the rest."""

from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select

from lti_tool import authority
from lti_tool.access import Need, needs, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import editing, roster, running
from lti_tool.lessons.decks import faults_of
from lti_tool.models import Context, Course, Lesson, LessonRun, LineItem, ResourceLink, Score, ScoreState
from lti_tool.pages.desk import classes_of, done
from lti_tool.translations import words

screen = Blueprint("home", __name__, url_prefix="/l/<visit_id>")

RECENT = 12


@screen.get("/")
@needs(Need.NOTHING)
def landing() -> Any:
    """The first page of a launch. A frame that was refused its cookie is offered a window instead."""
    visit = g.visit
    if visit is None:
        said = {"enter": url_for("open.enter"), "words": words("enter.")}
        return render_template("framed.html", boot=said), 403
    if visit.is_teaching and not visit.deep_link:
        return _teacher()
    place = _place_of(visit)
    return redirect(url_for(place), 303) if place else render_template("guest.html")


def _place_of(visit: authority.Visit) -> str | None:
    """Where somebody who does not teach here goes; a teacher who is choosing lessons for the LMS, too."""
    places = (
        (visit.deep_link is not None, "deep_link.choose"),
        (visit.is_reviewing, "department.overview"),
        (visit.is_learning, "phone.page"),
        (visit.is_administering, "connection.overview"),
    )
    return next((endpoint for holds, endpoint in places if holds), None)


def _teacher() -> Any:
    visit = visitor()
    if db.session.get(Course, visit.context_id) is None:
        return redirect(url_for("course.set_up"), 303)
    lessons = db.session.scalars(
        select(Lesson)
        .where(Lesson.context_id == visit.context_id, Lesson.deleted_at.is_(None))
        .order_by(Lesson.changed_at.desc())
    ).all()
    runs = db.session.scalars(
        select(LessonRun)
        .where(LessonRun.context_id == visit.context_id)
        .order_by(LessonRun.started_at.desc())
        .limit(RECENT)
    ).all()
    linked = _linked_lesson(visit)
    first = next((lesson for lesson in lessons if lesson.id == linked), lessons[0] if lessons else None)
    return render_template(
        "home.html",
        here="lessons",
        first=first,
        faults=[a for a in first.activities if faults_of(a)] if first else [],
        lessons=lessons,
        running=[r for r in runs if r.ended_at is None],
        past=[r for r in runs if r.ended_at is not None],
        classes=classes_of(visit.context_id),
        pupils=len(roster.pupils(visit.context_id)),
        context=db.session.get(Context, visit.context_id),
        unsent=_unsent(visit.context_id),
    )


def _linked_lesson(visit: authority.Visit) -> int | None:
    link = db.session.get(ResourceLink, visit.resource_link_id) if visit.resource_link_id else None
    return link.lesson_id if link else None


def _unsent(context_id: int) -> int:
    """Scores of this course that have not reached the LMS."""
    query = (
        select(Score.id)
        .join(LineItem, LineItem.id == Score.line_item_id)
        .where(LineItem.context_id == context_id, Score.state != ScoreState.SENT)
    )
    return len(db.session.scalars(query).all())


@screen.post("/window")
@needs(Need.VISIT)
def window() -> Response:
    """A one-time code that opens one of this launch's own pages in a new window."""
    visit = visitor()
    destination = str(request.form.get("to") or (request.get_json(silent=True) or {}).get("to") or "")
    if not destination.startswith(f"/l/{visit.id}/"):
        raise Fault("window_code", 403)
    return jsonify(code=authority.window_code(visit.id, destination))


@screen.post("/lessons")
@needs(Need.TEACH)
def make_lesson() -> Response:
    """A new, empty lesson, opened in the editor."""
    visit = visitor()
    lesson = editing.make_lesson(visit.context_id, visit.person_id, request.form.get("title", ""))
    return done("editor.edit", lesson_uid=lesson.uid)


@screen.post("/runs")
@needs(Need.TEACH)
def start() -> Response:
    """Start a lesson for a class; its start page says how the pupils come in."""
    visit = visitor()
    lesson = editing.lesson_of(request.form.get("lesson", ""), visit.context_id)
    class_id = request.form.get("class", type=int)
    classes = classes_of(visit.context_id)
    if class_id is None and len(classes) == 1:
        class_id = classes[0].id
    run = running.start(lesson, visit, class_id)
    return done("teach.start_page", run_id=run.run_id)
