"""The lessons of a class as they concern one pupil: where they were, what they answered and made. Only read here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, select

from analytics import reader
from analytics.attendance import Status
from analytics.facts import GroupShare
from analytics.reader import OwnPart
from analytics.rubrics import RubricShare
from live_session import activities
from live_session.model import Json, Millis
from lti_tool.clock import local, moment_of, school_year, today
from lti_tool.extensions import db
from lti_tool.lessons import marks, practices, rollcall, transfers
from lti_tool.models import Course, LessonRun, Membership, Person, SchoolClass, ScoreDecision

RECENT = 20
"""Lessons whose attendance and work are shown one by one."""
MOST_A_TERM = 150
"""Lessons that a term's counts are made of, at most: five a week are some ninety."""


@dataclass(frozen=True)
class Chosen:
    """What the pupil answered to a question of this kind. The pupil is told beside it whether it was right once the
    class was shown the key."""

    kind: str
    title: str
    value: Json
    is_key_shown: bool

    @property
    def is_work(self) -> bool:
        """Something made, to be read or looked at: a text, a photo, a drawing."""
        kind = activities.types().get(self.kind)
        return kind is not None and kind.is_work


@dataclass(frozen=True)
class Sat:
    """One lesson of the class as it concerns this pupil. `status` by the teacher's word, else as the signs propose;
    `made_up`: when its catch-up was done, which changes no status. `is_known`: there is work of the pupil to show.
    `class_name`: the class of this course in which it was taught, where the pupil is in another one now."""

    run_id: str
    title: str
    at: int
    status: Status
    is_decided: bool
    answered: int
    asked: int
    score: str | None
    made_up: int | None = None
    group_work: Sequence[GroupShare] = ()
    rubrics: Sequence[RubricShare] = ()
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    is_known: bool = True
    class_name: str = ""

    @property
    def day(self) -> str:
        """The day it was taught, as the points of growth have it."""
        return local(self.at).date().isoformat()


@dataclass(frozen=True)
class Term:
    """What the lessons of a term come to: how often the pupil was where, and how much they took part there."""

    number: int
    lessons: Sequence[Sat]

    def count(self, status: str) -> int:
        return sum(one.status == status for one in self.lessons)

    def took_part(self, status: str) -> tuple[int, int]:
        """(questions answered in time, questions asked) of the lessons in which the pupil was so."""
        there = [one for one in self.lessons if one.status == status]
        return sum(one.answered for one in there), sum(one.asked for one in there)


def term_now() -> tuple[Millis, int]:
    """When this term began, and which of the year it is."""
    number = marks.term_of(today())
    first, _ = marks.term_days(school_year(today()), number)
    return moment_of(datetime.combine(first, time.min)), number


def lessons_of(context_id: int, person: Person, since: Millis) -> list[Sat]:
    """The newest lessons of the pupil's class and all since then, and those of another class that tell of the pupil,
    the oldest first: whoever moves to another class takes along what was, in this course or in one of their own."""
    member = select(Membership.class_id).where(Membership.context_id == context_id, Membership.person_id == person.id)
    class_id = db.session.scalar(member)
    told = reader.tells_of(LessonRun.run_id, person.uid)
    own = LessonRun.context_id == context_id
    if class_id is not None:
        own &= (LessonRun.class_id == class_id) | LessonRun.class_id.is_(None) | told
    if there := _there(context_id, person):
        own |= and_(*there, told)
    query = select(LessonRun, SchoolClass.name).outerjoin(SchoolClass, SchoolClass.id == LessonRun.class_id)
    query = query.where(LessonRun.ended_at.is_not(None), own)
    found = db.session.execute(query.order_by(LessonRun.started_at.desc()).limit(MOST_A_TERM)).all()
    rows = [(run, name) for n, (run, name) in enumerate(found) if n < RECENT or run.started_at >= since]
    ids = [run.run_id for run, _ in rows]
    made_up = practices.made_up_by(person, ids)
    seats, scores = rollcall.of_pupil(person.id, ids), _newest(person.id, ids)
    parts = reader.own_parts(db.session.connection(), ids, person.uid)
    return [
        _sat(run, parts[run.run_id], seats.get(run.run_id), scores.get(run.run_id), made_up.get(run.run_id),
             name if class_id is not None and run.class_id != class_id else "")
        for run, name in reversed(rows)
        if run.run_id in parts and parts[run.run_id].is_listed
    ]  # fmt: skip


def _there(context_id: int, person: Person) -> Sequence[ColumnElement[bool]]:
    """What is true of the school year's lessons of the courses from which the pupil moved; nothing for who did not."""
    course = db.session.get(Course, context_id)
    left = transfers.left(course, person.id) if course else []
    if course is None or not left:
        return ()
    begins, ends = marks.term_days(course.school_year, 1)[0], marks.term_days(course.school_year, 2)[1]
    moments = [moment_of(datetime.combine(day, time.min)) for day in (begins, ends)]
    return LessonRun.context_id.in_(left), LessonRun.started_at >= moments[0], LessonRun.started_at < moments[1]


def _sat(
    run: LessonRun,
    own: OwnPart,
    decided: rollcall.Standing | None,
    score: ScoreDecision | None,
    made_up: int | None,
    class_name: str,
) -> Sat:
    unseen = Status.EXCUSED if own.is_excused else Status.NOT_SEEN
    status = decided.status if decided else own.proposal.status if own.proposal else unseen
    answered, asked = own.result.took_part if own.result else (0, 0)
    return Sat(
        run.run_id, run.title, run.started_at, status, decided is not None, answered, asked,
        score.value if score else None, made_up, own.group_shares, own.rubrics, _chosen(own),
        own.result is not None, class_name or "",
    )  # fmt: skip


def _chosen(own: OwnPart) -> dict[str, Chosen]:
    """What this pupil answered in first rounds, by activity."""
    given = own.result.given if own.result else {}
    return {
        q.activity: Chosen(q.kind, q.title, one.value, q.is_key_shown)
        for q in own.questions
        if q.round == 1 and (one := given.get(q.activity)) is not None and one.value is not None
    }


def _newest(person_id: int, run_ids: Sequence[str]) -> dict[str, ScoreDecision]:
    """The newest word on this pupil's score in each lesson."""
    query = (
        select(ScoreDecision)
        .where(ScoreDecision.person_id == person_id, ScoreDecision.run_id.in_(run_ids))
        .order_by(ScoreDecision.id)
    )
    return {row.run_id: row for row in db.session.scalars(query)}
