"""An id_token's body, read into a typed `Launch`. Wrong shapes are refused here; behind this nothing is checked again.

Claim names: LTI 1.3 Core §5.3 and §5.4, Deep Linking 2.0 §3.4.1, NRPS 2.0 §3.6.1, AGS 2.0 §3.1, Course Groups 1.0 §3.3.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from lti_tool.errors import LaunchRefused
from lti_tool.models import MemberRole
from lti_tool.names import FullName, full_name

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/"
SCOPE_GROUPS = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"

UNFIT = r"\x00-\x1f\x7f\ud800-\udfff"
"""Characters that no id or address holds, and that no database keeps: controls and halves of characters."""
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=rf"\A[^{UNFIT}]+\Z")]
"""An LMS's own id of something: at most 255 characters (LTI 1.3 Core §5.3)."""
LONGEST_ADDRESS = 2_000
LONGEST_CODE = 64
NOBODY = FullName("", "")
MOST_SCOPES = 20


class MessageType(StrEnum):
    """Messages the tool understands."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"


class ContextClaim(msgspec.Struct, frozen=True):
    id: Id
    label: str | None = None
    title: str | None = None


class ResourceLinkClaim(msgspec.Struct, frozen=True):
    id: Id
    title: str | None = None


class ForUser(msgspec.Struct, frozen=True):
    """Whose work is to be looked at (LTI Submission Review 1.0 §3.2). It selects; it never allows anything."""

    user_id: Id


class RosterClaim(msgspec.Struct, frozen=True):
    context_memberships_url: str | None = None


class GradesClaim(msgspec.Struct, frozen=True):
    scope: tuple[str, ...] = ()
    lineitems: str | None = None
    lineitem: str | None = None


class GroupsClaim(msgspec.Struct, frozen=True):
    scope: tuple[str, ...] = ()
    context_groups_url: str | None = None


class Presentation(msgspec.Struct, frozen=True):
    locale: str | None = None
    document_target: str | None = None
    return_url: str | None = None


class DeepLinkSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    deep_link_return_url: str
    accept_types: tuple[str, ...]
    accept_multiple: bool = False
    accept_lineitem: bool = True
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
        "course_groups": GROUPS + "groupsservice",
        "deep_linking": DEEP_LINKING + "deep_linking_settings",
        "for_user": LTI + "for_user",
        "lis": LTI + "lis",
    },
):
    """The claims we use, as they must look."""

    message_type: MessageType
    version: str
    deployment_id: Id
    target: str
    roles: tuple[str, ...]
    iat: int | float
    sub: Id | None = None
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
    course_groups: GroupsClaim | None = None
    deep_linking: DeepLinkSettings | None = None
    for_user: ForUser | None = None
    lis: Any = None


class Launch(msgspec.Struct, frozen=True):
    """A verified launch. `sub` is the person at this registration, "" where the LMS names nobody: such a launch is a
    pupil's at most, and has no name. Everything optional may be missing.

    `issued_at` is the platform's moment in ms; `past_contexts` are the courses this one was copied from, the newest
    first; `activity_url` is where the LMS opens this activity, if a custom parameter says so; `return_url` may hold a
    session key of the person's and is kept nowhere; `for_user` is whose work is to be looked at, if anybody's; `code`
    is the school's own id of a pupil, and of nobody else.
    """

    message: MessageType
    deployment_id: str
    issued_at: int
    target: str
    sub: str
    role: MemberRole
    is_admin: bool
    name: FullName
    context: ContextClaim | None
    resource_link: ResourceLinkClaim | None
    groups: str
    lesson: str
    activity_url: str | None
    past_contexts: tuple[str, ...]
    locale: str
    return_url: str | None
    roster_url: str | None
    groups_url: str | None
    grades: GradesClaim
    deep_linking: DeepLinkSettings | None
    for_user: str | None
    code: str


def read(body: dict[str, Any]) -> Launch:
    """The launch a verified id_token describes. Raises `LaunchRefused` naming what is missing or misshapen."""
    try:
        claims = msgspec.convert({**_told(body), "sub": body.get("sub") or None}, Claims)
    except msgspec.ValidationError as error:
        raise LaunchRefused("claims", detail=str(error)) from error
    _demand_what_its_kind_needs(claims)
    return _launch(claims)


def _told(body: dict[str, Any]) -> dict[str, Any]:
    """The claims without members that are null: some platforms write so what they have nothing to say of."""
    return {
        name: {member: value for member, value in claim.items() if value is not None}
        if isinstance(claim, dict)
        else claim
        for name, claim in body.items()
    }


def _demand_what_its_kind_needs(claims: Claims) -> None:
    if claims.version != "1.3.0":
        raise LaunchRefused("claims", detail="version is not 1.3.0")
    if claims.message_type is MessageType.RESOURCE_LINK and not claims.resource_link:
        raise LaunchRefused("claims", detail="resource_link is missing")
    if claims.message_type is MessageType.DEEP_LINKING and claims.deep_linking is None:
        raise LaunchRefused("claims", detail="deep_linking_settings is missing")
    if claims.deep_linking and not is_address(claims.deep_linking.deep_link_return_url):
        raise LaunchRefused("claims", detail="deep_link_return_url is no web address")
    if claims.message_type is MessageType.SUBMISSION_REVIEW and claims.for_user is None:
        raise LaunchRefused("claims", detail="for_user is missing")
    if not claims.sub and claims.message_type is not MessageType.RESOURCE_LINK:
        raise LaunchRefused("anonymous", detail="sub is missing")


def _launch(claims: Claims) -> Launch:
    """Optional claims as the tool means them: what it cannot use counts as absent."""
    return Launch(
        message=claims.message_type,
        deployment_id=claims.deployment_id,
        issued_at=int(claims.iat * 1_000),
        target=claims.target,
        sub=claims.sub or "",
        role=role_of(claims.roles) if claims.sub else MemberRole.PUPIL,
        is_admin=bool(claims.sub) and is_admin(claims.roles),
        name=full_name(claims.family_name, claims.given_name, claims.name, claims.email) if claims.sub else NOBODY,
        context=claims.context
        and ContextClaim(claims.context.id, line(claims.context.label, 255), line(claims.context.title, 500)),
        resource_link=claims.resource_link
        and ResourceLinkClaim(claims.resource_link.id, line(claims.resource_link.title, 500)),
        groups=_custom(claims.custom, "person_groups"),
        lesson=_custom(claims.custom, "lesson"),
        activity_url=_service(_custom(claims.custom, "activity_url")),
        past_contexts=tuple(c.strip() for c in _custom(claims.custom, "context_history").split(",") if c.strip()),
        locale=((claims.presentation and claims.presentation.locale) or "")[:16],
        return_url=_service(claims.presentation.return_url if claims.presentation else None),
        roster_url=_service(claims.roster.context_memberships_url if claims.roster else None),
        groups_url=_groups(claims.course_groups or GroupsClaim()),
        grades=_grades(claims.grades or GradesClaim()),
        deep_linking=claims.deep_linking,
        for_user=claims.for_user.user_id if claims.for_user else None,
        code=_code(claims),
    )


def _code(claims: Claims) -> str:
    is_pupil = bool(claims.sub) and role_of(claims.roles) is MemberRole.PUPIL
    return code_of(claims.lis.get("person_sourcedid")) if is_pupil and isinstance(claims.lis, dict) else ""


def _grades(claim: GradesClaim) -> GradesClaim:
    scopes = tuple(scope for scope in claim.scope[:MOST_SCOPES] if is_address(scope))
    return GradesClaim(scopes, _service(claim.lineitems), _service(claim.lineitem))


def _groups(claim: GroupsClaim) -> str | None:
    """Where the course's groups are listed, if we may read them."""
    return _service(claim.context_groups_url) if SCOPE_GROUPS in claim.scope else None


