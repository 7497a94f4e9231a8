"""Lessons as prepared, lessons as taught, and the teacher's decisions about them."""

from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, new_uid


class Lesson(Model):
    """A lesson as prepared: a title, objectives (yêu cầu cần đạt), planned minutes, activities in order."""

    __tablename__ = "lesson"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_uid)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200), default="")
    objectives: Mapped[list[str]] = mapped_column(JSON, default=list)
    minutes: Mapped[int] = mapped_column(Integer, default=45)
    created_at: Mapped[int] = mapped_column(Moment)
    changed_at: Mapped[int] = mapped_column(Moment)
    deleted_at: Mapped[int | None] = mapped_column(Moment)

    activities: Mapped[list["LessonActivity"]] = relationship(
        back_populates="lesson", order_by="LessonActivity.position", cascade="all, delete-orphan"
    )


class LessonActivity(Model):
    """One activity of a lesson. `version` grows when it is changed after it was used in a run, so that answers always
    belong to the question as it was asked."""

    __tablename__ = "lesson_activity"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_uid)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer, default=1)
    was_used: Mapped[bool] = mapped_column(Boolean, default=False)
    title: Mapped[str] = mapped_column(String(200), default="")
    points: Mapped[float] = mapped_column(Float, default=1.0)
    seconds: Mapped[int | None] = mapped_column(Integer)
    objective: Mapped[str | None] = mapped_column(String(300))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[int] = mapped_column(Moment)

    lesson: Mapped[Lesson] = relationship(back_populates="activities")


class Picture(Model):
    """A picture of a question: re-encoded, without metadata, under a random name."""

    __tablename__ = "picture"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    media_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(Moment)


class LessonRun(Model):
    """A lesson taught live: what the log of that run does not know. `code` is free again once the run has ended."""

    __tablename__ = "lesson_run"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="SET NULL"))
    resource_link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_link.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    code: Mapped[str | None] = mapped_column(String(6), unique=True)
    room_key: Mapped[str] = mapped_column(String(64))
    started_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    started_at: Mapped[int] = mapped_column(Moment, index=True)
    minutes: Mapped[int] = mapped_column(Integer)
    ended_at: Mapped[int | None] = mapped_column(Moment)
    attendance_confirmed_at: Mapped[int | None] = mapped_column(Moment)

    lesson: Mapped[Lesson] = relationship()


class AttendanceDecision(Model):
    """The teacher's word on one pupil's attendance. Never overwritten: the newest counts, all are kept."""

    __tablename__ = "attendance_decision"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(32))
    is_late: Mapped[bool] = mapped_column(Boolean, default=False)
    left_early: Mapped[bool] = mapped_column(Boolean, default=False)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)


class ScoreDecision(Model):
    """A score as the teacher confirmed it, beside what was proposed. Never overwritten: the newest counts."""

    __tablename__ = "score_decision"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    proposed: Mapped[str | None] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)
