"""What the two services have in common: addresses, bearer tokens, media types, JSON bodies and refusals."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from . import activities, tools
from .grades import LineItem
from .people import Course, find_course
from .platform import platform
from .tools import Tool

PREFIX = "/lti/services"


class ServiceFault(Exception):
    """A service call that is refused; answered as JSON in Moodle's shape {status, reason}."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Caller:
    """The tool behind a bearer token, and the course it may touch with this call."""

    tool: Tool
    course: Course


def line_items_url(course_id: str, tool_id: int) -> str:
    return platform().address(f"{PREFIX}/{course_id}/lineitems?type_id={tool_id}")


def line_item_url(item: LineItem, tool_id: int) -> str:
    """Ends in a query, as Moodle's does: `/scores` and `/results` go before it."""
    return platform().address(f"{PREFIX}/{item.course_id}/lineitems/{item.id}/lineitem?type_id={tool_id}")


def roster_url(course_id: str, tool_id: int) -> str:
    return platform().address(f"{PREFIX}/CourseSection/{course_id}/bindings/{tool_id}/memberships")


def groups_url(course_id: str, tool_id: int) -> str:
    return platform().address(f"{PREFIX}/CourseSection/{course_id}/bindings/{tool_id}/groups")


def require_caller(course_id: str, type_id: str, scopes: tuple[str, ...]) -> Caller:
    """Who calls, when its token is good for one of `scopes` and it is used in this course.

    Raises ServiceFault: 401 without a valid token, 403 when scope, tool or course do not fit, 404 for no such course.
    """
    tool, granted = _bearer()
    if not any(scope in granted for scope in scopes):
        raise ServiceFault(403, "the token was not granted a scope for this call")
    course = find_course(course_id)
    if course is None:
        raise ServiceFault(404, "no such course")
    if type_id != str(tool.id):
        raise ServiceFault(403, "the token belongs to another tool")
    with platform().store.read() as db:
        if not activities.is_used_in(db, tool.id, course.id):
            raise ServiceFault(403, "the tool is not used in this course")
    return Caller(tool, course)


def _bearer() -> tuple[Tool, tuple[str, ...]]:
    """The active tool and the scopes behind the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ServiceFault(401, "a bearer token is needed")
    with platform().store.read() as db:
        row = db.execute(
            "SELECT tool_id, scopes FROM access_token WHERE digest = ? AND expires_at > ?",
            (token_digest(token.strip()), platform().now),
        ).fetchone()
        tool = tools.find_tool(db, row["tool_id"]) if row else None
    if row is None or tool is None or not tool.active:
        raise ServiceFault(401, "the bearer token is unknown or expired")
    return tool, tuple(row["scopes"].split())


def token_digest(token: str) -> str:
    """What the database keeps of an access token: never the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def require_accept(*media_types: str) -> None:
    """Refuse an Accept header that is neither one of the types alone nor holds */*. As strict as Moodle."""
    accept = request.headers.get("Accept", "*/*")
    if "*/*" not in accept and accept.strip() not in media_types:
        raise ServiceFault(400, f"no handler found for {request.method} with this Accept header")


def require_json(media_type: str) -> object:
    """The JSON body, when it comes under exactly this media type."""
    if request.mimetype != media_type:
        raise ServiceFault(400, f"the Content-Type must be {media_type}")
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise ServiceFault(400, "the body is not JSON") from error


def media_answer(body: Any, media_type: str, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type=media_type)


def fault_answer(fault: ServiceFault) -> Response:
    body = json.dumps({"status": fault.status, "reason": fault.reason}, ensure_ascii=False)
    answer = Response(body, status=fault.status, content_type="application/json")
    if fault.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="giotay-demo-lms"'
    return answer


def page_bounds() -> tuple[int, int | None]:
    """`from` (default 0) and `limit` (None: everything) of the query. Raises ServiceFault for what is no count."""
    start = _count("from")
    limit = _count("limit")
    return start or 0, limit or None


def _count(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ServiceFault(400, f"{name} must be a whole number")
    return int(text)


def page_of(entries: list[Any], answer_media: str, body: Any, member: str | None) -> Response:
    """One page of `entries` under `limit` and `from`, with a Link to the next page when there is one.

    `member` names the list inside `body`; None sends the list alone.
    """
    start, limit = page_bounds()
    end = len(entries) if limit is None else start + limit
    shown = entries[start:end]
    answer = media_answer({**body, member: shown} if member else shown, answer_media)
    if end < len(entries):
        query = request.args.to_dict() | {"limit": str(limit), "from": str(end)}
        answer.headers["Link"] = f'<{platform().address(request.path)}?{urlencode(query)}>; rel="next"'
    return answer
