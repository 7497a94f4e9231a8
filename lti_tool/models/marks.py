"""Marks of a term, as a teacher made them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.models.base import Id, Model, Moment, Word


class Place(StrEnum):
    """Where in the term's row a mark stands: regular marks (ĐĐGtx), the mid-term (ĐĐGgk), the final (ĐĐGck)."""

    REGULAR_1 = "regular1"
    REGULAR_2 = "regular2"
    REGULAR_3 = "regular3"
    REGULAR_4 = "regular4"
    MIDTERM = "midterm"
    FINAL = "final"

    @property
    def is_regular(self) -> bool:
        return self not in (Place.MIDTERM, Place.FINAL)


class Assessment(Model):
    """Questions that a teacher tagged to be assessed together, by one method; `by_levels`: presentations and products,
    of which the teacher says levels. What they come to is proposed only."""

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    school_year: Mapped[str] = mapped_column(String(9))
    term: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    method: Mapped[str] = mapped_column(String(32))
    by_levels: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)


class AssessedQuestion(Model):
    """A question of one lesson as it was taught, tagged for one assessment: its answers count once."""

    __tablename__ = "assessed_question"

    run_id: Mapped[str] = mapped_column(ForeignKey("lesson_run.run_id", ondelete="CASCADE"), primary_key=True)
    activity: Mapped[str] = mapped_column(String(64), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id", ondelete="CASCADE"), index=True)


class JudgedLevel(Model):
    """A teacher's level on a pupil's presentation or product by one criterion of a lesson's rubric, from 1, the lowest;
    0 takes it back. Never overwritten: the newest counts, all are kept."""

    __tablename__ = "judged_level"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    activity: Mapped[str] = mapped_column(String(64))
    criterion: Mapped[str] = mapped_column(String(1))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    level: Mapped[int] = mapped_column(Integer)
    judged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)


class TermComment(Model):
    """A teacher's comment on a pupil's term (progress, strengths, limits). Never overwritten: the newest counts."""

    __tablename__ = "term_comment"
    __table_args__ = (Index("ix_term_comment_context_id_term", "context_id", "term"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    school_year: Mapped[str] = mapped_column(String(9))
    term: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(600))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)


class Conduct(Model):
    """One act of a homeroom teacher on a pupil's conduct of a term, and on the half-days (buổi) of absence in it. Never
    overwritten: the newest counts. `level` is "" where none was said, `absent` None. Term 3 is the summer."""

    __tablename__ = "conduct"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"), index=True)
    term: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    level: Mapped[str] = mapped_column(String(16), default="")
    absent: Mapped[int | None] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)


class Exemption(Model):
    """One act of a homeroom teacher on whether a pupil has a subject of the class: `not_taken`, `exempt`, or "", which
    takes those back. Never overwritten: the newest counts."""

    __tablename__ = "exemption"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)


class Mark(Model):
    """One act of a teacher on one mark; under term 3 stands the summer's re-test, in the place of the final. Never
    overwritten: the newest of a place counts, and an empty `value` takes the mark back. `value` is a kept mark ("8.3")
    or the level of a comment-only subject; `status` what became of a periodic test; `method` how a regular mark came
    to be; `held` where its test was ("" for marks older than this column); `decision` what a periodic test rests on
    that was not in person; `why` the reason of a change; `basis` what was proposed when the teacher made it (numbers
    and lessons, nobody's name), None where nothing was."""

    __tablename__ = "mark"
    __table_args__ = (Index("ix_mark_context_id_term", "context_id", "term"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    school_year: Mapped[str] = mapped_column(String(9))
    term: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    place: Mapped[Place] = mapped_column(Word(Place))
    value: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(32))
    method: Mapped[str] = mapped_column(String(32), default="")
    held: Mapped[str] = mapped_column(String(16), default="")
    decision: Mapped[str] = mapped_column(String(80), default="")
    why: Mapped[str] = mapped_column(String(200), default="")
    basis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)
