"""Where a launch lands: the teacher's lessons, the pupil's lesson, the head's overview, or a word for the rest."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, render_template, request, url_for
from sqlalchemy import func, or_, select

from lti_tool import authority
from lti_tool.access import Need, needs, visitor
from lti_tool.clock import now, school_year, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.headers import allow_frame
from lti_tool.launch.framing import own_origins
from lti_tool.lessons import editing, periods, practices, profilewords, roster, running
from lti_tool.lessons.decks import faults_of
from lti_tool.lms import delivery
from lti_tool.lms.google import PROTOCOL
from lti_tool.models import (
    Context,
    Course,
    Lesson,
    LessonActivity,
    LessonRun,
    LineItem,
    ResourceLink,
    Score,
    ScoreState,
)
from lti_tool.onward import see_other
from lti_tool.pages.desk import classes_of, done, form_id

screen = Blueprint("home", __name__, url_prefix="/l/<visit_id>")

RECENT = 12
ON_THEIR_WAY = 5 * 60_000
"""Milliseconds for which a score that was just written is no news: the job takes seconds."""


@screen.get("/")
@needs(Need.NOTHING)
def landing() -> Any:
    """The first page of a launch. A frame that was refused its cookie, or its origin (`?window=`), is offered a window
    instead."""
    visit = g.visit
    if visit is None or "window" in request.args:
        return _offer_window(), 403
    if visit.is_teaching and not visit.deep_link:
        return _teacher()
    place = _place_of(visit)
    return see_other(url_for(place)) if place else render_template("guest.html")


def _offer_window() -> str:
    """The page that opens a window by the code after the #. The LMS may frame it, whoever looks."""
    one = authority.registration_of(g.visit_id) or abort(404)
    allow_frame(*own_origins(one.issuer, one.auth_login_url, one.frame_origins))
    is_whole = request.headers.get("Sec-Fetch-Dest") == "document"
    return render_template("framed.html", boot={"enter": url_for("open.enter")}, is_whole=is_whole)


def _place_of(visit: authority.Visit) -> str | None:
    """Where somebody who does not teach here goes; a teacher who is choosing lessons for the LMS, too."""
    places = (
        (visit.deep_link is not None, "deep_link.choose"),
        (visit.is_reviewing, "department.overview"),
        (visit.is_learning, "phone.page"),
        (visit.is_observing, "observation.list_"),
        (visit.is_administering, "connection.overview"),
    )
    return next((endpoint for holds, endpoint in places if holds), None)


def _teacher() -> Any:
    visit = visitor()
    course = db.session.get(Course, visit.context_id)
    if course is None:
        return see_other(url_for("course.set_up"))
    lessons, runs = _lessons(visit.context_id), _latest_runs(visit.context_id)
    asked = next((one for one in lessons if one.uid == request.args.get("lesson")), None)
    first = asked or _first_of(lessons, visit)
    return render_template(
        "home.html",
        here="lessons",
        first=first,
        is_asked=asked is not None,
        faults=[a for a in first.activities if faults_of(a)] if first else [],
        lessons=lessons,
        counts=_counts([one.id for one in lessons]),
        most_shown=RECENT,
        running=[r for r in runs if r.ended_at is None],
        past=[r for r in runs if r.ended_at is not None],
        practices=(given := practices.of_course(visit.context_id)[:RECENT]),
        caught_up=practices.caught_up(given),
        classes=classes_of(visit.context_id),
        pupils=len(roster.pupils(visit.context_id)),
        context=db.session.get(Context, visit.context_id),
        posted=_posted(visit.context_id),
        unsent=_unsent(course),
        contests=len(profilewords.unanswered(visit.context_id)),
        old_year=course.school_year if course.school_year < school_year(today()) else None,
        owed=periods.owed_by(visit.person_id, visit.registration_id, now()),
    )


def _lessons(context_id: int) -> Sequence[Lesson]:
    """Those of a course, the one changed last first."""
    query = select(Lesson).where(Lesson.context_id == context_id, Lesson.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Lesson.changed_at.desc())).all()


