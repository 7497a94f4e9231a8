"""Work at the pupils' own pace: given and followed by a teacher, done by a pupil on the page of a lesson."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy import select

from analytics import reader
from analytics.pool import Origin
from live_session import activities, practice
from live_session.model import Activity, State
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from lti_tool import live, locale
from lti_tool.access import Need, may, needs, note_access, visitor
from lti_tool.authority import Visit
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import editing, joining, practices, recordings
from lti_tool.lessons.practices import Line
from lti_tool.lessons.recordings import Moment
from lti_tool.models import LaunchKind, Person, Practice, Recording
from lti_tool.onward import see_other
from lti_tool.pages import answers, charts, phone, quality
from lti_tool.pages.desk import classes_of, done, form_id, name_of_course
from lti_tool.pages.open_doors import address_of_phone_words
from lti_tool.pages.teach import the_run
from lti_tool.pages.uploads import photo_response
from lti_tool.text import whole
from lti_tool.translations import words

screen = Blueprint("practices", __name__, url_prefix="/l/<visit_id>/practice")


# --- a teacher gives it ---------------------------------------------------------------------------------------------


@screen.get("/new")
@needs(Need.TEACH)
def ask() -> str:
    """Which activities, for whom, until when; of a prepared lesson, or of one that was taught (`?run=`)."""
    title, deck, source = _source(request.args.get("lesson", ""), request.args.get("run", ""))
    return render_template(
        "practice_new.html",
        here="lessons",
        title=title,
        deck=deck,
        source=source,
        classes=classes_of(visitor().context_id),
        kinds=activities.types(),
    )


@screen.post("/new")
@needs(Need.TEACH)
def give() -> Response:
    """Open it."""
    form = request.form
    title, deck, _ = _source(form.get("lesson", ""), form.get("run", ""))
    chosen = set(form.getlist("activity"))
    given = practices.give(
        visitor(),
        [one for one in deck if one.id in chosen],
        form.get("title", "") or title,
        form_id("class"),
        practices.due_of(form.get("due", "")),
    )
    return done("practices.show", "practice_opened", practice_id=given.run_id)


def _source(lesson: str, run: str) -> tuple[str, tuple[Activity, ...], dict[str, str]]:
    """(title, activities, what the form says of them)."""
    if run:
        taught = the_run(run)
        return taught.title, practices.from_run(live.state_of(run)), {"run": run}
    prepared = editing.lesson_of(lesson, visitor().context_id)
    return prepared.title, practices.from_lesson(prepared), {"lesson": lesson}


@screen.post("/of/<run_id>")
@needs(Need.TEACH)
def catch_up(run_id: str) -> Response:
    """One press: those who missed the lesson get its activities, as they were ticked."""
    people = [person for one in request.form.getlist("person") if (person := whole(one)) is not None]
    given = practices.give_catch_up(visitor(), the_run(run_id), people)
    note_access("practice.opened", object_=f"run:{run_id}")
    return done("practices.show", "practice_opened", practice_id=given.run_id)


# --- a teacher follows it -------------------------------------------------------------------------------------------


@screen.get("/<practice_id>/work")
@needs(Need.TEACH)
def show(practice_id: str) -> str:
    """Who has begun, who is done, what was hard; what pupils wrote."""
    given = practices.of_teacher(practice_id, visitor().context_id)
    state = live.state_of(practice_id, remember=True)
    note_access("practice.seen", object_=f"run:{practice_id}")
    lines = practices.lines(given, state)
    stored = reader.snapshot_of(db.session.connection(), practice_id)
    return render_template(
        "practice.html",
        here="lessons",
        given=given,
        lines=lines,
        begun=[line for line in lines if line.work.answered],
        finished=[line for line in lines if line.work.is_finished],
        total=len(state.deck),
        items=[
            (one, item, activities.key_of(one) is not None)
            for one, item in zip(state.deck, practice.items(state), strict=True)
        ],
        writings=_writings(state, lines),
        is_past=given.due_at is not None and given.due_at < now(),
        practised=quality.lines(practice_id, stored.snapshot, Origin.PRACTICE) if stored else (),
        numbers={activity.id: n for n, activity in enumerate(state.deck, 1)},
        least=quality.LEAST,
        charts=charts,
    )


def _writings(state: State, lines: list[Line]) -> list[tuple[Activity, list[tuple[Line, str, str | None]]]]:
    """The texts of activities that are read one by one: (pupil, text, photo), in the order of the list."""
    read = [one for one in state.deck if activities.type_of(one.kind).is_read]
    found = []
    for activity in read:
        given = state.responses.get((activity.id, 1), {})
        told = [(line, given[line.pupil.uid].value) for line in lines if line.pupil.uid in given]
        said = [(line, *answers.written(value)) for line, value in told if value is not None]
        if said:
            found.append((activity, said))
    return found


@screen.get("/<practice_id>/photos/<uid>/<upload_id>")
@needs(Need.TEACH)
def photo(practice_id: str, uid: str, upload_id: str) -> Response:
    """A photo that a pupil sent with an answer, for the teacher."""
    practices.of_teacher(practice_id, visitor().context_id)
    with store_errors():
        data = drive(db.session.connection(), uploads.photo((practice_id, uid, upload_id)))
    subject = db.session.scalars(select(Person.id).where(Person.uid == uid)).first()
    note_access("photo.seen", subject, object_=f"run:{practice_id}")
    return photo_response(data)


@screen.post("/<practice_id>/<any(close, reopen, due):what>")
@needs(Need.TEACH)
def change(practice_id: str, what: str) -> Response:
    """Close it, open it again, or set another deadline."""
    given = practices.of_teacher(practice_id, visitor().context_id)
    if what == "due":
        given.due_at = practices.due_of(request.form.get("due", ""))
    else:
        (practices.close if what == "close" else practices.reopen)(given, visitor())
    return done("practices.show", "practice_changed", practice_id=practice_id)


# --- a pupil does it ------------------------------------------------------------------------------------------------


@screen.get("")
@needs(Need.WORK)
def own() -> str:
    """What is open for this pupil, and how far they have come."""
    visit = visitor()
    found = [practices.own(visit, given) for given in practices.for_pupil(visit)]
    return render_template(
        "practice_own.html",
        found=found,
        course=name_of_course(visit.context_id),
        name=visit.name,
        is_by_slip=visit.kind is LaunchKind.SLIP,
        now=now(),
    )


@screen.get("/<practice_id>")
@needs(Need.WORK)
def page(practice_id: str) -> Any:
    """The page of a lesson, with nobody in front. Without a seat it takes one by a press of its own; once it is closed
    there is none to take, and what was done is to be read."""
    visit, given = visitor(), practices.of_pupil(practice_id, visitor())
    seat = seat_of(visit, given)
    if seat is None and given.closed_at is not None:
        if may(visit, Need.OWN) and visit.uid in live.state_of(given.run_id).participants:
            return see_other(url_for("review.of_run", uid=visit.uid, run_id=given.run_id))
        raise Fault("practice_closed", 410)
    boot = phone.boot_of(visit, url_for("practices.sit", practice_id=practice_id), seat)
    return render_template(
        "phone.html",
        boot=boot,
        words=address_of_phone_words(locale.choose()),
        name=visit.name,
        course=boot["course"],
        lesson=given.title,
        given=given,
        films=_films(given) if given.is_catch_up else (),
        is_picked=False,
        again=url_for("practices.own"),
        profile=url_for("profile.own") if may(visit, Need.OWN) else "",
    )


def _films(given: Practice) -> list[tuple[Recording, Sequence[Moment]]]:
    """The recordings of the lesson that is made up for, each with the moments of its activities."""
    stored = reader.snapshot_of(db.session.connection(), given.of_run or "")
    spells = stored.snapshot.phones if stored else ()
    return [(one, recordings.moments(one, spells)) for one in recordings.of_run(given.of_run or "")]


def seat_of(visit: Visit, given: Practice) -> dict[str, Any] | None:
    """What the page needs, or None while this browser holds no seat. The activities come with it, without their keys:
    whoever loses the network goes on with the next one."""
    state = live.state_of(given.run_id)
    if not joining.is_seated(state, visit):
        return None
    return {
        **phone.way_in(visit, given.run_id, url_for("practices.renew", practice_id=given.run_id)),
        "alone": {
            "deck": [asked_alone(one, state, locale.choose()) for one in state.deck],
            "all": url_for("practices.own"),
            "words": dict(words("alone.")),
        },
    }


def asked_alone(activity: Activity, state: State, language: str) -> dict[str, Any]:
    """An activity as a phone shows it: its form, and nothing of its key."""
    return {
        "id": activity.id,
        "kind": activity.kind,
        "round": 1,
        "html": activity.face(language).phone,
        "opened_at": state.started_at,
        **({"attempts": activity.terms.attempts} if activity.terms.attempts else {}),
    }


@screen.post("/<practice_id>/sit")
@needs(Need.WORK)
def sit(practice_id: str) -> Response:
    """Begin, or go on in another browser."""
    visit, given = visitor(), practices.of_pupil(practice_id, visitor())
    practices.sit_down(given, visit)
    return jsonify(seat=seat_of(visit, given))


@screen.post("/<practice_id>/ticket")
@needs(Need.WORK)
def renew(practice_id: str) -> Response:
    """A fresh ticket for a seat that this browser still holds."""
    seat = seat_of(visitor(), practices.of_pupil(practice_id, visitor()))
    if seat is None:
        raise Fault("seat_gone", 403)
    return jsonify(seat=seat)
