"""What a pupil brings along from another class of the school year: what a teacher said of them in another course of the
same subject. Only read here; whoever counts it says where it is from.

A person is one in all courses of an LMS (registration and `sub`), and by that alone they are found again: a name that a
teacher pasted is a person of its own course, and brings nothing. Who is still on the other course's list of today, for
the same class or for one that nobody knows, has not moved: they have the subject twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Subquery, and_, func, or_, select
from sqlalchemy.orm import aliased

from lti_tool.clock import local, school_year
from lti_tool.extensions import db
from lti_tool.lessons.courses import school_of
from lti_tool.lessons.roster import is_of
from lti_tool.models import (
    AttendanceDecision,
    Context,
    Course,
    Deployment,
    LessonRun,
    Mark,
    MemberRole,
    Membership,
    Person,
    SchoolClass,
    ScoreDecision,
    TermComment,
)

Row = TypeVar("Row", Mark, TermComment)
Said = TypeVar("Said", AttendanceDecision, ScoreDecision)


@dataclass(frozen=True)
class Origin:
    """Another course of the subject, and the class that the pupil was in there."""

    context_id: int
    name: str


def brought(table: type[Row], course: Course, term: int, only: int | None) -> Iterator[tuple[Row, str, Origin]]:
    """The acts on today's pupils of a course (on one alone) in other courses of its school, subject and school year,
    the oldest first: each with whose it is ("" for who was erased) and from where. None of a course whose marks are of
    the other form: a level is no figure."""
    moves = _moves(course, only)
    query = (
        select(table, Person.name, moves.c.name)
        .join(moves, and_(moves.c.context_id == table.context_id, moves.c.person_id == table.person_id))
        .join(Course, Course.context_id == table.context_id)
        .outerjoin(Person, Person.id == table.made_by)
        .where(table.school_year == course.school_year, table.term == term)
        .where(Course.is_comment_only == course.is_comment_only)
        .order_by(table.id)
    )
    for act, by, name in db.session.execute(query):
        yield act, by or "", Origin(act.context_id, name)


def of_lessons(table: type[Said], course: Course, only: int | None = None) -> Iterator[tuple[Said, LessonRun, Origin]]:
    """What teachers said of today's pupils of a course (of one alone) after lessons of other courses of its school,
    subject and school year, lesson by lesson, the oldest first."""
    moves = _moves(course, only)
    query = (
        select(table, LessonRun, moves.c.name)
        .join(LessonRun, LessonRun.run_id == table.run_id)
        .join(moves, and_(moves.c.context_id == LessonRun.context_id, moves.c.person_id == table.person_id))
        .order_by(LessonRun.started_at, table.id)
    )
    for one, run, name in db.session.execute(query):
        if school_year(local(run.started_at).date()) == course.school_year:
            yield one, run, Origin(run.context_id, name)


def left(course: Course, person_id: int) -> list[int]:
    """The other courses of the subject whose list the pupil was on before they came to this one."""
    return list(db.session.scalars(select(_moves(course, person_id).c.context_id)))


def _moves(course: Course, only: int | None) -> Subquery:
    """Each of today's pupils of a course (one alone) with each other course of its school and subject on whose list
    they were; `name` is what their class there was called."""
    here, there = aliased(Membership), aliased(Membership)
    return (
        select(here.person_id, there.context_id, func.coalesce(SchoolClass.name, Context.title).label("name"))
        .select_from(here)
        .join(there, and_(there.person_id == here.person_id, there.context_id != here.context_id))
        .join(Course, Course.context_id == there.context_id)
        .join(Context, Context.id == there.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .outerjoin(SchoolClass, SchoolClass.id == there.class_id)
        .where(here.context_id == course.context_id, here.is_active, here.role == MemberRole.PUPIL)
        .where(or_(~there.is_active, there.class_id != here.class_id), is_of(here.person_id, only))
        .where(Deployment.registration_id == school_of(course.context_id), Course.subject == course.subject)
        .subquery()
    )
