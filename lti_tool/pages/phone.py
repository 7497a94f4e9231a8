"""The pupil's page: one seat in one lesson, or the wait for it."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from live_session import talk, teams
from live_session.commands import SERVER, Move
from live_session.model import Mode, Proof, Screen, Standing, State
from lti_tool import live, locale
from lti_tool.access import Need, may, needs, note_access_once, visitor
from lti_tool.authority import Visit, page_token
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.lessons import courses, groupphones, joining, leaving, practices, profiles, roster
from lti_tool.models import LaunchKind, LessonRun
from lti_tool.onward import see_other
from lti_tool.pages.desk import name_of_course
from lti_tool.pages.open_doors import address_of_phone_words
from lti_tool.pages.profile import told
from lti_tool.site import site
from lti_tool.translations import t

screen = Blueprint("phone", __name__)

MOST_AT_ONE = 3
"""Pupils at one phone: with more, nobody has the time to answer."""
POSTS = "/live/posts"
"""Where a class's posts beyond the first page are, by activity and round."""


@screen.get("/l/<visit_id>/lesson")
@needs(Need.LEARN)
def page() -> str:
    """The lesson this pupil is in; without one, the page waits for it. Survives a reload and a sleeping phone."""
    visit = visitor()
    run = joining.run_held(visit)
    seat = seat_of(visit, run) if run else None
    boot = boot_of(visit, url_for("phone.sit"), seat)
    is_by_code, is_nameless = visit.kind is LaunchKind.CODE, visit.kind is LaunchKind.NAMELESS
    again = url_for("join.names", code=run.code) if run and run.code and is_by_code else url_for("join.ask")
    # Whoever has no name has shown no code either: the list of names is not theirs to read.
    others = url_for("join.names", code=run.code, all=1) if run and run.code and not is_nameless else ""
    is_team = run is not None and bool(groupphones.members(visit, run, live.state_of(run.run_id)))
    mates = joining.mates(visit, run) if run and seat and not is_team else []
    work = practices.for_pupil(visit) if may(visit, Need.WORK) else []
    html = render_template(
        "phone.html",
        boot=boot,
        words=address_of_phone_words(locale.choose()),
        name=called(visit),
        course=boot["course"],
        lesson=run.title if run and seat else "",
        meeting=courses.meeting_of(visit.context_id) if seat else None,
        is_picked=bool(seat and seat["is_picked"]),
        again=again,
        mates=mates,
        not_me=again if is_by_code else others,
        profile=url_for("profile.own") if may(visit, Need.OWN) else "",
        homework=len(work),
        todo=practices.to_make_up(visit, work),
        now=now(),
    )
    return re.sub(r"\n\s+", "\n", html)  # a phone pays for what stands before a line, too


def boot_of(visit: Visit, sit_at: str, seat: dict[str, Any] | None) -> dict[str, Any]:
    """What the page's script is told at its start; without a seat it takes one at `sit_at`."""
    return {
        "token": page_token(visit.id),
        "content": url_for("uploads.receive"),
        "posts": POSTS,
        "sit": sit_at,
        **({"progress": url_for("phone.progress")} if may(visit, Need.OWN) else {}),
        "worker": url_for("open.service_worker", language=locale.choose()),
        "name": called(visit),
        "course": name_of_course(visit.context_id),
        **({"seat": seat} if seat else {}),
    }


@screen.get("/l/<visit_id>/pass")
@needs(Need.LEARN)
def pass_on() -> Any:
    """How several use this phone: each answers alone, in turns, or all together give one answer; and who is of it."""
    visit = visitor()
    run = joining.run_held(visit)
    state = live.state_of(run.run_id) if run else None
    if run is None or state is None or not joining.is_seated(state, visit):
        return see_other(url_for("phone.page"))
    mates, team = joining.mates(visit, run), groupphones.members(visit, run, state)
    is_open = bool(run.code) and run.ended_at is None and visit.kind is not LaunchKind.NAMELESS
    can_add = is_open and len(mates) + 1 < MOST_AT_ONE
    can_grow = is_open and groupphones.can_grow(run, state, visit) and not groupphones.is_guest(visit, state)
    return render_template(
        "pass.html",
        name=called(visit),
        mates=mates,
        team=team,
        is_guest=groupphones.is_guest(visit, state),
        add=url_for("join.names", code=run.code, all=1) if can_add else "",
        add_to_team=url_for("join.names", code=run.code, all=1, team=visit.id) if can_grow else "",
        page_token=page_token(visit.id),
    )


