"""The plan of a class's seats: arranged once by its teacher, printed for the desk, used in the roll call."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.lessons import roster, seatplan
from lti_tool.lessons.seatplan import Plan
from lti_tool.models import SchoolClass
from lti_tool.pages.desk import classes_of
from lti_tool.translations import words

screen = Blueprint("seats", __name__, url_prefix="/l/<visit_id>/seats")


@screen.get("")
@needs(Need.TEACH)
def arrange() -> str:
    """The classroom of a class (`?of=`), with whoever has no seat yet below it."""
    context_id, class_ = visitor().context_id, _asked_class()
    class_id = class_.id if class_ else None
    pupils = roster.pupils(context_id, class_id)
    short = roster.called(pupils)
    note_access("roster.seen", object_=f"context:{context_id}")
    told = {
        "plan": _told(seatplan.of(context_id, class_id, pupils)),
        "pupils": [{"id": p.uid, "name": p.name, "short": short[p.uid], "number": p.number} for p in pupils],
        "save": url_for("seats.save", of=class_id),
        "most_rows": seatplan.MOST_ROWS,
        "words": words("desk.", "seats."),
    }
    classes = classes_of(context_id)
    return render_template(
        "seats.html",
        here="roster",
        told=told,
        today=now(),
        pupils=pupils,
        class_=class_,
        classes=classes,
        columns=seatplan.COLUMNS,
        most_rows=seatplan.MOST_ROWS,
    )


@screen.post("")
@needs(Need.TEACH)
def save() -> Response:
    """Keep the whole plan as it was arranged. Raises `Fault` where it was changed elsewhere meanwhile."""
    context_id, class_ = visitor().context_id, _asked_class()
    class_id = class_.id if class_ else None
    sent = seatplan.read(request.get_data())
    plan = seatplan.save(context_id, class_id, sent, roster.pupils(context_id, class_id), now())
    note_access("seats.arranged", object_=f"context:{context_id}")
    return jsonify(_told(plan))


def _asked_class() -> SchoolClass | None:
    """The class of the address; else the first of the course, where it has any."""
    classes = classes_of(visitor().context_id)
    if "of" not in request.args:
        return classes[0] if classes else None
    wanted = request.args.get("of", type=int)
    found = next((one for one in classes if one.id == wanted), None)
    return found or abort(404)


def _told(plan: Plan) -> dict[str, Any]:
    return {"rows": plan.rows, "columns": plan.columns, "saved_at": plan.saved_at, "seats": plan.seats}
