"""Names and Role Provisioning Services 2.0: who is in the course, in Moodle's manner (short roles); and what Moodle
does not offer, Course Groups 1.0: the course's groups, and who is in which when the roster is asked `groups=true`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from . import activities
from .claims import context_claim
from .people import Person, find_subject
from .platform import platform
from .services import PREFIX, Caller, ServiceFault, groups_url, page_of, require_accept, require_caller, roster_url
from .vocabulary import MEDIA_GROUPS, MEDIA_ROSTER, ROLE_INSTRUCTOR, ROLE_LEARNER, SCOPE_GROUPS, SCOPE_ROSTER

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
    shows_groups = request.args.get("groups") == "true" and SCOPE_GROUPS in caller.tool.scopes
    members = [
        {**_member(person), **(_enrollments(person) if shows_groups else {})}
        for person in caller.course.members
        if role is None or _SHORT_ROLES[person.kind] == wanted
    ]
    body = {"id": roster_url(course_id, caller.tool.id), "context": context_claim(caller.course)}
    return page_of(members, MEDIA_ROSTER, body, "members")


@blueprint.get(f"{PREFIX}/CourseSection/<course_id>/bindings/<type_id>/groups")
def show_groups(course_id: str, type_id: str) -> Response:
    """The course's groups; `user_id` narrows them to one person's, `limit` and `from` as in the roster."""
    caller = require_caller(course_id, type_id, (SCOPE_GROUPS,))
    require_accept(MEDIA_GROUPS)
    person = find_subject(request.args["user_id"]) if "user_id" in request.args else None
    groups = [
        {"id": group.id, "name": group.name}
        for group in caller.course.groups
        if "user_id" not in request.args or (person is not None and person.group == group.id)
    ]
    return page_of(groups, MEDIA_GROUPS, {"id": groups_url(course_id, caller.tool.id)}, "groups")


def _enrollments(person: Person) -> dict[str, Any]:
    return {"group_enrollments": [{"group_id": person.group}] if person.group else []}


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
