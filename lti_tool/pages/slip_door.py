"""A pupil comes to their own work by the secret on their slip. It stands after the #, and a script posts it: no log has
it."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for

from lti_tool.access import Need, needs, visitor
from lti_tool.errors import Fault
from lti_tool.lessons import slips
from lti_tool.onward import see_other
from lti_tool.translations import t

screen = Blueprint("slip_door", __name__)

LONGEST = 64


@screen.get("/me")
@needs(Need.NOTHING)
def door() -> str:
    """The page that a slip's address names; who has no camera types what stands on it."""
    return render_template("slip_door.html", fault=None)


@screen.post("/me")
@needs(Need.NOTHING)
def open_() -> Any:
    """Go on to this pupil's work; a wrong secret is said on the same page, and is not shown again."""
    try:
        g.visit_id = slips.redeem(request.form.get("k", "")[:LONGEST])
    except Fault as fault:
        return render_template("slip_door.html", fault=t(f"fault.{fault.key}.what")), fault.status
    return see_other(url_for("practices.own", visit_id=g.visit_id))


@screen.post("/l/<visit_id>/done")
@needs(Need.WORK)
def leave() -> Response:
    """On a device that others use, too: close the own work."""
    slips.leave(visitor())
    return see_other(url_for("slip_door.door"))
