"""One pupil's work in one lesson, opened from the gradebook (LTI Submission Review 1.0).

Who may see it is decided by the role of the person who launched: a teacher of this course, or the pupil whose work it
is and whom the LMS vouched for. The name inside the message only says whose work is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template
from sqlalchemy import select

from analytics import reader
from analytics.results import PupilResult, QuestionResult
from live_session import activities
from live_session.errors import UnknownRun
from lti_tool import live
from lti_tool.access import Need, may, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Lesson, LessonRun, Membership, Person, ScoreDecision
from lti_tool.pages import answers

screen = Blueprint("review", __name__, url_prefix="/l/<visit_id>/work/<uid>/<lesson_uid>")


@dataclass(frozen=True)
class Work:
    """What a pupil did in a lesson: the newest run of it that knows them."""

    run: LessonRun
    questions: tuple[QuestionResult, ...]
    result: PupilResult
    decision: ScoreDecision | None


@screen.get("")
@needs(Need.VISIT)
def show(uid: str, lesson_uid: str) -> str:
    """The answers and the confirmed score. Right and wrong are shown to the pupil only once there is one."""
    person = _person(uid)
    work = _work(person, lesson_uid)
    if work is None:
        raise Fault("no_work", 404)
    note_access("work.seen", person.id, f"run:{work.run.run_id}")
    return render_template(
        "review.html",
        here="lessons",
        person=person,
        work=work,
        answers=answers,
        parts=_parts(work.run),
        shows_right=visitor().is_teaching or work.decision is not None,
    )


def _person(uid: str) -> Person:
    """Somebody of this course, whom this visitor may look at. Raises `Fault`, the same for nobody and for no right."""
    visit = visitor()
    found = db.session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.uid == uid, Membership.context_id == visit.context_id)
    ).first()
    is_own = may(visit, Need.OWN) and found is not None and found.id == visit.person_id
    if found is None or not (visit.is_teaching or is_own):
        raise Fault("no_work", 404)
    return found


def _parts(run: LessonRun) -> Mapping[str, Mapping[str, str]]:
    """What the letters of answers stood for, by activity; nothing of a lesson whose log is gone."""
    try:
        deck = live.state_of(run.run_id).deck
    except UnknownRun:
        return {}
    return {a.id: activities.type_of(a.kind).named_parts(activities.content_of(a)) for a in deck}


def _work(person: Person, lesson_uid: str) -> Work | None:
    query = (
        select(LessonRun)
        .join(Lesson, Lesson.id == LessonRun.lesson_id)
        .where(Lesson.uid == lesson_uid, LessonRun.context_id == visitor().context_id)
        .order_by(LessonRun.started_at.desc())
    )
    for run in db.session.scalars(query):
        stored = reader.snapshot_of(db.session.connection(), run.run_id)
        if stored is not None and (result := stored.snapshot.pupils.get(person.uid)):
            return Work(run, tuple(stored.snapshot.questions), result, _decision(run, person))
    return None


def _decision(run: LessonRun, person: Person) -> ScoreDecision | None:
    query = select(ScoreDecision).where(ScoreDecision.run_id == run.run_id, ScoreDecision.person_id == person.id)
    return db.session.scalars(query.order_by(ScoreDecision.id.desc())).first()
