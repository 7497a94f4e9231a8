"""An id_token's body, read into a typed `Launch`. Wrong shapes are refused here; behind this nothing is checked again.

Claim names: LTI 1.3 Core §5.3 and §5.4, Deep Linking 2.0 §3.4.1, NRPS 2.0 §3.6.1, AGS 2.0 §3.1.
"""

from enum import StrEnum
from typing import Any

import msgspec

from lti_tool.errors import LaunchRefused
from lti_tool.models import MemberRole
from lti_tool.names import FullName, full_name

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/"


class MessageType(StrEnum):
    """Messages the tool understands."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"


class ContextClaim(msgspec.Struct, frozen=True):
    id: str
    label: str | None = None
    title: str | None = None


class ResourceLinkClaim(msgspec.Struct, frozen=True):
    id: str
    title: str | None = None


class RosterClaim(msgspec.Struct, frozen=True):
    context_memberships_url: str | None = None


class GradesClaim(msgspec.Struct, frozen=True):
    scope: tuple[str, ...] = ()
    lineitems: str | None = None
    lineitem: str | None = None


class Presentation(msgspec.Struct, frozen=True):
    locale: str | None = None
    document_target: str | None = None


class DeepLinkSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    deep_link_return_url: str
    accept_types: tuple[str, ...]
    accept_multiple: bool = False
    data: str | None = None


class Claims(
    msgspec.Struct,
    frozen=True,
    rename={
        "message_type": LTI + "message_type",
        "version": LTI + "version",
        "deployment_id": LTI + "deployment_id",
        "target": LTI + "target_link_uri",
        "roles": LTI + "roles",
        "context": LTI + "context",
        "resource_link": LTI + "resource_link",
        "presentation": LTI + "launch_presentation",
        "custom": LTI + "custom",
        "roster": NAMES_AND_ROLES + "namesroleservice",
        "grades": GRADES + "endpoint",
        "deep_linking": DEEP_LINKING + "deep_linking_settings",
    },
):
    """The claims we use, as they must look."""

    message_type: MessageType
    version: str
    deployment_id: str
    target: str
    roles: tuple[str, ...]
    sub: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    context: ContextClaim | None = None
    resource_link: ResourceLinkClaim | None = None
    presentation: Presentation | None = None
    custom: dict[str, Any] | None = None
    roster: RosterClaim | None = None
    grades: GradesClaim | None = None
    deep_linking: DeepLinkSettings | None = None


class Launch(msgspec.Struct, frozen=True):
    """A verified launch. `sub` is the person at this registration; everything optional may be missing."""

    message: MessageType
    deployment_id: str
    target: str
    sub: str
    role: MemberRole
    is_admin: bool
    name: FullName
    context: ContextClaim | None
    resource_link: ResourceLinkClaim | None
    groups: str
    lesson: str
    locale: str
    roster_url: str | None
    grades: GradesClaim
    deep_linking: DeepLinkSettings | None


def read(body: dict[str, Any]) -> Launch:
    """The launch a verified id_token describes. Raises `LaunchRefused` naming what is missing or misshapen."""
    try:
        claims = msgspec.convert(body, Claims)
    except msgspec.ValidationError as error:
        raise LaunchRefused("claims", detail=str(error)) from error
    if claims.version != "1.3.0":
        raise LaunchRefused("claims", detail="version is not 1.3.0")
    if not claims.deployment_id or (claims.message_type is MessageType.RESOURCE_LINK and not claims.resource_link):
        raise LaunchRefused("claims", detail="deployment_id or resource_link is missing")
    if claims.message_type is MessageType.DEEP_LINKING and claims.deep_linking is None:
        raise LaunchRefused("claims", detail="deep_linking_settings is missing")
    if not claims.sub:
        raise LaunchRefused("anonymous", detail="sub is missing")
    return Launch(
        message=claims.message_type,
        deployment_id=claims.deployment_id,
        target=claims.target,
        sub=claims.sub,
        role=role_of(claims.roles),
        is_admin=is_admin(claims.roles),
        name=full_name(claims.family_name, claims.given_name, claims.name, claims.email),
        context=claims.context,
        resource_link=claims.resource_link,
        groups=_custom(claims.custom, "person_groups"),
        lesson=_custom(claims.custom, "lesson"),
        locale=((claims.presentation and claims.presentation.locale) or "")[:16],
        roster_url=claims.roster.context_memberships_url if claims.roster else None,
        grades=claims.grades or GradesClaim(),
        deep_linking=claims.deep_linking,
    )


def _custom(custom: dict[str, Any] | None, name: str) -> str:
    """A custom value; a variable the platform does not know comes back literally ("$Foo.bar") and counts as absent."""
    value = (custom or {}).get(name)
    return value.strip()[:500] if isinstance(value, str) and not value.startswith("$") else ""


# --- roles ----------------------------------------------------------------------------------------------------------

VOCAB = "http://purl.imsglobal.org/vocab/lis/v2/"
CONTEXT_ROLES = {
    f"{VOCAB}membership#Instructor": MemberRole.TEACHER,
    f"{VOCAB}membership/Instructor#GuestInstructor": MemberRole.TEACHER,
    f"{VOCAB}membership/Instructor#PrimaryInstructor": MemberRole.TEACHER,
    f"{VOCAB}membership/Instructor#Lecturer": MemberRole.TEACHER,
    f"{VOCAB}membership#ContentDeveloper": MemberRole.TEACHER,
    f"{VOCAB}membership/Instructor#TeachingAssistant": MemberRole.ASSISTANT,
    f"{VOCAB}membership#TeachingAssistant": MemberRole.ASSISTANT,
    f"{VOCAB}membership#Learner": MemberRole.PUPIL,
    f"{VOCAB}membership/Learner#Learner": MemberRole.PUPIL,
    "Instructor": MemberRole.TEACHER,
    "TeachingAssistant": MemberRole.ASSISTANT,
    "Learner": MemberRole.PUPIL,
}
ADMIN_ROLES = frozenset(
    {
        f"{VOCAB}institution/person#Administrator",
        f"{VOCAB}system/person#Administrator",
        f"{VOCAB}system/person#SysAdmin",
        f"{VOCAB}membership#Administrator",
        f"{VOCAB}person#Administrator",
    }
)
_ORDER = (MemberRole.TEACHER, MemberRole.ASSISTANT, MemberRole.PUPIL)


def role_of(roles: tuple[str, ...]) -> MemberRole:
    """The role in this course, from an allow-list of full URIs and short names. An unknown role alone is a guest.

    Institution roles never make a teacher: Canvas sends Instructor and Administrator of the institution for people who
    are pupils in the course.
    """
    given = {CONTEXT_ROLES[role] for role in roles if role in CONTEXT_ROLES}
    return next((role for role in _ORDER if role in given), MemberRole.GUEST)


def is_admin(roles: tuple[str, ...]) -> bool:
    """May look after the connection; a pupil of this course never."""
    return bool(ADMIN_ROLES & set(roles)) and role_of(roles) is not MemberRole.PUPIL
