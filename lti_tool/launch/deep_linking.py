"""Choosing prepared lessons from inside the LMS, and answering it (LTI Deep Linking 2.0)."""

import json
import secrets
import time
from typing import Any

import jwt
from flask import Blueprint, render_template, request
from sqlalchemy import select

from lti_tool.access import Need, needs, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.headers import allow_form, origin_of
from lti_tool.launch.claims import DEEP_LINKING, LTI
from lti_tool.launch.keys import signing_key
from lti_tool.lessons import editing
from lti_tool.lms import delivery
from lti_tool.models import Context, Lesson, LineItem
from lti_tool.site import site
from lti_tool.text import one_line

routes = Blueprint("deep_link", __name__, url_prefix="/l/<visit_id>/choose")


def settings_of_visit() -> dict[str, Any]:
    """What the LMS said it accepts. Raises `Fault` on a launch that did not come to choose."""
    visit = visitor()
    if not visit.deep_link:
        raise Fault("not_choosing", 409)
    found: dict[str, Any] = json.loads(visit.deep_link)
    return found


@routes.get("")
@needs(Need.TEACH)
def choose() -> str:
    """The prepared lessons of this course, to pick one or several."""
    said = settings_of_visit()
    lessons = db.session.scalars(
        select(Lesson)
        .where(Lesson.context_id == visitor().context_id, Lesson.deleted_at.is_(None))
        .order_by(Lesson.changed_at.desc())
    ).all()
    return render_template(
        "choose.html",
        lessons=lessons,
        many=bool(said.get("accept_multiple")),
        may_have_column=said.get("accept_lineitem", True),
        maximum=delivery.MAXIMUM,
        largest=delivery.LARGEST,
    )


@routes.post("")
@needs(Need.TEACH)
def answer() -> str:
    """Send the choice back by the browser: a page whose only form posts itself to the LMS's own return address."""
    said = settings_of_visit()
    visit = visitor()
    lessons = [editing.lesson_of(uid, visit.context_id) for uid in request.form.getlist("lesson")]
    title = request.form.get("title", "")
    if request.form.get("new") or title.strip():  # who types a title means it, with the box or without
        lessons.append(editing.make_lesson(visit.context_id, visit.person_id, title))
    if len(lessons) > 1 and not said.get("accept_multiple"):
        raise Fault("choose_one")
    if lessons and "ltiResourceLink" not in said.get("accept_types", ()):
        raise Fault("choose_nothing_fits")
    db.session.flush()
    return_to = said["deep_link_return_url"]
    allow_form(origin_of(return_to))
    has_column = bool(request.form.get("column")) and said.get("accept_lineitem", True)
    columns = _columns(lessons) if has_column else [None] * len(lessons)
    token = sign([item(lesson, column) for lesson, column in zip(lessons, columns, strict=True)], said)
    return render_template("chosen.html", address=return_to, token=token, count=len(lessons))


def _columns(lessons: list[Lesson]) -> list[LineItem | None]:
    """The gradebook columns as the teacher wants them. A name is for one lesson; each of several has its own title."""
    maximum = request.form.get("maximum", delivery.MAXIMUM, type=int)
    if not 1 <= maximum <= delivery.LARGEST:
        raise Fault("column_maximum", most=delivery.LARGEST)
    label = one_line(request.form.get("label", ""), 255) if len(lessons) == 1 else ""
    return [delivery.plan(lesson, label or _title(lesson), maximum) for lesson in lessons]


def _title(lesson: Lesson) -> str:
    return lesson.title or "Giơ Tay"


def sign(items: list[dict[str, Any]], said: dict[str, Any]) -> str:
    """The response message; no item at all is a cancelled choice. `data` is echoed exactly when it was received."""
    context = db.session.get_one(Context, visitor().context_id)
    registration = context.deployment.registration
    kid, key = signing_key()
    issued = int(time.time())
    body = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": issued,
        "exp": issued + 300,
        "nonce": secrets.token_urlsafe(16),
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": context.deployment.deployment_id,
        DEEP_LINKING + "content_items": items,
    }
    if said.get("data") is not None:
        body[DEEP_LINKING + "data"] = said["data"]
    return jwt.encode(body, key, algorithm="RS256", headers={"kid": kid})


def item(lesson: Lesson, column: LineItem | None) -> dict[str, Any]:
    """A lesson as the LMS keeps it, with a grade column if the teacher wants one. `custom` values are single lines, as
    Moodle needs them."""
    found = {
        "type": "ltiResourceLink",
        "title": _title(lesson),
        "url": f"{site().settings.public_url}/lti/launch",
        "custom": {"lesson": lesson.uid},
    }
    if column is None:
        return found
    line_item = {
        "label": column.label,
        "scoreMaximum": column.maximum,
        "resourceId": column.resource_id,
        "tag": column.tag,
        "submissionReview": {"reviewableStatus": ["Completed"], "label": "Giơ Tay"},
    }
    return {**found, "lineItem": line_item}
