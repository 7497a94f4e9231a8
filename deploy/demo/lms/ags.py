"""Assignment and Grade Services 2.0: line items, scores and results."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from . import activities, grades
from .grades import BadBody, Grade, LineItem
from .people import find_subject, is_pupil_of
from .platform import platform
from .services import (
    PREFIX,
    Caller,
    ServiceFault,
    line_item_url,
    media_answer,
    page_of,
    require_accept,
    require_caller,
    require_json,
)
from .vocabulary import (
    MEDIA_LINE_ITEM,
    MEDIA_LINE_ITEMS,
    MEDIA_RESULTS,
    MEDIA_SCORE,
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_RESULT_READ,
    SCOPE_SCORE,
)

blueprint = Blueprint("ags", __name__, url_prefix=PREFIX)

_READ = (SCOPE_LINE_ITEM_READ, SCOPE_LINE_ITEM)
_ITEM = "/<course_id>/lineitems/<int(max=999999999):item_id>/lineitem"


def _caller(course_id: str, scopes: tuple[str, ...]) -> Caller:
    return require_caller(course_id, request.args.get("type_id", ""), scopes)


def _require_item(db: sqlite3.Connection, caller: Caller, item_id: int) -> LineItem:
    """The column, when it is one of this tool's. Another tool's is not shown to exist."""
    item = grades.find_line_item(db, caller.course.id, item_id)
    if item is None or item.tool_id != caller.tool.id:
        raise ServiceFault(404, "no such line item")
    return item


@blueprint.get("/<course_id>/lineitems")
def list_line_items(course_id: str) -> Response:
    """The tool's columns in the course; filters resource_id, resource_link_id and tag, paging by limit and from."""
    caller = _caller(course_id, _READ)
    require_accept(MEDIA_LINE_ITEMS)
    with platform().store.read() as db:
        items = [item for item in grades.list_line_items(db, course_id) if item.tool_id == caller.tool.id]
    bodies = [_body(item, caller) for item in items]
    filters = {"resource_id": "resourceId", "resource_link_id": "resourceLinkId", "tag": "tag"}
    for name, member in filters.items():
        if name in request.args:
            bodies = [body for body in bodies if body.get(member, "") == request.args[name]]
    return page_of(bodies, MEDIA_LINE_ITEMS, {}, None)


@blueprint.post("/<course_id>/lineitems")
def add_line_item(course_id: str) -> Response:
    """A new column of the tool's own, coupled to an activity when resourceLinkId names one."""
    caller = _caller(course_id, (SCOPE_LINE_ITEM,))
    body = require_json(MEDIA_LINE_ITEM)
    column = grades.read_column(body)
    with platform().store.write() as db:
        activity_id = _coupled(db, caller, body)
        item_id = grades.add_line_item(db, course_id, caller.tool.id, activity_id, column)
        item = _require_item(db, caller, item_id)
    return media_answer(_body(item, caller), MEDIA_LINE_ITEM, 201)


@blueprint.get(_ITEM)
def show_line_item(course_id: str, item_id: int) -> Response:
    caller = _caller(course_id, _READ)
    require_accept(MEDIA_LINE_ITEM)
    with platform().store.read() as db:
        item = _require_item(db, caller, item_id)
    return media_answer(_body(item, caller), MEDIA_LINE_ITEM)


@blueprint.put(_ITEM)
def replace_line_item(course_id: str, item_id: int) -> Response:
    """Full replacement: an omitted resourceId or tag is blank afterwards, an omitted resourceLinkId uncouples."""
    caller = _caller(course_id, (SCOPE_LINE_ITEM,))
    body = require_json(MEDIA_LINE_ITEM)
    column = grades.read_column(body)
    with platform().store.write() as db:
        item = _require_item(db, caller, item_id)
        grades.replace_line_item(db, item, _coupled(db, caller, body), column)
        item = _require_item(db, caller, item_id)
    return media_answer(_body(item, caller), MEDIA_LINE_ITEM)


@blueprint.delete(_ITEM)
def delete_line_item(course_id: str, item_id: int) -> Response:
    caller = _caller(course_id, (SCOPE_LINE_ITEM,))
    with platform().store.write() as db:
        grades.delete_line_item(db, _require_item(db, caller, item_id))
    return Response(status=204)


@blueprint.post(f"{_ITEM}/scores")
def post_score(course_id: str, item_id: int) -> Response:
    """Take one score. 200 with an empty body; 400 for who cannot be graded; 409 when a newer or equal one is there."""
    caller = _caller(course_id, (SCOPE_SCORE,))
    score = grades.read_score(require_json(MEDIA_SCORE))
    person = find_subject(score.sub)
    if person is None or not is_pupil_of(person, caller.course):
        raise ServiceFault(400, "this person cannot be graded in this course")
    with platform().store.write() as db:
        taken = grades.record_score(db, _require_item(db, caller, item_id), score)
    if not taken:
        raise ServiceFault(409, "refusing score with a timestamp that is not newer than the stored one")
    return Response(status=200, content_type="application/json")


@blueprint.get(f"{_ITEM}/results")
def list_results(course_id: str, item_id: int) -> Response:
    """The grades that count, the teacher's override included; `user_id` asks for one person."""
    caller = _caller(course_id, (SCOPE_RESULT_READ,))
    require_accept(MEDIA_RESULTS)
    with platform().store.read() as db:
        item = _require_item(db, caller, item_id)
        stored = grades.list_grades(db, item.id)
    wanted = request.args.get("user_id")
    shown = [grade for sub, grade in stored.items() if wanted in (None, sub)]
    return page_of([_result(item, caller, grade) for grade in shown], MEDIA_RESULTS, {}, None)


def _coupled(db: sqlite3.Connection, caller: Caller, body: object) -> int | None:
    """The activity that resourceLinkId names, which must be this tool's and in this course; None when none is named."""
    named = body.get("resourceLinkId") if isinstance(body, dict) else None
    if named is None:
        return None
    activity = activities.find_activity(db, named) if isinstance(named, str) else None
    if activity is None or activity.course_id != caller.course.id or activity.tool_id != caller.tool.id:
        raise BadBody("resourceLinkId is not one of this tool's links in this course")
    return activity.id


def _body(item: LineItem, caller: Caller) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": line_item_url(item, caller.tool.id),
        "label": item.label,
        "scoreMaximum": item.maximum,
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.activity_id is not None:
        body["resourceLinkId"] = str(item.activity_id)
    return body


def _result(item: LineItem, caller: Caller, grade: Grade) -> dict[str, Any]:
    """One result. A grade that is empty has no resultScore."""
    address = line_item_url(item, caller.tool.id)
    path, _, query = address.partition("?")
    body: dict[str, Any] = {
        "id": f"{path}/results?{query}&user_id={grade.sub}",
        "userId": grade.sub,
        "scoreOf": address,
        "resultMaximum": item.maximum,
    }
    if grade.final is not None:
        body["resultScore"] = grade.final
    if grade.comment is not None:
        body["comment"] = grade.comment
    moment = max(grade.scored_at or 0, grade.overridden_at or 0)
    if moment:
        body["timestamp"] = datetime.fromtimestamp(moment, UTC).isoformat()
    return body
