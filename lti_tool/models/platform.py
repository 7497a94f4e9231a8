"""LMSs and what they tell us: registrations, deployments, contexts, resource links, keys and tokens."""

from enum import StrEnum

from sqlalchemy import JSON, Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word


class RegistrationState(StrEnum):
    """Only an active registration may launch."""

    PENDING = "pending"
    ACTIVE = "active"
    BLOCKED = "blocked"


class Registration(Model):
    """One LMS that knows us under one client id. The issuer alone is never a key: customers share issuers. `protocol`
    names the implementation of the port (entry points `giotay.lms`)."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(1000))
    token_url: Mapped[str] = mapped_column(String(1000))
    token_audience: Mapped[str | None] = mapped_column(String(1000))
    key_set_url: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(255), default="")
    product: Mapped[str] = mapped_column(String(64), default="")
    protocol: Mapped[str] = mapped_column(String(32), default="lti")
    state: Mapped[RegistrationState] = mapped_column(Word(RegistrationState))
    # Origins that may frame our pages besides the issuer's: launches came back to them, or the operator named them.
    frame_origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[int] = mapped_column(Moment)


class Deployment(Model):
    """One installation of the tool within a registration, and what its launches and its last probe showed.

    `clock_ahead` is by how many ms the platform's clock was ahead of ours at the last launch (its way included).
    """

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[int] = mapped_column(Moment)
    launched_at: Mapped[int] = mapped_column(Moment, default=0)
    clock_ahead: Mapped[int] = mapped_column(Moment, default=0)
    sends_names: Mapped[bool] = mapped_column(Boolean, default=False)
    # A job probes: it is wanted when `probe_wanted_at` is later than `probed_at`.
    probe_wanted_at: Mapped[int] = mapped_column(Moment, default=0)
    probed_at: Mapped[int] = mapped_column(Moment, default=0)
    findings: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)

    registration: Mapped[Registration] = relationship()


class Context(Model):
    """A course of the LMS. Service addresses are the newest that a verified launch of this course brought."""

    __tablename__ = "context"
    __table_args__ = (UniqueConstraint("deployment_id", "lms_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    lms_id: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255), default="")
    title: Mapped[str] = mapped_column(String(500), default="")
    memberships_url: Mapped[str | None] = mapped_column(String(2000))
    line_items_url: Mapped[str | None] = mapped_column(String(2000))
    groups_url: Mapped[str | None] = mapped_column(String(2000))
    grade_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The roster is read by a job: it is wanted when this is later than `roster_read_at`.
    roster_wanted_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_read_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_tried_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_fault: Mapped[str] = mapped_column(String(64), default="")
    # The LMS's own groups of this course, by id, as last read.
    group_names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[int] = mapped_column(Moment)

    deployment: Mapped[Deployment] = relationship()


class ResourceLink(Model):
    """One activity in an LMS course that opens the tool; it may stand for one prepared lesson.

    `audience` holds the persons whom the LMS lets into this activity, as last read; None where it restricts nobody.
    """

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("context_id", "lms_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    lms_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(500), default="")
    line_item_url: Mapped[str | None] = mapped_column(String(2000))
    activity_url: Mapped[str | None] = mapped_column(String(500))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id", ondelete="SET NULL"))
    audience: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[int] = mapped_column(Moment)

    context: Mapped[Context] = relationship()


class SpentState(Model):
    """A login that a launch has used up. What a login was made for stands in its state, sealed; see `launch.state`."""

    __tablename__ = "spent_state"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(Moment, index=True)


class ToolKey(Model):
    """A signing key of the tool. The private part is encrypted under a key made from the installation's secret."""

    __tablename__ = "tool_key"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_jwk: Mapped[dict[str, str]] = mapped_column(JSON)
    private_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Moment)
    retired_at: Mapped[int | None] = mapped_column(Moment)


class PlatformKeySet(Model):
    """A platform's public keys, as last fetched."""

    __tablename__ = "platform_key_set"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    keys: Mapped[dict[str, object]] = mapped_column(JSON)
    fetched_at: Mapped[int] = mapped_column(Moment)


class PlatformToken(Model):
    """An access token, kept per (registration, scopes) and encrypted; never per issuer, which customers share."""

    __tablename__ = "platform_token"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[str] = mapped_column(String(1000), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(Moment)


class RegistrationInvite(Model):
    """The operator's leave for one dynamic registration to become active without asking again."""

    __tablename__ = "registration_invite"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(Moment)
    used_at: Mapped[int | None] = mapped_column(Moment)


class Refusal(Model):
    """A launch, login or registration that was refused: what the administrator reads to mend it. `detail` says which
    check failed and never holds a claim, a name or a token; `reference` is what the person saw on the page."""

    __tablename__ = "refusal"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[int] = mapped_column(Moment, index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(String(300), default="")
    reference: Mapped[str] = mapped_column(String(32))