def _where_seated(visit: Visit, run: LessonRun | None) -> tuple[LessonRun, State]:
    """The lesson in which this browser holds the pupil's seat. Raises `Fault` where it holds none."""
    state = live.state_of(run.run_id) if run else None
    if run is None or state is None or not joining.is_seated(state, visit):
        raise Fault("seat_gone", 403)
    return run, state


@screen.get("/l/<visit_id>/team")
@needs(Need.LEARN)
def team() -> Response:
    """Who answers by this page, by name; nobody where each answers alone. `turns`: who of the phone's team has
    answered what is asked now, and where each does so alone."""
    visit = visitor()
    run, state = _where_seated(visit, joining.run_held(visit))
    note_access_once("names.seen", f"run:{run.run_id}")
    names = [one.name for one in groupphones.members(visit, run, state)]
    return jsonify(names=names, turns=[_turn(one) for one in groupphones.turns(visit, run, state)])


def _turn(one: groupphones.Turn) -> dict[str, Any]:
    page = url_for("phone.page", visit_id=one.visit_id) if one.visit_id else None
    return {"name": one.name, "page": page, "is_own": one.is_own, "is_host": one.is_host, "is_done": one.is_done}


@screen.post("/l/<visit_id>/team")
@needs(Need.LEARN)
def change_team() -> Any:
    """Answer together from now on (`do` is "gather"), alone again ("split"), or let a member (`who`) go ("leave")."""
    visit = visitor()
    run = joining.run_for(visit)
    if run is None or run.ended_at is not None or not joining.is_seated(live.state_of(run.run_id), visit):
        raise Fault("seat_gone", 403)
    match request.form.get("do"):
        case "gather":
            groupphones.gather(visit, run)
        case "split":
            groupphones.split(visit, run)
        case "leave":
            groupphones.leave(visit, run, request.form.get("who", ""))
    return see_other(url_for("phone.pass_on"))


