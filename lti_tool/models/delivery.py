"""Scores on their way to the LMS: a durable outbox, one logical score per (line item, person)."""

from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word
from lti_tool.models.people import Person
from lti_tool.models.platform import Context


class LineItem(Model):
    """A column of an LMS gradebook. `url` is None until the column was found or made."""

    __tablename__ = "line_item"
    __table_args__ = (UniqueConstraint("context_id", "resource_id", "tag"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    resource_id: Mapped[str] = mapped_column(String(64))
    tag: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(255))
    maximum: Mapped[int] = mapped_column(Integer)
    url: Mapped[str | None] = mapped_column(String(2000))
    # A job makes the column before any score is queued: wanted where this is not 0 and there is no `url`.
    wanted_at: Mapped[int] = mapped_column(Moment, default=0)
    fault: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[int] = mapped_column(Moment)

    context: Mapped[Context] = relationship()


class ScoreState(StrEnum):
    """Where a score stands, in words a teacher reads."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    NEWER = "newer"
    CHANGED = "changed"
    """Somebody changed the grade in the LMS; nothing is sent until the teacher chose."""
    KEPT = "kept"
    """The teacher chose the LMS's own grade."""


class Score(Model):
    """`timestamp` grows with every sending by at least a second: platforms compare whole seconds.

    `sent_value` is what the LMS last took from us; `theirs` what it showed instead, out of our maximum, empty for none.
    `insists`: the teacher saw both and chose ours.
    """

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("line_item_id", "person_id"),
        Index("ix_score_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    value: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text, default="")
    timestamp: Mapped[int] = mapped_column(Moment)
    state: Mapped[ScoreState] = mapped_column(Word(ScoreState))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[int] = mapped_column(Moment)
    fault: Mapped[str] = mapped_column(String(64), default="")
    sent_at: Mapped[int | None] = mapped_column(Moment)
    sent_value: Mapped[str | None] = mapped_column(String(8))
    theirs: Mapped[str | None] = mapped_column(String(16))
    insists: Mapped[bool] = mapped_column(Boolean, default=False)

    line_item: Mapped[LineItem] = relationship()
    person: Mapped[Person] = relationship()
