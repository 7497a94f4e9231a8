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
    """The word that stands for each pupil, by opaque id, and when it was said; the plans of the class's seats."""
    run = the_run(run_id)
    note_access_once("names.seen", f"run:{run_id}")
    return jsonify(now=now(), words=_standing(run), plans=_plans(run))


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
    return jsonify(now=now(), words=_standing(run), plans=_plans(run), unknown=unknown)


def _standing(run: LessonRun) -> dict[str, dict[str, object]]:
    stands = roll.words_of(run.run_id)
    uids = {p.person_id: p.uid for p in roster.everybody(run)}
    return {
        uids[w.person_id]: {"word": w.word, "at": w.said_at, "id": w.command_id}
        for w in stands.values()
        if w.person_id in uids
    }


def _plans(run: LessonRun) -> list[dict[str, Any]]:
    """Who sits where, by opaque id; a plan for each class that has one."""
    plans = seatplan.of_lesson(run.context_id, run.class_id, roster.pupils_of(run))
    return [{"name": name, "rows": p.rows, "columns": p.columns, "seats": p.seats} for name, p in plans]
