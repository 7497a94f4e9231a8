"""LMSs and what they tell us: registrations, deployments, contexts, resource links, keys and tokens."""

from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.models.base import Id, Model, Moment, Word


class RegistrationState(StrEnum):
    """Only an active registration may launch."""

    PENDING = "pending"
    ACTIVE = "active"
    BLOCKED = "blocked"


class Registration(Model):
    """One LMS that knows us under one client id. The issuer alone is never a key: customers share issuers."""

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
    state: Mapped[RegistrationState] = mapped_column(Word(RegistrationState))
    created_at: Mapped[int] = mapped_column(Moment)


class Deployment(Model):
    """One installation of the tool within a registration."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[int] = mapped_column(Moment)

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
    grade_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The roster is read by a job: it is wanted when this is later than `roster_read_at`.
    roster_wanted_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_read_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_tried_at: Mapped[int] = mapped_column(Moment, default=0)
    roster_fault: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[int] = mapped_column(Moment)

    deployment: Mapped[Deployment] = relationship()


class ResourceLink(Model):
    """One activity in an LMS course that opens the tool; it may stand for one prepared lesson."""

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("context_id", "lms_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id", ondelete="CASCADE"))
    lms_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(500), default="")
    line_item_url: Mapped[str | None] = mapped_column(String(2000))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id", ondelete="SET NULL"))
    created_at: Mapped[int] = mapped_column(Moment)

    context: Mapped[Context] = relationship()


class LaunchState(Model):
    """A login under way: consumed by exactly one launch, from the same browser, within minutes."""

    __tablename__ = "launch_state"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce_hash: Mapped[str] = mapped_column(String(64))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(2000))
    browser_hash: Mapped[str] = mapped_column(String(64))
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
