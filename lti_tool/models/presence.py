"""What a teacher says of who is there, while the lesson goes on."""

from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from live_session.model import Proof
from lti_tool.models.base import Id, Model, Moment, Word


class RollCall(StrEnum):
    """A word of the roll call; the first four are statuses of attendance, the last takes the word back."""

    ROOM = "room"
    HOME = "home"
    EXCUSED = "excused"
    ABSENT = "absent"
    OPEN = "open"


class RollWord(Model):
    """One tap of the roll call. Never overwritten: of a pupil's words the one said last counts. `command_id` was made
    in the teacher's browser, so that sending it again is safe; it came at `kept_at` and was said at `said_at`."""

    __tablename__ = "roll_word"
    __table_args__ = (UniqueConstraint("run_id", "said_by", "command_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32))
    command_id: Mapped[str] = mapped_column(String(48))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    word: Mapped[RollCall] = mapped_column(Word(RollCall))
    said_at: Mapped[int] = mapped_column(Moment)
    said_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    kept_at: Mapped[int] = mapped_column(Moment)


class SpotCheck(Model):
    """A pupil whom the dice chose to be looked for in the room, what their phone's word rested on, and what the teacher
    saw: None until said. The pupils of one drawing share `draw_id`."""

    __tablename__ = "spot_check"
    __table_args__ = (UniqueConstraint("draw_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    draw_id: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    proof: Mapped[Proof] = mapped_column(Word(Proof))
    drawn_at: Mapped[int] = mapped_column(Moment)
    seen: Mapped[bool | None] = mapped_column(Boolean)
    said_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    said_at: Mapped[int | None] = mapped_column(Moment)


class PageLeaving(Model):
    """How often a pupil's phone left the lesson's page, where the teacher counts that and has told the class. For a
    glance while the lesson goes on; gone after seven days, and part of no score, mark or profile."""

    __tablename__ = "page_leaving"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    times: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[int] = mapped_column(Moment, index=True)


class MeetingPresence(Model):
    """How long a pupil was in the lesson's meeting, by the list that Meet, Zoom or Teams gave out and the teacher
    matched. One more sign beside the others; no address and no clock of the list is kept."""

    __tablename__ = "meeting_presence"
    __table_args__ = (UniqueConstraint("run_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[int] = mapped_column(Integer)
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    imported_at: Mapped[int] = mapped_column(Moment)
