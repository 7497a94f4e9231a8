"""What a pupil brings along from another class of the school year: what a teacher said of them in another course of the
same subject. Only read here; whoever counts it says where it is from.

A person is one in all courses of an LMS (registration and `sub`), and by that alone they are found again: a name that a
teacher pasted is a person of its own course, and brings nothing. Who is still on the other course's list of today, for
the same class or for one that nobody knows, has not moved: they have the subject twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from lti_tool.extensions import db
from lti_tool.lessons.courses import school_of
from lti_tool.lessons.roster import is_of
from lti_tool.models import Context, Course, Deployment, Mark, MemberRole, Membership, Person, SchoolClass, TermComment

Row = TypeVar("Row", Mark, TermComment)


@dataclass(frozen=True)
class Origin:
    """Another course of the subject, and the class that the pupil was in there."""

    context_id: int
    name: str


def brought(table: type[Row], course: Course, term: int, only: int | None) -> Iterator[tuple[Row, str, Origin]]:
    """The acts on today's pupils of a course (on one alone) in other courses of its school, subject and school year,
    the oldest first: each with whose it is ("" for who was erased) and from where. None of a course whose marks are of
    the other form: a level is no figure."""
    here, there = aliased(Membership), aliased(Membership)
    has_left = or_(there.id.is_(None), ~there.is_active, there.class_id != here.class_id)
    query = (
        select(table, Person.name, SchoolClass.name, Context.title)
        .join(Course, Course.context_id == table.context_id)
        .join(Context, Context.id == table.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .join(here, and_(here.person_id == table.person_id, here.context_id == course.context_id))
        .outerjoin(there, and_(there.person_id == table.person_id, there.context_id == table.context_id))
        .outerjoin(SchoolClass, SchoolClass.id == there.class_id)
        .outerjoin(Person, Person.id == table.made_by)
        .where(table.context_id != course.context_id, table.school_year == course.school_year, table.term == term)
        .where(here.is_active, here.role == MemberRole.PUPIL, has_left, is_of(table.person_id, only))
        .where(Deployment.registration_id == school_of(course.context_id), Course.subject == course.subject)
        .where(Course.is_comment_only == course.is_comment_only)
        .order_by(table.id)
    )
    for act, by, class_name, title in db.session.execute(query):
        yield act, by or "", Origin(act.context_id, class_name or title)
