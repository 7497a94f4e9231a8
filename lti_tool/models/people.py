"""People: one human is one Person, known to an LMS by (registration, sub), never by e-mail."""

from enum import StrEnum

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word, new_uid


class MemberRole(StrEnum):
    """What a person is in one course. Least privilege where an LMS says nothing we know."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    PUPIL = "pupil"
    GUEST = "guest"


class Source(StrEnum):
    """Where a membership was learnt from. The launch's word beats the roster's."""

    LAUNCH = "launch"
    ROSTER = "roster"
    PASTED = "pasted"


class Person(Model):
    """`uid` is the opaque id that the log and all analytics know; erasing this row makes them nameless. `code`: a
    pupil's id in the school (mã học sinh), where the LMS's list or a pupil's launch says one."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("registration_id", "sub"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_uid)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    sub: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    given_name: Mapped[str] = mapped_column(String(255), default="")
    code: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[int] = mapped_column(Moment)


class Membership(Model):
    """A person in a course. Pupils who left stay in history, out of today's list. `extra_time`: percent of more
    time for each question; the pupil's and the teacher's to know."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("context_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[MemberRole] = mapped_column(Word(MemberRole))
    source: Mapped[Source] = mapped_column(Word(Source))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    number: Mapped[int | None] = mapped_column(Integer)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="SET NULL"))
    groups: Mapped[str] = mapped_column(String(500), default="")
    extra_time: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    seen_at: Mapped[int] = mapped_column(Moment, default=0)

    person: Mapped[Person] = relationship()


class TeacherConsent(Model):
    """A teacher's leave to speak to their LMS under their name (Google Classroom). Tokens are encrypted; `info` keeps
    them out of a person's export. `courses` are those they teach, as last listed: [id, name, section]."""

    __tablename__ = "teacher_consent"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), unique=True)
    scopes: Mapped[str] = mapped_column(String(1000), default="")
    refresh_token: Mapped[str] = mapped_column(Text, default="", info={"secret": True})
    access_token: Mapped[str] = mapped_column(Text, default="", info={"secret": True})
    expires_at: Mapped[int] = mapped_column(Moment, default=0)
    courses: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    is_dead: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int] = mapped_column(Moment)

    person: Mapped[Person] = relationship()


class RememberedPhone(Model):
    """A browser that picked this name before in this course; it is offered that one name again."""

    __tablename__ = "remembered_phone"
    __table_args__ = (Index("ix_remembered_phone_person_id", "person_id"),)

    browser_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    at: Mapped[int] = mapped_column(Moment)

    person: Mapped[Person] = relationship()
