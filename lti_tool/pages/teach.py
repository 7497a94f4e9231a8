"""A lesson being taught: its start page, the console, and what they ask of the server."""

from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, render_template, request, url_for

from live_session import activities, groups, naming, peers, posts
from live_session.commands import Actor, Confirm
from live_session.model import Activity, Json, Post, Role, Screen, State, Visibility
from lti_tool import authority, live, locale
from lti_tool.access import Need, needs, note_access, note_access_once, visitor
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import codes, courses, groupwork, leaving, roster, running, school_rules, spotcheck
from lti_tool.models import Context, LessonRun
from lti_tool.onward import see_other
from lti_tool.pages import answers
from lti_tool.pages.desk import boot, done, form_id, name_of_course
from lti_tool.pages.posts import photo_of, versions_told
from lti_tool.pages.uploads import photo_response
from lti_tool.site import site
from lti_tool.translations import words

screen = Blueprint("teach", __name__, url_prefix="/l/<visit_id>/runs/<run_id>")


def the_run(run_id: str) -> LessonRun:
    """The run of this address, in this course."""
    return running.run_of(run_id, visitor().context_id)


OF_A_RUN = {
    "codes": "teach.room_codes",
    "people": "teach.people",
    "called": "teach.called",
    "written": "teach.written",
    "posts": "teach.posted",
    "groups": "teach.group_work",
    "peers": "teach.peer_work",
    "judge": "teach.judge",
    "console": "teach.console",
    "projector": "projector.page",
    "share": "projector.share",
    "phone": "teach.phone",
    "report": "report.show",
    "left": "teach.left",
    "cards": "papercards.ask",
    "spot": "spotcheck.draw",
}
"""Where a screen goes and asks about its run: the script's name of each, and the view."""


def live_boot(run: LessonRun, kind: Screen) -> dict[str, Any]:
    """What a teacher's screen needs to speak in the run."""
    visit = visitor()
    return boot(
        seat={
            "ticket": live.ticket(visit, run.run_id, kind),
            "device": visit.id,
            "socket": site().settings.socket_url,
            "frames": url_for("live.frames"),
            "renew": url_for("teach.renew", run_id=run.run_id, kind=kind),
        },
        code=run.code,
        **{name: url_for(view, run_id=run.run_id) for name, view in OF_A_RUN.items()},
        post_photo=url_for("teach.post_photo", run_id=run.run_id, activity="which", number=0, post=0),
        read=[kind for kind, type_ in activities.types().items() if type_.is_read],
        seats=url_for("seats.arrange", of=run.class_id),
        roll={
            "address": url_for("rollcall.say", run_id=run.run_id),
            "owner": f"roll.{run.run_id}.{visit.uid}",
        },
        worker=url_for("open.service_worker", language=locale.choose()),
        title=run.title,
        course=name_of_course(run.context_id),
        total=len(roster.pupils_of(run)),
    )


@screen.get("/")
@needs(Need.TEACH)
def start_page(run_id: str) -> Any:
    """How pupils come in, the projector, the console, the teacher's phone as remote."""
    run = the_run(run_id)
    if run.ended_at is not None:
        return see_other(url_for("report.show", run_id=run_id))
    context = {
        "run": run,
        "here": "lessons",
        "qr": codes.qr(codes.join_address(run, now())),
        "address": codes.short_address(),
        "is_alone": site().settings.is_alone,
        "closes_at": live.state_of(run_id).ends_at,
        "roster_read_at": db.session.get_one(Context, run.context_id).roster_read_at,
    }
    return render_template("start.html", live=_with_words(run, Screen.CONSOLE, "start.", "desk."), **context)


def _with_words(run: LessonRun, kind: Screen, *prefixes: str) -> dict[str, Any]:
    return {**live_boot(run, kind), "words": words(*prefixes)}


@screen.get("/console")
@needs(Need.TEACH)
def console(run_id: str) -> str:
    """The teacher's screen, on a phone or a laptop."""
    run = the_run(run_id)
    note_access("console.opened", object_=f"run:{run_id}")
    rules = school_rules.at(courses.school_of(run.context_id), run.started_at)
    told = _with_words(
        run, Screen.CONSOLE, "console.", "cards.", "desk.", "group.", "kind.", "seats.", "steer.", "moved."
    )
    return render_template(
        "console.html",
        run=run,
        address=codes.short_address(),
        meeting=courses.meeting_of(run.context_id),
        live={**told, "code_lasts": rules.thresholds.code_lasts},
    )


