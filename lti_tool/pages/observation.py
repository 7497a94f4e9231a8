"""Sitting in on a lesson (dự giờ): the class's screen without any button, and a note that its teacher then reads."""

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy import select

from lti_tool import live
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.authority import Right
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import codes, observations
from lti_tool.models import LessonRun, Observation, Person, SchoolClass
from lti_tool.pages.department import rights as head_rights
from lti_tool.pages.desk import boot, done, name_of_course
from lti_tool.pages.teach import the_run
from lti_tool.site import site
from lti_tool.translations import words

screen = Blueprint("observation", __name__, url_prefix="/l/<visit_id>")


@screen.get("/observe")
@needs(Need.OBSERVE)
def list_() -> str:
    """Lessons that go on or went on lately, and what this observer has written."""
    note_access("lessons.listed")
    runs = observations.open_lessons(_rights())
    notes = observations.written_by(visitor().person_id)
    people = {run.started_by for run in runs} | {run.started_by for _, run in notes}
    return render_template(
        "observations.html",
        here="department" if head_rights() else "observe",
        tab="visits",
        is_head=bool(head_rights()),
        running=[run for run in runs if run.ended_at is None],
        past=[run for run in runs if run.ended_at is not None],
        notes=notes,
        names=_names(people),
        classes=_classes([*runs, *(run for _, run in notes)]),
        name_of_course=name_of_course,
    )


@screen.get("/observe/<run_id>")
@needs(Need.OBSERVE)
def seat(run_id: str) -> str:
    """The note of one lesson: a form until it is sent, then a page to read and to print."""
    run = _run(run_id)
    note_access("lesson.observed", object_=f"run:{run_id}")
    note = observations.of_observer(run_id, visitor().person_id)
    return _page(run, note)


@screen.post("/observe/<run_id>")
@needs(Need.OBSERVE)
def write(run_id: str) -> Response:
    """Keep the note as a draft, or send it to the teacher."""
    is_sent = request.form.get("do") == "send"
    observations.write(_run(run_id), visitor().person_id, request.form, send=is_sent)
    note_access("observation.sent" if is_sent else "observation.saved", object_=f"run:{run_id}")
    return done("observation.seat", "observation_sent" if is_sent else "observation_saved", run_id=run_id)


@screen.get("/observe/<run_id>/screen")
@needs(Need.OBSERVE)
def watch(run_id: str) -> str:
    """What the class sees, and the same counts; without the room's code, and nothing to press."""
    run = _run(run_id)
    if run.ended_at is not None:
        raise Fault("run_over", 409)
    note_access("lesson.observed", object_=f"run:{run_id}")
    seat = {
        "ticket": live.observer_ticket(visitor(), run_id),
        "device": visitor().id,
        "socket": site().settings.socket_url,
        "frames": url_for("live.frames"),
        "renew": url_for("observation.renew", run_id=run_id),
    }
    told = boot(
        seat=seat,
        report=url_for("observation.seat", run_id=run_id),
        title=run.title,
        course=name_of_course(run.context_id),
        total=0,
    )
    return render_template(
        "projector.html",
        run=run,
        is_shared=True,
        is_watched=True,
        live={**told, "words": words("projector.", "cards.", "steer.", "moved.")},
        address=codes.short_address(),
        qr="",
    )


@screen.post("/observe/<run_id>/ticket")
@needs(Need.OBSERVE)
def renew(run_id: str) -> Response:
    """A fresh ticket for a screen that has been open for long."""
    run = _run(run_id)
    return jsonify(seat={"ticket": live.observer_ticket(visitor(), run.run_id)})


@screen.get("/runs/<run_id>/observations")
@needs(Need.TEACH)
def read(run_id: str) -> str:
    """What observers have sent the teacher about a lesson."""
    run = the_run(run_id)
    return render_template(
        "observed.html",
        here="lessons",
        run=run,
        notes=(notes := observations.sent_of(run_id)),
        names=_names({note.observer_id for note in notes}),
    )


def _rights() -> list[Right]:
    return observations.rights_of(visitor().rights)


def _run(run_id: str) -> LessonRun:
    return observations.run_of(run_id, _rights(), visitor().person_id)


def _page(run: LessonRun, note: Observation | None) -> str:
    return render_template(
        "observation.html",
        here="department" if head_rights() else "observe",
        run=run,
        note=note,
        parts=observations.headings_of(run, note),
        longest=observations.LONGEST_TEXT,
        course=name_of_course(run.context_id),
        names=_names({run.started_by}),
    )


def _names(ids: set[int | None]) -> dict[int, str]:
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_([one for one in ids if one])))
    return {row.id: row.name for row in found}


def _classes(runs: list[LessonRun]) -> dict[int, str]:
    ids = {run.class_id for run in runs if run.class_id}
    return {one.id: one.name for one in db.session.scalars(select(SchoolClass).where(SchoolClass.id.in_(ids)))}