def _latest_runs(context_id: int) -> Sequence[LessonRun]:
    query = select(LessonRun).where(LessonRun.context_id == context_id)
    return db.session.scalars(query.order_by(LessonRun.started_at.desc()).limit(RECENT)).all()


def _counts(lesson_ids: list[int]) -> dict[int, int]:
    """How many activities each of these lessons has, where it has any."""
    lesson_id = LessonActivity.lesson_id
    query = select(lesson_id, func.count().label("n")).where(lesson_id.in_(lesson_ids)).group_by(lesson_id)
    return {row.lesson_id: row.n for row in db.session.execute(query)}


def _posted(context_id: int) -> dict[str, LineItem] | None:
    """Where the links of this course's lessons stand in Google Classroom, by lesson; None in any other course: there
    the LMS itself asks for them."""
    context = db.session.get_one(Context, context_id)
    if context.deployment.registration.protocol != PROTOCOL:
        return None
    query = select(LineItem).where(LineItem.context_id == context_id, LineItem.tag == delivery.TAG)
    return {item.resource_id: item for item in db.session.scalars(query)}


def _first_of(lessons: Sequence[Lesson], visit: authority.Visit) -> Lesson | None:
    """The lesson that is offered to be taught: the one of the activity that was launched, else the newest with anything
    in it."""
    link = db.session.get(ResourceLink, visit.resource_link_id) if visit.resource_link_id else None
    linked = next((one for one in lessons if link is not None and one.id == link.lesson_id), None)
    return linked or next((one for one in lessons if one.activities), lessons[0] if lessons else None)


def _unsent(course: Course) -> list[str]:
    """Where each score of this course that has not reached the LMS, the newest first, can be seen and sent again:
    on a lesson's report, in the book of marks. What has no such page any more is no business of this one, nor what
    the teacher wrote a moment ago and the job has not tried yet."""
    is_late = or_(Score.state != ScoreState.WAITING, Score.tries > 0, Score.timestamp < now() - ON_THEIR_WAY)
    query = (
        select(LineItem.resource_id)
        .join(Score, LineItem.id == Score.line_item_id)
        .where(LineItem.context_id == course.context_id, Score.state.not_in(delivery.SETTLED), is_late)
        .order_by(Score.timestamp.desc())
    )
    resources = db.session.scalars(query).all()
    places = {resource: _place_of_column(course, resource) for resource in dict.fromkeys(resources)}
    return [place for resource in resources if (place := places[resource])]


def _place_of_column(course: Course, resource: str) -> str | None:
    if term := delivery.term_of(course, resource):
        return url_for("marks.book", term=term)
    query = select(LessonRun.run_id).join(Lesson).where(Lesson.uid == resource)
    query = query.where(LessonRun.context_id == course.context_id).order_by(LessonRun.started_at.desc())
    run_id = db.session.scalars(query.limit(1)).first()
    return url_for("report.show", run_id=run_id, _anchor="pupils") if run_id else None


@screen.post("/window")
@needs(Need.VISIT)
def window() -> Response:
    """A one-time code that opens one of this launch's own pages in a new window."""
    visit = visitor()
    sent = request.get_json(silent=True)
    destination = request.form.get("to") or (sent.get("to") if isinstance(sent, dict) else None)
    if not isinstance(destination, str) or not _is_page_of(visit, destination):
        raise Fault("window_code", 403)
    return jsonify(code=authority.window_code(visit.id, destination))


def _is_page_of(visit: authority.Visit, path: str) -> bool:
    """It goes into a header, and so on one line."""
    return path.startswith(f"/l/{visit.id}/") and path.isprintable() and len(path) <= 500


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
    class_id = form_id("class")
    classes = classes_of(visit.context_id)
    if class_id is None and len(classes) == 1:
        class_id = classes[0].id
    run = running.start(lesson, visit, class_id)
    return done("teach.start_page", run_id=run.run_id)
