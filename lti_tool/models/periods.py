"""The log of periods taught, from which the class's register (sổ ghi đầu bài) is written."""

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from analytics.periods import Form, HalfDay
from lti_tool.models.base import Id, Model, Moment, Word


class PeriodEntry(Model):
    """One saving of one period's line. Never overwritten: of the rows of a `line` the newest counts, the others are its
    history. The line of a lesson taught with this tool is named after its run.

    `absent_p`, `absent_k` are the counts as they stood at the saving: names are in the attendance alone. `is_late`:
    first written on a later day. `why` is the reason of a change after signing; `is_void` takes the line out.
    """

    __tablename__ = "period_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    line: Mapped[str] = mapped_column(String(32), index=True)
    run_id: Mapped[str | None] = mapped_column(String(32))
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="SET NULL"), index=True)
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    half_day: Mapped[HalfDay] = mapped_column(Word(HalfDay))
    number: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(String(100))
    plan_number: Mapped[int | None] = mapped_column(Integer)
    topic: Mapped[str] = mapped_column(String(300), default="")
    form: Mapped[Form] = mapped_column(Word(Form))
    absent_p: Mapped[int] = mapped_column(Integer, default=0)
    absent_k: Mapped[int] = mapped_column(Integer, default=0)
    remarks: Mapped[str] = mapped_column(Text, default="")
    is_signed: Mapped[bool] = mapped_column(Boolean, default=False)
    is_late: Mapped[bool] = mapped_column(Boolean, default=False)
    is_void: Mapped[bool] = mapped_column(Boolean, default=False)
    why: Mapped[str] = mapped_column(String(200), default="")
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    saved_at: Mapped[int] = mapped_column(Moment)
