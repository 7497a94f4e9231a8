"""Third-party login: the form that starts a launch at the tool, and the answer to the tool's authentication request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request

from . import activities, grades, tools
from .claims import Scene, id_token_claims
from .people import find_course, find_person, may_open
from .platform import Launch, open_launch, platform, seal_launch
from .screens import PageFault, post_page
from .store import spend
from .tools import Tool

blueprint = Blueprint("oidc", __name__)

LAUNCH_PURPOSE = "launch"


class Refusal(Exception):
    """An authentication request that is answered with an OIDC error, posted to the redirect URI."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def login_page(scene: Scene) -> Response:
    """The page that posts the login form to the tool. `lti_message_hint` is JSON, as Moodle's is."""
    hint = {
        "cmid": scene.activity.cmid if scene.activity else 0,
        "launchid": seal_launch(scene.launch, LAUNCH_PURPOSE),
    }
    fields = {
        "iss": platform().issuer,
        "target_link_uri": scene.target_link_uri,
        "login_hint": scene.person.sub,
        "lti_message_hint": json.dumps(hint),
        "client_id": scene.tool.client_id,
        "lti_deployment_id": scene.tool.deployment_id,
    }
    return post_page(scene.tool.login_url, fields, scene.tool.origins)


@blueprint.route("/oidc/auth", methods=["GET", "POST"])
def authenticate() -> Response:
    """Answer the tool's authentication request by a form that posts id_token and state to its redirect URI.

    A request whose client or redirect URI is unknown gets a page of ours: nothing is posted to an address that no
    registration named. Any other fault is posted to the tool as `error`.
    """
    asked: Mapping[str, str] = request.values
    with platform().store.read() as db:
        tool = tools.find_client(db, asked.get("client_id", ""))
    if tool is None:
        raise PageFault(400, "Công cụ chưa được đăng kí hoặc chưa được kích hoạt.", "unknown client_id")
    redirect_uri = asked.get("redirect_uri", "")
    if redirect_uri not in tool.redirect_urls:
        raise PageFault(400, "Địa chỉ nhận kết quả không khớp với đăng kí của công cụ.", "redirect_uri not registered")
    try:
        fields = {"id_token": _id_token(asked, tool)}
    except Refusal as refusal:
        fields = {"error": refusal.code, "error_description": refusal.description}
    if "state" in asked:
        fields["state"] = asked["state"]
    return post_page(redirect_uri, fields, tool.origins)


def _id_token(asked: Mapping[str, str], tool: Tool) -> str:
    """A signed id_token for a request without fault. The launch is used up only when everything else is right."""
    _check_protocol(asked)
    launch = _hinted_launch(asked.get("lti_message_hint", ""))
    scene = load_scene(launch.launch)
    if scene is None or scene.tool.id != tool.id or launch.cmid != (scene.activity.cmid if scene.activity else 0):
        raise Refusal("invalid_request", "lti_message_hint does not belong to this client")
    if asked.get("login_hint") != scene.person.sub:
        raise Refusal("access_denied", "login_hint is not the person who opened the link")
    with platform().store.write() as db:
        fresh = spend(db, "launch", launch.launch.serial, now=platform().now, expires_at=launch.launch.expires_at)
    if not fresh:
        raise Refusal("invalid_request", "this launch was used before; open the activity again from the course")
    return platform().key.sign(id_token_claims(scene, asked["nonce"]))


def _check_protocol(asked: Mapping[str, str]) -> None:
    if asked.get("scope") != "openid":
        raise Refusal("invalid_scope", "scope must be openid")
    if asked.get("response_type") != "id_token":
        raise Refusal("unsupported_response_type", "response_type must be id_token")
    if asked.get("response_mode") != "form_post":
        raise Refusal("invalid_request", "response_mode must be form_post")
    if asked.get("prompt") != "none":
        raise Refusal("invalid_request", "prompt must be none")
    if not asked.get("nonce"):
        raise Refusal("invalid_request", "nonce is missing")


@dataclass(frozen=True)
class _Hint:
    cmid: int
    launch: Launch


def _hinted_launch(text: str) -> _Hint:
    try:
        hint = json.loads(text)
        cmid, sealed = hint["cmid"], hint["launchid"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("invalid_request", "lti_message_hint must come back exactly as it was sent") from error
    launch = open_launch(sealed, LAUNCH_PURPOSE) if isinstance(sealed, str) and isinstance(cmid, int) else None
    if launch is None:
        raise Refusal("invalid_request", "the launch is unknown or too old; open the activity again from the course")
    return _Hint(cmid, launch)


def load_scene(launch: Launch) -> Scene | None:
    """The rows behind a launch; None when one of them is gone or the person may not open the course (any more)."""
    person, course = find_person(launch.slug), find_course(launch.course_id)
    if person is None or course is None or not may_open(person, course):
        return None
    with platform().store.read() as db:
        tool = tools.find_tool(db, launch.tool_id)
        activity = activities.find_activity(db, launch.resource_link_id) if launch.resource_link_id else None
        columns = grades.list_line_items(db, course.id)
        is_used = activities.is_used_in(db, launch.tool_id, course.id)
    if tool is None or not tool.active or (launch.resource_link_id and activity is None):
        return None
    if activity is not None and (activity.course_id != course.id or activity.tool_id != tool.id):
        return None
    coupled = tuple(item for item in columns if activity is not None and item.activity_id == activity.id)
    return Scene(launch, person, course, tool, activity, coupled, is_used)
