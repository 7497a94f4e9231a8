"""Slips for work at home: whose opens now, new ones to print, the end of a lost one."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import today
from lti_tool.errors import Fault
from lti_tool.lessons import codes, roster, slips
from lti_tool.models import Source
from lti_tool.pages.desk import done, form_id
from lti_tool.site import site
from lti_tool.text import whole

screen = Blueprint("slips", __name__, url_prefix="/l/<visit_id>/slips")


@screen.get("")
@needs(Need.TEACH)
def list_() -> str:
    """Who of the class has a slip, until when, and when it was last used."""
    context_id = visitor().context_id
    note_access("roster.seen", object_=f"context:{context_id}")
    return render_template(
        "slips.html",
        here="roster",
        pupils=roster.pupils(context_id),
        slips=slips.of_course(context_id),
        pasted=Source.PASTED,
        ends=slips.ends_on(today()),
    )


@screen.post("")
@needs(Need.TEACH)
def make() -> Response:
    """New slips, shown this once: only their fingerprints are kept."""
    made = slips.make(visitor(), {n for one in request.form.getlist("person") if (n := whole(one)) is not None})
    for slip in made:
        note_access("slip.made", slip.pupil.person_id, f"context:{visitor().context_id}")
    door = f"{site().settings.public_url}{url_for('slip_door.door')}"
    page = render_template(
        "slips_print.html",
        here="roster",
        slips=[(slip, Markup(codes.qr(f"{door}#k={slip.secret}"))) for slip in made],  # noqa: S704 - our own drawing
        address=door.partition("://")[2],
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@screen.post("/revoke")
@needs(Need.TEACH)
def revoke() -> Response:
    """End a pupil's slip at once, and what it opened."""
    person_id = form_id("person") or 0
    if all(pupil.person_id != person_id for pupil in roster.pupils(visitor().context_id, with_former=True)):
        raise Fault("name_unknown", 404)
    slips.revoke(visitor(), [person_id])
    note_access("slip.revoked", person_id, f"context:{visitor().context_id}")
    return done("slips.list_", "slip_revoked")
