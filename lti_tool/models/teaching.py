"""Lessons as prepared, lessons as taught, and the teacher's decisions about them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word, new_uid


class Lesson(Model):
    """A lesson as prepared: a title, objectives (yêu cầu cần đạt), planned minutes, activities in order.

    A lesson that came from another course knows which one it was made from, and the name of that course. `shared_at`:
    since when colleagues who teach the same subject may read and copy it. `takes_nameless`: whom the LMS does not name
    gets a seat as well.
    """

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
    copied_from_uid: Mapped[str | None] = mapped_column(String(32), index=True)
    copied_from: Mapped[str] = mapped_column(String(500), default="")
    shared_at: Mapped[int | None] = mapped_column(Moment, index=True)
    takes_nameless: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    activities: Mapped[list["LessonActivity"]] = relationship(
        back_populates="lesson", order_by="LessonActivity.position", cascade="all, delete-orphan"
    )


class LessonActivity(Model):
    """One activity of a lesson. `version` grows when it is changed after it was used in a run, so that answers always
    belong to the question as it was asked. `terms` are `live_session.model.Terms`: they belong to the asking and
    change no version."""

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
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    changed_at: Mapped[int] = mapped_column(Moment)

    lesson: Mapped[Lesson] = relationship(back_populates="activities")


class LessonVersion(Model):
    """A lesson as it stood before a step of its writing (`lti_tool.lessons.history`). `what` is the step, `which` the
    activity it was about; `is_undone`: the step was taken back, and the row holds what stood after it."""

    __tablename__ = "lesson_version"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[int] = mapped_column(Moment)
    what: Mapped[str] = mapped_column(String(16))
    which: Mapped[str] = mapped_column(String(32), default="")
    is_undone: Mapped[bool] = mapped_column(Boolean, default=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)

    lesson: Mapped[Lesson] = relationship()


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


class Practice(Model):
    """Work at the pupils' own pace: a run in which nobody teaches. It is no `LessonRun`: nobody was or was not there.

    `of_run` is the taught lesson that its activities are from; `is_catch_up`: it is for those who missed that lesson,
    and for nobody else (`PracticePupil`). What comes after `due_at` is late; after `closed_at` it does not count.
    """

    __tablename__ = "practice"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="SET NULL"))
    of_run: Mapped[str | None] = mapped_column(String(32), index=True)
    is_catch_up: Mapped[bool] = mapped_column(Boolean, default=False)
    title: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    opened_at: Mapped[int] = mapped_column(Moment, index=True)
    due_at: Mapped[int | None] = mapped_column(Moment)
    closed_at: Mapped[int | None] = mapped_column(Moment)


class PracticePupil(Model):
    """A pupil whom a catch-up is for, by a teacher's press."""

    __tablename__ = "practice_pupil"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    added_at: Mapped[int] = mapped_column(Moment)


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


class Excuse(Model):
    """Known before a lesson: why a pupil will be away, said by a teacher of the course, or by the homeroom teacher for
    all courses (`context_id` None). Withdrawn it holds no longer for lessons that begin after that."""

    __tablename__ = "excuse"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    context_id: Mapped[int | None] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    starts_at: Mapped[int] = mapped_column(Moment)
    ends_at: Mapped[int] = mapped_column(Moment, index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)
    withdrawn_at: Mapped[int | None] = mapped_column(Moment)


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


class EntryKind(StrEnum):
    """What somebody wrote into a pupil's profile."""

    NOTE = "note"
    """The teacher's remark."""
    STEP = "step"
    """What the teacher chose to do next on an objective."""
    WORD = "word"
    """The pupil's own word."""
    CONTEST = "contest"
    """The pupil asks for a second look at an objective, at a line of a lesson, or at a teacher's word."""
    REPLY = "reply"
    """The teacher's answer to that."""
    OBSERVED = "observed"
    """What the teacher saw, in words from the school's list."""
    GROUP = "group"
    """What the teacher said of the product and the presentation of the pupil's group."""


class ProfileEntry(Model):
    """A word in a pupil's profile, of a teacher or of the pupil. Never overwritten, never counted into anything.

    `objective`: what it is about, "" for the whole subject; for a group's work "run/activity". `step`: the chosen step,
    or the level of a group's work, as a key. A contest of no objective has in `step` what it is about, and in
    `objective` the lesson's run, a piece of work in it ("run/activity") or the id of the teacher's word. `replies_to`:
    the contest that a reply answers.
    """

    __tablename__ = "profile_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    objective: Mapped[str] = mapped_column(String(300), default="")
    step: Mapped[str] = mapped_column(String(16), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    replies_to: Mapped[int | None] = mapped_column(ForeignKey("profile_entry.id", ondelete="CASCADE"))
    written_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)
