"""What stands between the school and a pupil's family: links to one sheet, words about home, consent by purpose."""

from sqlalchemy import Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.models.base import Id, Model, Moment


class FamilyLink(Model):
    """A link to one pupil's sheet. The secret stands in the address after the # only; here is its fingerprint. It ends
    by itself at `expires_at`, or at once by `revoked_at`."""

    __tablename__ = "family_link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)


class FamilyOpening(Model):
    """One opening of a link: when, and nothing of who."""

    __tablename__ = "family_opening"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("family_link.id", ondelete="CASCADE"), index=True)
    at: Mapped[int] = mapped_column(Moment)


class FamilyWord(Model):
    """What a family says of attitude and diligence at home: a voice of its own, never part of a score. `attitude` and
    `diligence` are keys of a short list, "" for not said."""

    __tablename__ = "family_word"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    attitude: Mapped[str] = mapped_column(String(16), default="")
    diligence: Mapped[str] = mapped_column(String(16), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[int] = mapped_column(Moment)


class Consent(Model):
    """One entry of the ledger: who said yes or took it back, for one purpose, how, when. Never overwritten; the newest
    of a purpose and a voice counts. `voice` is "parent" or "pupil"; `how` "link" or "paper"."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id_purpose", "person_id", "purpose"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(32))
    voice: Mapped[str] = mapped_column(String(16))
    is_given: Mapped[bool] = mapped_column(Boolean)
    how: Mapped[str] = mapped_column(String(16))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[int] = mapped_column(Moment)
