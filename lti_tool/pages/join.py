"""Coming in by the code: six digits or a scan, a name from the list, where one is. `/j/CODE` is the one address."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for

from live_session.model import Mode, Proof
from lti_tool import authority, live
from lti_tool.access import Need, needs
from lti_tool.errors import Fault
from lti_tool.lessons import groupphones, joining, roster
from lti_tool.lessons.joining import Place
from lti_tool.models import LaunchVisit, LessonRun
from lti_tool.onward import see_other
from lti_tool.pages.desk import name_of_course
from lti_tool.translations import t

screen = Blueprint("join", __name__)

NEW_TEAM = "new"
"""As `team`: whoever sits down here is the first of a group that answers by this phone."""


@screen.get("/")
@screen.get("/j")
@needs(Need.NOTHING)
def ask() -> str:
    """Where the six digits are typed."""
    return render_template("join_code.html", fault=None, code="")


@screen.post("/j")
@needs(Need.NOTHING)
def try_code() -> Any:
    """The digits as typed; a wrong code is said on the same page."""
    code = "".join(c for c in request.form.get("code", "") if c.isdigit())[:6]
    try:
        joining.run_by_code(code)
    except Fault as fault:
        said = t(f"fault.{fault.key}.what")
        return render_template("join_code.html", fault=said, code=code), fault.status
    return see_other(url_for("join.names", code=code))


@screen.get("/j/<code>")
@needs(Need.NOTHING)
def names(code: str) -> Any:
    """Two doors: the LMS's own page of the activity, and the names of the class; a phone that was here before is
    offered its own. `?r=` is the room's changing code: it is redeemed at this very request, by our clock, and a phone
    that comes through the LMS goes on there."""
    scanned = request.args.get("r", "")
    run = joining.run_by_code(code, scanned)
    door = joining.door_of(run)
    if scanned:
        is_going_on = door is not None and joining.is_at_home_in_lms(run) and "all" not in request.args
        names_ = url_for("join.names", code=code, all=request.args.get("all"), team=request.args.get("team"))
        onward = see_other(door.address if door and is_going_on else names_)
        onward.headers["Referrer-Policy"] = "no-referrer"  # the room's code is nobody else's
        return joining.prove_room(onward, run, scanned)
    known = None if "all" in request.args else joining.remembered(run)
    if known is not None and any(p.person_id == known.id for p in roster.pupils_of(run)):
        return _confirm(run, known.id, is_remembered=True)
    return render_template(
        "join_names.html",
        run=run,
        door=door,
        course=name_of_course(run.context_id),
        names=joining.names(run, live.state_of(run.run_id)),
        team=request.args.get("team"),
        first=_first_of_team(run),
        new_team=NEW_TEAM,
    )


def _first_of_team(run: LessonRun) -> LaunchVisit | None:
    """Who of this phone began the group that the others are picked for."""
    return next((v for v in joining.launches_here(run) if v.id == request.args.get("team")), None)


@screen.get("/j/<code>/<int:person_id>")
@needs(Need.NOTHING)
def confirm(code: str, person_id: int) -> str:
    """ "Is this you, and where are you?" """
    return _confirm(joining.run_by_code(code), person_id, is_remembered=False)


def _confirm(run: LessonRun, person_id: int, *, is_remembered: bool) -> str:
    pupil = next((p for p in roster.pupils_of(run) if p.person_id == person_id), None)
    if pupil is None:
        raise Fault("name_unknown", 404)
    state = live.state_of(run.run_id)
    return render_template(
        "join_confirm.html",
        run=run,
        pupil=pupil,
        course=name_of_course(run.context_id),
        is_proved=joining.has_room_proof(run.run_id, pupil.uid),
        is_taken=joining.is_taken(state, pupil.uid, authority.claim_of(pupil.uid)),
        is_remembered=is_remembered,
        team=request.args.get("team"),
    )


@screen.post("/j/<code>/<int:person_id>")
@needs(Need.NOTHING)
def pick(code: str, person_id: int) -> Response:
    """Sit down under this name; of a group phone the first goes on to the next name, the others back to the page by
    which it answers. Who says nothing of the place is not in the room by it."""
    run, team = joining.run_by_code(code), request.form.get("team", "")
    mode = Mode.ROOM if request.form.get("mode") == "room" else Mode.HOME
    g.visit_id = joining.pick(run, person_id, Place(mode, Proof.DECLARED))
    if team == NEW_TEAM:
        return see_other(url_for("join.names", code=code, all=1, team=g.visit_id))
    if host := groupphones.add(run, team, g.visit_id):
        return see_other(url_for("phone.pass_on", visit_id=host))
    return see_other(url_for("phone.page", visit_id=g.visit_id))


@screen.post("/j/<code>/not-me")
@needs(Need.NOTHING)
def not_me(code: str) -> Response:
    """This phone belongs to somebody else today."""
    joining.forget_phone(joining.run_by_code(code))
    return see_other(url_for("join.names", code=code, all=1))
