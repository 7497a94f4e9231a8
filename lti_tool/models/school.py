"""The school's own words: classes, what a course stands for, and rights that no LMS sends."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word
from lti_tool.models.people import Person
from lti_tool.models.platform import Context


class SchoolClass(Model):
    """A class such as 9A1 in one school year ("2026-2027")."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("registration_id", "school_year", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(32))
    grade: Mapped[int] = mapped_column(Integer)
    school_year: Mapped[str] = mapped_column(String(9))


class Course(Model):
    """What an LMS course stands for: a subject, in a grade and school year, for one or more classes.

    `writes_attendance`, `writes_participation`: the teacher wants these columns in the LMS's gradebook too. They say
    what the box beside "confirm" begins with; nothing is written without the confirmation. `is_comment_only`,
    `periods_a_year` (0 until somebody said it): what the regulation asks of the subject's marks follows from them.
    `meeting`: where pupils at home see and hear the lesson, an address of anybody's; only ever a link.
    """

    __tablename__ = "course"

    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(100))
    grade: Mapped[int] = mapped_column(Integer)
    school_year: Mapped[str] = mapped_column(String(9))
    set_up_at: Mapped[int] = mapped_column(Moment)
    writes_attendance: Mapped[bool] = mapped_column(Boolean, default=False)
    writes_participation: Mapped[bool] = mapped_column(Boolean, default=False)
    is_comment_only: Mapped[bool] = mapped_column(Boolean, default=False)
    periods_a_year: Mapped[int] = mapped_column(Integer, default=0)
    meeting: Mapped[str] = mapped_column(String(500), default="")

    context: Mapped[Context] = relationship()


class CourseClass(Model):
    """A class taught in a course; `group_id` is the LMS group whose members it holds, if any."""

    __tablename__ = "course_class"

    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str | None] = mapped_column(String(255))

    school_class: Mapped[SchoolClass] = relationship()


class PaperCard(Model):
    """The paper card of a pupil in a class: a number that stays theirs for the school year, whoever comes or goes."""

    __tablename__ = "paper_card"
    __table_args__ = (UniqueConstraint("class_id", "number"), UniqueConstraint("class_id", "person_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[int] = mapped_column(Moment)


class SeatPlan(Model):
    """Who sits where in a course's classroom: `rows` of `columns` desks, two seats each. Of one class of the course;
    `class_id` is none where the course has no class yet."""

    __tablename__ = "seat_plan"
    __table_args__ = (UniqueConstraint("context_id", "class_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    rows: Mapped[int] = mapped_column(Integer)
    columns: Mapped[int] = mapped_column(Integer)
    saved_at: Mapped[int] = mapped_column(Moment)


class PlannedSeat(Model):
    """A pupil's seat in a plan: `row` from 0 at the front, `place` from 0 at the left of who faces the board."""

    __tablename__ = "planned_seat"
    __table_args__ = (UniqueConstraint("plan_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("seat_plan.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    row: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)


class SchoolRule(Model):
    """What a school has set, as a whole, once for each change; the newest counts for lessons that begin after it.
    `body`: JSON, read by `lti_tool.lessons.school_rules`."""

    __tablename__ = "school_rule"
    __table_args__ = (UniqueConstraint("registration_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)


class ObjectiveKey(Model):
    """What an objective (yêu cầu cần đạt) of a school's subject is called elsewhere: its identifier as the school or a
    teacher said it, a URI (1EdTech CASE, where a framework is published)."""

    __tablename__ = "objective_key"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    objective: Mapped[str] = mapped_column(String(300), primary_key=True)
    uri: Mapped[str] = mapped_column(String(500))
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)


class GrantKind(StrEnum):
    """Rights inside the tool."""

    DEPARTMENT_HEAD = "department_head"
    HOMEROOM = "homeroom"
    OBSERVER = "observer"


class Grant(Model):
    """A right of a person within a scope, from one day to another. Empty scope members mean "all" of the school."""

    __tablename__ = "grant"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[GrantKind] = mapped_column(Word(GrantKind))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    subject: Mapped[str | None] = mapped_column(String(100))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[str] = mapped_column(String(100))
    granted_at: Mapped[int] = mapped_column(Moment)

    person: Mapped[Person] = relationship()
