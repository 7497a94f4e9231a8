"""Names and Role Provisioning Services 2.0: who is in the course, in Moodle's manner (short roles, no groups)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from . import activities
from .claims import context_claim
from .people import Person
from .platform import platform
from .services import PREFIX, Caller, ServiceFault, page_of, require_accept, require_caller, roster_url
from .vocabulary import MEDIA_ROSTER, ROLE_INSTRUCTOR, ROLE_LEARNER, SCOPE_ROSTER

blueprint = Blueprint("roster", __name__)

_SHORT_ROLES = {"teacher": "Instructor", "pupil": "Learner"}
_ROLE_NAMES = {"Instructor": "Instructor", ROLE_INSTRUCTOR: "Instructor", "Learner": "Learner", ROLE_LEARNER: "Learner"}


@blueprint.get(f"{PREFIX}/CourseSection/<course_id>/bindings/<type_id>/memberships")
def show_roster(course_id: str, type_id: str) -> Response:
    """The membership container; `role`, `rlid`, `limit` and `from` narrow it, and the next link keeps all of them."""
    caller = require_caller(course_id, type_id, (SCOPE_ROSTER,))
    require_accept(MEDIA_ROSTER)
    _check_link(caller)
    role = request.args.get("role")
    wanted = _ROLE_NAMES.get(role or "")
    members = [
        _member(person) for person in caller.course.members if role is None or _SHORT_ROLES[person.kind] == wanted
    ]
    body = {"id": roster_url(course_id, caller.tool.id), "context": context_claim(caller.course)}
    return page_of(members, MEDIA_ROSTER, body, "members")


def _check_link(caller: Caller) -> None:
    """`rlid` must name an activity of this tool in this course."""
    rlid = request.args.get("rlid")
    if rlid is None:
        return
    with platform().store.read() as db:
        activity = activities.find_activity(db, rlid)
    if activity is None or activity.course_id != caller.course.id or activity.tool_id != caller.tool.id:
        raise ServiceFault(404, "no such resource link in this course")


def _member(person: Person) -> dict[str, Any]:
    """One enrolment. `name` is given name first whatever the site's order, as Moodle's roster has it."""
    return {
        "status": "Active",
        "roles": [_SHORT_ROLES[person.kind]],
        "user_id": person.sub,
        "lis_person_sourcedid": person.sourced_id,
        "name": f"{person.given_name} {person.family_name}",
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "ext_user_username": person.slug,
    }