@screen.get("/phone-shell")
@needs(Need.NOTHING)
def shell() -> Response:
    """The same page with nobody in it, kept by the service worker for a reload without network."""
    boot = {
        "worker": url_for("open.service_worker", language=locale.choose()),
        "content": url_for("uploads.receive"),
        "posts": POSTS,
    }
    response = Response(
        render_template("phone.html", boot=boot, name="", words=address_of_phone_words(locale.choose())),
        mimetype="text/html",
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


def called(visit: Visit) -> str:
    """How the page calls whoever holds it."""
    return str(t("phone.nameless")) if visit.kind is LaunchKind.NAMELESS else visit.name


def seat_of(visit: Visit, run: LessonRun) -> dict[str, Any] | None:
    """What the page needs to speak in the run, or None while this browser holds no seat in it."""
    state = live.state_of(run.run_id)
    if not joining.is_seated(state, visit):
        return None
    return {
        **way_in(visit, run.run_id, url_for("phone.renew")),
        "move": url_for("phone.move"),
        "left": url_for("phone.left"),
        "partners": url_for("phone.partners"),
        "team": url_for("phone.team"),
        **({"gather": url_for("phone.pass_on")} if run.code and visit.kind is not LaunchKind.NAMELESS else {}),
        "is_picked": state.participants[visit.uid].claims[visit.claim].standing is Standing.PICKED,
    }


def way_in(visit: Visit, run_id: str, renew_at: str) -> dict[str, Any]:
    """How this browser speaks in a run in which it holds the pupil's seat."""
    return {
        # The outbox belongs to this pupil in this run, and is never offered under another name.
        "owner": f"{run_id}.{visit.uid}",
        "ticket": live.ticket(visit, run_id, Screen.PHONE),
        "device": visit.claim,
        "socket": site().settings.socket_url,
        "frames": url_for("live.frames"),
        "renew": renew_at,
    }


@screen.post("/l/<visit_id>/sit")
@needs(Need.LEARN)
def sit() -> Response:
    """Take the seat when the lesson has begun; `seat` is null while it has not."""
    visit = visitor()
    run = joining.run_for(visit)
    if run is None or run.ended_at is not None:
        return jsonify(seat=None)
    joining.sit_down(visit, run)
    return jsonify(seat=seat_of(visit, run))


@screen.post("/l/<visit_id>/left")
@needs(Need.LEARN)
def left() -> Response:
    """This phone was away from the page and is back; kept as one more in a count, where the teacher counts."""
    visit = visitor()
    run = joining.run_for(visit)
    if run is not None and run.ended_at is None and joining.is_seated(live.state_of(run.run_id), visit):
        leaving.note(run.run_id, visit.person_id, now())
    return jsonify()


@screen.post("/l/<visit_id>/ticket")
@needs(Need.LEARN)
def renew() -> Response:
    """A fresh ticket for a seat this browser still holds."""
    visit = visitor()
    run = joining.run_held(visit)
    seat = seat_of(visit, run) if run else None
    if seat is None:
        raise Fault("seat_gone", 403)
    return jsonify(seat=seat)


@screen.get("/l/<visit_id>/progress")
@needs(Need.OWN)
def progress() -> Response:
    """A sentence on what the lesson that is over shows to be better than the pupil's own one before it; "" where there
    is none to say, or where several look at this phone; null while no job has read the lesson."""
    visit = visitor()
    run = joining.run_held(visit)
    state = live.state_of(run.run_id) if run else None
    if run is None or state is None or teams.team_of(state, visit.uid):
        return jsonify(said="")
    if not profiles.is_read(run.run_id, state.seq):
        return jsonify(said=None)
    note_access_once("profile.seen", f"run:{run.run_id}")
    found = profiles.progress_in(run, profiles.pupil_of(visit.context_id, visit.uid))
    return jsonify(said=told(found) if found else "")


@screen.get("/l/<visit_id>/partners")
@needs(Need.LEARN)
def partners() -> Response:
    """With whom this pupil talks now, by name and place; `number` is the talk they are of, null without one. Nobody
    else's pair is told."""
    visit = visitor()
    run, state = _where_seated(visit, joining.run_for(visit))
    mine = talk.partners(state, visit.uid)
    if state.talk is None or not mine or visit.kind is LaunchKind.NAMELESS:  # no names for who has shown none
        return jsonify(number=None, names=[])
    note_access_once("names.seen", f"run:{run.run_id}")
    names = {p.uid: p.name for p in roster.everybody(run)}
    told = [{"name": names.get(who) or roster.nameless(who), "mode": state.participants[who].mode} for who in mine]
    return jsonify(number=state.talk.number, names=told)


@screen.post("/l/<visit_id>/move")
@needs(Need.LEARN)
def move() -> Response:
    """ "Em đang ở lớp", "Em đang ở nhà": the pupil's own word, marked as such, unless a new scan proves the room."""
    visit = visitor()
    run = joining.run_for(visit)
    sent = request.get_json()
    mode = Mode(sent["mode"]) if isinstance(sent, dict) and sent.get("mode") in tuple(Mode) else None
    if run is None or mode is None:
        raise Fault("seat_gone", 403)
    is_proved = mode is Mode.ROOM and joining.spend_scan(run.run_id, visit.uid)
    proof = Proof.CODE if is_proved else Proof.DECLARED
    result = live.ask(run.run_id, Move(visit.uid, visit.claim, mode, proof), SERVER)
    if live.is_refused(result):
        raise Fault("seat_gone", 403)
    return jsonify(mode=mode)