@screen.post("/ticket/<any(console, projector):kind>")
@needs(Need.TEACH)
def renew(run_id: str, kind: str) -> Response:
    """A fresh ticket for a screen that has been open for long."""
    run = the_run(run_id)
    return jsonify(seat={"ticket": live.ticket(visitor(), run.run_id, Screen(kind))})


@screen.get("/people")
@needs(Need.TEACH)
def people(run_id: str) -> Response:
    """Names for the opaque ids of the log, and what a spot check said; to the teacher's console only. Who is on no list
    has no name."""
    run = the_run(run_id)
    note_access_once("names.seen", f"run:{run_id}")
    told: dict[str, dict[str, Any]] = {}
    looks = spotcheck.last_looks(run_id)
    everybody = roster.everybody(run)
    short = roster.called(everybody)
    for p in everybody:
        told[p.uid] = {"name": p.name, "short": short[p.uid], "number": p.number}
        if look := looks.get(p.person_id):
            told[p.uid]["look"] = {"seen": look.seen, "at": look.said_at}
    for uid in live.state_of(run_id).participants.keys() - told.keys():
        told[uid] = {"name": roster.nameless(uid)}
    return jsonify(told)


@screen.get("/called")
@needs(Need.TEACH)
def called(run_id: str) -> Response:
    """The name of the pupil who has the word and had asked for it, for the screen in the room; else null."""
    run = the_run(run_id)
    word = live.state_of(run.run_id).called
    if word is None or not word.had_hand:
        return jsonify(number=None, name=None)
    note_access_once("names.seen", f"run:{run_id}")
    names = {p.uid: p.name for p in roster.everybody(run)}
    return jsonify(number=word.number, name=names.get(word.participant))


@screen.get("/left")
@needs(Need.TEACH)
def left(run_id: str) -> Response:
    """How many pupils left the page and how often, where that is counted; nobody by name."""
    count = leaving.count_of(the_run(run_id).run_id)
    return jsonify(pupils=count.pupils, times=count.times)


@screen.get("/written")
@needs(Need.TEACH)
def written(run_id: str) -> Response:
    """What pupils have written to the current open question, for the console alone. Names are the page's own."""
    state = live.state_of(the_run(run_id).run_id)
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None or not activities.type_of(activity.kind).is_read:
        return jsonify(texts=[])
    in_time = state.responses.get((activity.id, round_.number), {})
    note_access_once("texts.seen", f"run:{run_id}")
    if naming.is_unnamed(activity):
        may = naming.is_readable(state, activity, round_, len(in_time), now())
        told_of = naming.unsigned(state, activity, in_time) if may else ()
        round_of = {"run_id": run_id, "activity": activity.id, "number": round_.number}
        return jsonify(
            texts=[{"pen": one.pen, **_read(one.value, "report.unsigned_photo", **round_of)} for one in told_of]
        )
    given = {**state.late.get((activity.id, round_.number), {}), **in_time}
    return jsonify(
        texts=[
            {"who": who, **_read(one.value, "report.photo", run_id=run_id, uid=one.sent_by or who)}
            for who, one in given.items()
            if one.value is not None
        ]
    )


def _read(value: Json, photos: str, **whose: Any) -> dict[str, str]:
    """The text of an answer, and where its photo is, if it has one."""
    text, photo = answers.written(value)
    return {"text": text, **({"photo": url_for(photos, upload_id=photo, **whose)} if photo else {})}


MOST_POSTS = 150


@screen.get("/posts")
@needs(Need.TEACH)
def posted(run_id: str) -> Response:
    """What the class has posted in the current activity, for the console alone: all that waits, and the newest of the
    rest. Names are the page's own."""
    state = live.state_of(the_run(run_id).run_id)
    round_ = state.round(state.current)
    if state.current is None or round_ is None:
        return jsonify(posts=[])
    activity = state.activity(state.current)
    standing = posts.wall_of(state, state.current, round_.number).readable
    if activity is None or not naming.may_read_posts(state, activity):
        return jsonify(posts=[])
    waiting = [p for p in standing if p.visibility is Visibility.WAITING][:MOST_POSTS]
    rest = [p for p in reversed(standing) if p.visibility is not Visibility.WAITING][:MOST_POSTS]
    note_access_once("texts.seen", f"run:{run_id}")
    return jsonify(posts=[_for_teacher(state, activity, p) for p in (*waiting, *rest)])


def _for_teacher(state: State, activity: Activity, post: Post) -> dict[str, Any]:
    is_unnamed = naming.is_unnamed(activity)
    whose = {"who": post.participant, "editors": post.editors}
    terms = activities.post_terms_of(activity)
    column = dict(terms.columns).get(post.value.get("column", "")) if terms else None
    return {
        **posts.told(post),
        **({"column": column} if column else {}),
        **({"pen": naming.pen_of(state, activity, post.participant)} if is_unnamed else whose),
        **({"photo": True} if "photo" in post.value else {}),
        "edition": post.edition,
        "visibility": post.visibility,
        "at": post.said_at,
    }


