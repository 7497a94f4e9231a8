"""Notes of those who sat in on a lesson (dự giờ)."""

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.models.base import Id, Model, Moment


class Observation(Model):
    """What an observer wrote of a lesson: pairs of heading and text, under the headings that the school had then. Until
    `sent_at` it is the observer's draft; from then on it is the teacher's to read too, and stays as it is."""

    __tablename__ = "observation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    observer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    body: Mapped[list[list[str]]] = mapped_column(JSON)
    saved_at: Mapped[int] = mapped_column(Moment)
    sent_at: Mapped[int | None] = mapped_column(Moment)
