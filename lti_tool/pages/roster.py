"""The class's list: from the LMS where it grants one, pasted once where it does not."""

from flask import Blueprint, Response, render_template, request

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.models import Context, Source
from lti_tool.pages.desk import classes_of, done

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
    )


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
    added, _ = roster.paste(visitor().context_id, request.form.get("names", ""))
    return done("roster.list_", "names_added", n=added)


@screen.post("/leave-out")
@needs(Need.TEACH)
def leave_out() -> Response:
    """Take a pasted name off the list."""
    roster.leave_out(visitor().context_id, request.form.get("person", 0, type=int))
    return done("roster.list_", "name_left_out")