@screen.get("/groups")
@needs(Need.TEACH)
def group_work(run_id: str) -> Response:
    """What each group has handed in to the current activity, version by version, for the console alone; and the LMS's
    own groups. Names of pupils are the page's own."""
    run = the_run(run_id)
    state = live.state_of(run.run_id)
    round_ = state.round(state.current)
    lms = [{"name": name, "members": members} for name, members in roster.lms_groups(run)]
    if state.current is None or round_ is None:
        return jsonify(groups=[], lms=lms)
    note_access_once("texts.seen", f"run:{run_id}")
    posted, made = posts.wall_of(state, state.current, round_.number), groups.groups_of(state, state.current)
    asked = state.activity(state.current)
    numbers = range(1, len(made) + 1) if asked and groups.is_by_group(asked) else ()
    told = [[{**one, "who": who} for who, one in versions_told(posted, n)] for n in numbers]
    current = [one for task in groupwork.tasks_of(run, state) if task.activity == state.current for one in task.groups]
    return jsonify(groups=told, lms=lms, words={one.number: one.word._asdict() for one in current})


@screen.post("/groups")
@needs(Need.TEACH)
def judge(run_id: str) -> Response:
    """A teacher's word on a group that presents: a level, a remark, or both."""
    run = the_run(run_id)
    form = request.form
    word = groupwork.Word(form.get("level", ""), form.get("text", ""))
    told = groupwork.say(run, form.get("activity", ""), form_id("group") or 0, word, visitor().person_id)
    for person_id in told:
        note_access("profile.written", person_id, f"context:{run.context_id}")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(said=len(told))
    return done("report.show", "group_said", run_id=run_id)


@screen.get("/peers")
@needs(Need.TEACH)
def peer_work(run_id: str) -> Response:
    """Who assesses whom in the current activity, and how far they are apart, for the console alone. Names are the
    page's own."""
    state = live.state_of(the_run(run_id).run_id)
    asked, round_ = state.activity(state.current), state.round(state.current)
    if asked is None or round_ is None:
        return jsonify(works=[])
    note_access_once("texts.seen", f"run:{run_id}")
    return jsonify(works=msgspec.to_builtins(peers.assessed(state, asked, round_.number)))


@screen.get("/posts/<activity>/<int:number>/<int:post>/photo")
@needs(Need.TEACH)
def post_photo(run_id: str, activity: str, number: int, post: int) -> Response:
    """The photo of a post, for the teacher's screens."""
    run = the_run(run_id)
    state = live.state_of(run.run_id)
    asked = state.activity(activity)
    may = asked is not None and naming.may_read_posts(state, asked)
    return photo_of(run.run_id, posts.wall_of(state, activity, number), post) if may else photo_response(None)


@screen.get("/codes")
@needs(Need.TEACH)
def room_codes(run_id: str) -> Response:
    """The changing QR codes of the next minute, for the screen in the room."""
    run = the_run(run_id)
    moment = now()
    return jsonify(now=moment, codes=codes.coming_codes(run, moment) if run.code else [])


@screen.post("/phone")
@needs(Need.TEACH)
def phone(run_id: str) -> Response:
    """A QR code that makes the teacher's phone the console: once, within a minute. The secret stands after the #."""
    secret = authority.window_code(visitor().id, url_for("teach.console", run_id=the_run(run_id).run_id))
    return jsonify(svg=codes.qr(f"{site().settings.public_url}{url_for('open.door')}#c={secret}"))


@screen.post("/confirm")
@needs(Need.TEACH)
def confirm(run_id: str) -> Response:
    """Vouch for all picked names at once."""
    run = the_run(run_id)
    live.ask(run.run_id, Confirm(), Actor(Role.TEACHER, visitor().uid))
    return done("attendance.sheet", "names_confirmed", run_id=run_id)


@screen.post("/end")
@needs(Need.TEACH)
def end(run_id: str) -> Response:
    """End the lesson."""
    running.end(the_run(run_id), visitor())
    return done("report.show", "lesson_ended", run_id=run_id)


@screen.post("/resume")
@needs(Need.TEACH)
def resume(run_id: str) -> Response:
    """Open it again, on the day it was taught."""
    running.resume(the_run(run_id), visitor())
    return done("teach.start_page", "lesson_resumed", run_id=run_id)
