"""What this LMS says of a launch: the claims of its id_tokens, in Moodle's manner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import vocabulary as v
from .activities import Activity
from .grades import LineItem
from .people import SCHOOL, Course, Person
from .platform import Launch, platform, seal_launch
from .services import groups_url, line_item_url, line_items_url, roster_url
from .tools import Tool

ID_TOKEN_SECONDS = 60
PRODUCT_FAMILY = "giotay-demo"
PRODUCT_VERSION = "1"
DEEP_LINK_PURPOSE = "deep-link-return"

# The LMS has no role for a head of department: he is staff of the school and nothing in the course.
_ROLES: dict[str, tuple[str, ...]] = {
    "teacher": (v.ROLE_INSTRUCTOR,),
    "pupil": (v.ROLE_LEARNER,),
    "head": (v.ROLE_STAFF,),
    "admin": (v.ROLE_SCHOOL_ADMIN, v.ROLE_INSTRUCTOR, v.ROLE_SYSTEM_ADMIN),
}


@dataclass(frozen=True)
class Scene:
    """The rows that one launch speaks of. `activity` is None for deep linking; `columns` are those coupled to it.

    `is_used` says whether the course already holds an activity of the tool: without one there are no services.
    """

    launch: Launch
    person: Person
    course: Course
    tool: Tool
    activity: Activity | None
    columns: tuple[LineItem, ...]
    is_used: bool

    @property
    def target_link_uri(self) -> str:
        if self.activity is None:
            return self.tool.deep_link_url
        return self.activity.url or self.tool.launch_url


def id_token_claims(scene: Scene, nonce: str) -> dict[str, Any]:
    """All claims of the id_token; it lives 60 seconds."""
    now = platform().now
    claims: dict[str, Any] = {
        "iss": platform().issuer,
        "aud": scene.tool.client_id,
        "sub": scene.person.sub,
        "iat": now,
        "exp": now + ID_TOKEN_SECONDS,
        "nonce": nonce,
        "name": scene.person.name,
        "given_name": scene.person.given_name,
        "family_name": scene.person.family_name,
        "email": scene.person.email,
        **_launch_claims(scene),
        **_service_claims(scene),
    }
    return claims | (_deep_linking_claims(scene) if scene.activity is None else _resource_link_claims(scene.activity))


def _launch_claims(scene: Scene) -> dict[str, Any]:
    return {
        f"{v.CLAIM}/version": v.LTI_VERSION,
        f"{v.CLAIM}/deployment_id": scene.tool.deployment_id,
        f"{v.CLAIM}/target_link_uri": scene.target_link_uri,
        f"{v.CLAIM}/roles": list(_ROLES[scene.person.kind]),
        f"{v.CLAIM}/context": context_claim(scene.course),
        f"{v.CLAIM}/lis": {
            "person_sourcedid": scene.person.sourced_id,
            "course_section_sourcedid": scene.course.label,
        },
        f"{v.CLAIM}/tool_platform": {
            "guid": platform().guid,
            "name": SCHOOL,
            "description": "LMS giả lập để dùng thử Giơ Tay",
            "product_family_code": PRODUCT_FAMILY,
            "version": PRODUCT_VERSION,
        },
        f"{v.CLAIM}/launch_presentation": {
            "locale": "vi",
            "document_target": scene.launch.target,
            "return_url": platform().address(f"/as/{scene.person.slug}/course/{scene.course.id}/return"),
        },
        f"{v.CLAIM}/custom": _custom(scene),
    }


def context_claim(course: Course) -> dict[str, Any]:
    return {"id": course.id, "label": course.label, "title": course.title, "type": ["CourseSection"]}


def _resource_link_claims(activity: Activity) -> dict[str, Any]:
    link = {"id": activity.resource_link_id, "title": activity.title, "description": activity.text}
    return {f"{v.CLAIM}/message_type": v.RESOURCE_LINK, f"{v.CLAIM}/resource_link": link}


def _deep_linking_claims(scene: Scene) -> dict[str, Any]:
    """The settings for choosing content. There is no `data`: a tool must live without it, as on Moodle."""
    ticket = seal_launch(scene.launch, DEEP_LINK_PURPOSE)
    return {
        f"{v.CLAIM}/message_type": v.DEEP_LINKING,
        f"{v.DEEP_LINK_CLAIM}/deep_linking_settings": {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "auto_create": False,
            "title": "",
            "text": "",
            "deep_link_return_url": platform().address(f"/deep-link/return?ticket={ticket}"),
        },
    }


def _service_claims(scene: Scene) -> dict[str, Any]:
    """Addresses of the services that the tool may use; `lineitem` only when exactly one column belongs to the link."""
    if not scene.is_used:
        return {}
    found: dict[str, Any] = {}
    grade_scopes = [scope for scope in scene.tool.scopes if scope in v.GRADE_SCOPES]
    if grade_scopes:
        found[v.ENDPOINT_CLAIM] = {"scope": grade_scopes, "lineitems": line_items_url(scene.course.id, scene.tool.id)}
        if len(scene.columns) == 1:
            found[v.ENDPOINT_CLAIM]["lineitem"] = line_item_url(scene.columns[0], scene.tool.id)
    if v.SCOPE_ROSTER in scene.tool.scopes:
        address = roster_url(scene.course.id, scene.tool.id)
        found[v.ROSTER_CLAIM] = {"context_memberships_url": address, "service_versions": ["1.0", "2.0"]}
    if v.SCOPE_GROUPS in scene.tool.scopes:
        found[v.GROUPS_CLAIM] = {
            "scope": [v.SCOPE_GROUPS],
            "context_groups_url": groups_url(scene.course.id, scene.tool.id),
            "service_versions": ["1.0"],
        }
    return found


def _custom(scene: Scene) -> dict[str, str]:
    """Custom values of the activity under those of the tool, substituted; Moodle adds the roster's address itself."""
    raw = {**(scene.activity.custom if scene.activity else {}), **scene.tool.custom}
    custom = {name: _substitute(value, scene) for name, value in raw.items()}
    if scene.is_used and v.SCOPE_ROSTER in scene.tool.scopes:
        custom["context_memberships_url"] = roster_url(scene.course.id, scene.tool.id)
    return custom