def _service(address: str | None) -> str | None:
    """A service's address; one that nobody could call counts as absent, and the launch goes on without it."""
    return address if address is not None and is_address(address) else None


def is_address(text: str) -> bool:
    """A web address: http or https, with a host, nothing that breaks out of a header or a form."""
    return len(text) <= LONGEST_ADDRESS and _is_address(text)


@lru_cache(maxsize=1_000)  # a class that launches together brings the same ones
def _is_address(text: str) -> bool:
    if re.search(rf"[{UNFIT} ]", text):
        return False
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port


def is_id(text: object) -> bool:
    """What may stand for a thing of an LMS: see `Id`."""
    return isinstance(text, str) and 0 < len(text) <= 255 and is_clean(text)


def is_clean(text: str) -> bool:
    """No controls and no halves of characters: no database keeps them all."""
    return not re.search(f"[{UNFIT}]", text)


def line(text: str | None, most: int) -> str:
    """A text for one line: no controls, no halves of characters, cut at `most` characters."""
    flat = " ".join((text or "")[: 4 * most].split())  # first: a tab parts two words
    kept = "".join(c for c in flat if unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:most]


def code_of(said: Any) -> str:
    """The school's own id of a person (LIS sourcedId), as one line; "" where there is none, and for twelve digits: that
    is how a citizen's number looks, which the tool does not keep."""
    text = line(said, LONGEST_CODE) if isinstance(said, str) else ""
    return "" if re.fullmatch(r"\d{12}", text) or text.startswith("$") else text


def _custom(custom: dict[str, Any] | None, name: str) -> str:
    """A custom value; a variable the platform does not know comes back literally ("$Foo.bar") and counts as absent."""
    value = (custom or {}).get(name)
    return line(value, 500) if isinstance(value, str) and not value.startswith("$") else ""


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
