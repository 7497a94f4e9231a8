"""The class's list: from the LMS where it grants one, pasted once where it does not."""

from flask import Blueprint, Response, render_template, request

from live_session.clocks import STEPS
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.extensions import db, let_go
from lti_tool.lessons import roster, running
from lti_tool.models import Context, Source
from lti_tool.pages.desk import classes_of, done, form_id
from lti_tool.text import whole

screen = Blueprint("roster", __name__, url_prefix="/l/<visit_id>/roster")


@screen.get("")
@needs(Need.TEACH)
def list_() -> str:
    """Who is in the class, where each name came from, and when the list was read."""
    context = db.session.get_one(Context, visitor().context_id)
    note_access("roster.seen", object_=f"context:{context.id}")
    return render_template(
        "roster.html",
        here="roster",
        context=context,
        pupils=roster.pupils(context.id),
        former=[p for p in roster.pupils(context.id, with_former=True) if not p.is_active],
        classes={c.id: c.name for c in classes_of(context.id)},
        is_wanted=roster.is_wanted(context),
        pasted=Source.PASTED,
        steps=STEPS,
    )


@screen.post("/extra-time")
@needs(Need.TEACH)
def extra_time() -> Response:
    """More time for pupils who need it: from the next seat on, and at once in the lesson that is under way."""
    context_id = visitor().context_id
    sent = {whole(name[1:]): whole(text, 3) for name, text in request.form.items() if name[:1] == "x"}
    chosen = {person: -1 if percent is None else percent for person, percent in sent.items() if person is not None}
    changed = roster.give_time(context_id, chosen)
    running.give_time(context_id, chosen, visitor())
    note_access("extra_time.set", object_=f"context:{context_id}")
    return done("roster.list_", "extra_time_set", n=changed)


@screen.post("/refresh")
@needs(Need.TEACH)
def refresh() -> Response:
    """Ask for the LMS's list again; a job reads it."""
    context = db.session.get_one(Context, visitor().context_id)
    context.roster_wanted_at = now()
    return done("roster.list_", "roster_asked")


@screen.get("/paste")
@needs(Need.TEACH)
def paste_form() -> str:
    """Where a list from a spreadsheet is pasted."""
    return render_template("roster_paste.html", here="roster", context_id=visitor().context_id)


@screen.post("/paste")
@needs(Need.TEACH)
def paste() -> Response:
    """Add the pasted names; the same list again adds nobody."""
    let_go()
    names = roster.names_pasted(request.form.get("names", ""))
    added = roster.paste(visitor().context_id, names)
    return done("roster.list_", "names_added", n=added)


@screen.post("/leave-out")
@needs(Need.TEACH)
def leave_out() -> Response:
    """Take a pasted name off the list."""
    roster.leave_out(visitor().context_id, form_id("person") or 0)
    return done("roster.list_", "name_left_out")
