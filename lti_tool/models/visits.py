"""Authority: a launch, the browsers that hold it, and one-time codes that carry it into another window."""

from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word
from lti_tool.models.people import MemberRole, Person


class LaunchKind(StrEnum):
    """By the LMS's word, or by a join code and a picked name, or by the pupil's own slip."""

    LMS = "lms"
    CODE = "code"
    NAMELESS = "nameless"
    """By the LMS's word, which says of nobody who it is."""
    SLIP = "slip"
    """By the secret on the slip that the teacher gave to this pupil alone."""


class LaunchVisit(Model):
    """What one launch allows, to whom, in which course. Its id stands in addresses and is no secret; a browser must
    also hold it (`LaunchBrowser`) or the page its token."""

    __tablename__ = "launch_visit"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[LaunchKind] = mapped_column(Word(LaunchKind))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[MemberRole] = mapped_column(Word(MemberRole))
    is_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    resource_link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_link.id", ondelete="SET NULL"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    run_id: Mapped[str | None] = mapped_column(String(32))
    claim: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(8))
    deep_link: Mapped[str | None] = mapped_column(String(4000))
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment, index=True)

    person: Mapped[Person] = relationship()


class LaunchBrowser(Model):
    """A browser that may act under a launch."""

    __tablename__ = "launch_browser"

    launch_id: Mapped[str] = mapped_column(ForeignKey("launch_visit.id", ondelete="CASCADE"), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class WindowCode(Model):
    """Carries a launch into a new window or onto a phone: once, within a minute."""

    __tablename__ = "window_code"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    launch_id: Mapped[str] = mapped_column(ForeignKey("launch_visit.id", ondelete="CASCADE"))
    destination: Mapped[str] = mapped_column(String(500))
    expires_at: Mapped[int] = mapped_column(Moment, index=True)
    used_at: Mapped[int | None] = mapped_column(Moment)


class PupilSlip(Model):
    """A pupil's own way into a course's self-paced work: a secret on paper, of which only the fingerprint is here. It
    ends by itself at `expires_at`, at once by `revoked_at`, and with a newer one. `used_at`: when it last opened."""

    __tablename__ = "pupil_slip"
    __table_args__ = (Index("ix_pupil_slip_context_id_person_id", "context_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)
    used_at: Mapped[int | None] = mapped_column(Moment)
