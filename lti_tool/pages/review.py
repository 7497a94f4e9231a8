"""One pupil's work in one lesson, opened from the gradebook (LTI Submission Review 1.0) or from the pupil's profile, or
in work at their own pace that is closed.

Who may see it is decided by the role of the person who launched (`profile.eyes_on`). The name inside the message
only says whose work is meant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, url_for
from sqlalchemy import select

from analytics import reader
from analytics.results import PupilResult, QuestionResult
from live_session import activities
from live_session.errors import UnknownRun
from live_session.model import Millis
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from lti_tool import live
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import judgements
from lti_tool.lessons.profilewords import LONGEST_TEXT
from lti_tool.models import Lesson, LessonRun, Person, Practice, ScoreDecision
from lti_tool.pages import answers
from lti_tool.pages.desk import name_of_course
from lti_tool.pages.profile import Eyes, eyes_on, homeroom_course
from lti_tool.pages.uploads import photo_response

screen = Blueprint("review", __name__, url_prefix="/l/<visit_id>/work/<uid>")


@dataclass(frozen=True)
class Work:
    """What a pupil did in a lesson: the newest run of it that knows them."""

    run: LessonRun | Practice
    questions: tuple[QuestionResult, ...]
    result: PupilResult
    decision: ScoreDecision | None

    @property
    def is_alone(self) -> bool:
        """Nobody taught it: what was right was told after each answer, and no score comes of it."""
        return isinstance(self.run, Practice)

    @property
    def began_at(self) -> Millis:
        return self.run.opened_at if isinstance(self.run, Practice) else self.run.started_at


@screen.get("/<lesson_uid>")
@needs(Need.VISIT)
def show(uid: str, lesson_uid: str) -> str:
    """The answers and the confirmed score, of the newest run of a lesson."""
    context_id = visitor().context_id
    person = _person(uid, context_id)
    runs = select(LessonRun).join(Lesson, Lesson.id == LessonRun.lesson_id)
    runs = runs.where(Lesson.uid == lesson_uid, LessonRun.context_id == context_id)
    return _page(person, db.session.scalars(runs.order_by(LessonRun.started_at.desc())))


@screen.get("/of/<run_id>")
@needs(Need.VISIT)
def of_run(uid: str, run_id: str) -> str:
    """The same of one lesson as it was taught: what stands behind the lines of a profile, also of a lesson in another
    course of the subject."""
    run = _run(run_id)
    return _page(_person(uid, run.context_id), [run])


@screen.get("/of/<run_id>/photos/<upload_id>")
@needs(Need.VISIT)
def photo(uid: str, run_id: str, upload_id: str) -> Response:
    """A photo that the pupil handed in, for whoever sees the work."""
    run = _run(run_id)
    person = _person(uid, run.context_id)
    with store_errors():
        data = drive(db.session.connection(), uploads.photo((run_id, uid, upload_id)))
    note_access("photo.seen", person.id, object_=f"run:{run_id}")
    return photo_response(data)


def _run(run_id: str) -> LessonRun | Practice:
    run = db.session.get(LessonRun, run_id) or db.session.get(Practice, run_id)
    if run is None:
        raise Fault("no_work", 404)
    return run


def _page(person: Person, runs: Iterable[LessonRun | Practice]) -> str:
    """Right and wrong are shown to the pupil once there is a score, or once the class was shown the key."""
    work = _work(person, runs)
    if work is None:
        raise Fault("no_work", 404)
    note_access("work.seen", person.id, f"run:{work.run.run_id}")
    context_id = work.run.context_id
    eyes, is_here = eyes_on(person, context_id), context_id == visitor().context_id
    is_own = eyes is Eyes.OWN
    return render_template(
        "review.html",
        here=HERE.get(eyes, ""),
        person=person,
        work=work,
        answers=answers,
        parts=_parts(work.run),
        shows_right=not is_own or work.is_alone or work.decision is not None,
        profile=_profile_of(person, eyes, context_id),
        is_teacher=eyes is Eyes.TEACHER and is_here,
        course="" if is_here or eyes is Eyes.HOMEROOM else name_of_course(context_id),
        judged=judgements.of_pupil(person.id, [work.run.run_id]).get(work.run.run_id, ()),
        is_own=is_own,
        may_contest=is_own and is_here and not work.is_alone,
        longest=LONGEST_TEXT,
    )


def _person(uid: str, context_id: int) -> Person:
    """Somebody whose work in this course the visitor may look at. Raises `Fault`, the same for nobody and for no
    right."""
    found = db.session.scalars(select(Person).where(Person.uid == uid)).first()
    if found is None or eyes_on(found, context_id) is None:
        raise Fault("no_work", 404)
    return found


HERE: Mapping[Eyes | None, str] = {Eyes.TEACHER: "lessons", Eyes.HOMEROOM: "homeroom"}


def _profile_of(person: Person, eyes: Eyes | None, context_id: int) -> str:
    """The way back to the profile that the visitor came from."""
    if eyes is Eyes.TEACHER:
        return url_for("profile.show", uid=person.uid)
    if eyes is Eyes.OWN:
        return url_for("profile.own")
    return url_for("profile.of_class", context_id=homeroom_course(person, context_id), uid=person.uid)


def _parts(run: LessonRun | Practice) -> Mapping[str, Mapping[str, str]]:
    """What the letters of answers stood for, by activity; nothing of a lesson whose log is gone."""
    try:
        deck = live.state_of(run.run_id).deck
    except UnknownRun:
        return {}
    return {a.id: activities.type_of(a.kind).named_parts(activities.content_of(a)) for a in deck}


def _work(person: Person, runs: Iterable[LessonRun | Practice]) -> Work | None:
    """What this pupil did in the first of these runs that knows them."""
    for run in runs:
        stored = reader.snapshot_of(db.session.connection(), run.run_id)
        if stored is not None and (result := stored.snapshot.pupils.get(person.uid)):
            return Work(run, tuple(stored.snapshot.questions), result, _decision(run, person))
    return None


def _decision(run: LessonRun | Practice, person: Person) -> ScoreDecision | None:
    query = select(ScoreDecision).where(ScoreDecision.run_id == run.run_id, ScoreDecision.person_id == person.id)
    return db.session.scalars(query.order_by(ScoreDecision.id.desc())).first()
