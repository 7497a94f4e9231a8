"""The roll call while the lesson goes on: what a teacher's browser says, what stands, and where each pupil sits."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from lti_tool.access import Need, needs, note_access, note_access_once, visitor
from lti_tool.clock import now
from lti_tool.lessons import rollcall as roll
from lti_tool.lessons import roster, seatplan
from lti_tool.models import LessonRun
from lti_tool.pages.teach import the_run

screen = Blueprint("rollcall", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/roll")


@screen.get("")
@needs(Need.TEACH)
def words(run_id: str) -> Response:
    """The word that stands for each pupil, by opaque id, and when it was said; the plan of the class's seats."""
    run = the_run(run_id)
    note_access_once("names.seen", f"run:{run_id}")
    return jsonify(now=now(), words=_standing(run), plan=_plan(run))


@screen.post("")
@needs(Need.TEACH)
def say(run_id: str) -> Response:
    """Keep words said by tap, perhaps long ago and not for the first time. `unknown`: the ids of words on somebody who
    is not of this course."""
    run = the_run(run_id)
    said = roll.read(request.get_data())
    pupils = {p.uid: p.person_id for p in roster.everybody(run)}
    unknown = roll.keep(run, said, pupils, visitor().person_id, now())
    note_access("attendance.called", object_=f"run:{run_id}")
    return jsonify(now=now(), words=_standing(run), plan=_plan(run), unknown=unknown)


def _standing(run: LessonRun) -> dict[str, dict[str, object]]:
    stands = roll.words_of(run.run_id)
    uids = {p.person_id: p.uid for p in roster.everybody(run)}
    return {
        uids[w.person_id]: {"word": w.word, "at": w.said_at, "id": w.command_id}
        for w in stands.values()
        if w.person_id in uids
    }


def _plan(run: LessonRun) -> dict[str, Any] | None:
    """Who sits where, by opaque id; None where nobody has arranged it."""
    plan = seatplan.of(run.context_id, run.class_id, roster.pupils_of(run))
    return {"rows": plan.rows, "columns": plan.columns, "seats": plan.seats} if plan.saved_at else None
