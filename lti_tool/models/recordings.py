"""Recordings of lessons: addresses only, never the films themselves."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.models.base import Id, Model, Moment, Word, new_uid


class Faces(StrEnum):
    """Whether pupils can be seen or heard in a recording, and what the teacher says of their leave."""

    NONE = "none"
    AGREED = "agreed"


class Recording(Model):
    """Where the film of a lesson is. `began_at` is the moment of the lesson at which it begins, so that the film can be
    opened at an activity; `faces` is the teacher's word, given with the address."""

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_uid)
    run_id: Mapped[str] = mapped_column(String(32), index=True)
    title: Mapped[str] = mapped_column(String(200))
    link: Mapped[str] = mapped_column(String(500))
    faces: Mapped[Faces] = mapped_column(Word(Faces))
    began_at: Mapped[int] = mapped_column(Moment)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    added_at: Mapped[int] = mapped_column(Moment)