def _substitute(value: str, scene: Scene) -> str:
    """The value of a variable; one that is not known here comes back as it was sent, as on Moodle."""
    variable = VARIABLES.get(value.removeprefix("$")) if value.startswith("$") else None
    found = variable(scene) if variable else None
    return value if found is None else found


# What a custom value "$name" stands for; None where the launch has no such thing.
VARIABLES: dict[str, Callable[[Scene], str | None]] = {
    "Moodle.Person.userGroupIds": lambda scene: scene.person.group,
    "User.id": lambda scene: scene.person.sub,
    "User.username": lambda scene: scene.person.slug,
    "Person.sourcedId": lambda scene: scene.person.sourced_id,
    "Person.name.full": lambda scene: scene.person.name,
    "Person.name.given": lambda scene: scene.person.given_name,
    "Person.name.family": lambda scene: scene.person.family_name,
    "Person.email.primary": lambda scene: scene.person.email,
    "Membership.role": lambda scene: ",".join(_ROLES[scene.person.kind]),
    "Context.id": lambda scene: scene.course.id,
    "Context.label": lambda scene: scene.course.label,
    "Context.title": lambda scene: scene.course.title,
    "Context.id.history": lambda _: "",
    "CourseSection.sourcedId": lambda scene: scene.course.label,
    "ResourceLink.id": lambda scene: scene.activity.resource_link_id if scene.activity else None,
    "ResourceLink.title": lambda scene: scene.activity.title if scene.activity else None,
    "LineItem.url": lambda scene: line_item_url(scene.columns[0], scene.tool.id) if len(scene.columns) == 1 else None,
    "LineItems.url": lambda scene: line_items_url(scene.course.id, scene.tool.id),
}
