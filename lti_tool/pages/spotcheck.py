"""The neighbour spot check on the console: draw, say what was seen, read how far the proof can be trusted."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from analytics.spotcheck import ErrorRate
from lti_tool import live
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import DAY_MS, now
from lti_tool.errors import Fault
from lti_tool.formats import percent
from lti_tool.lessons import roster, spotcheck
from lti_tool.pages.teach import the_run
from lti_tool.translations import t

screen = Blueprint("spotcheck", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/spot")

LEAST = 10
"""Looks below which nothing is said of a rate."""


@screen.post("")
@needs(Need.TEACH)
def draw(run_id: str) -> Response:
    """Three pupils to look for: new ones, or those whom nobody has answered for yet."""
    run = the_run(run_id)
    people = {p.uid: p.person_id for p in roster.everybody(run)}
    rows = spotcheck.drawn(run, live.state_of(run_id), people, now())
    note_access("spot.drawn", object_=f"run:{run_id}")
    uids = {person_id: uid for uid, person_id in people.items()}
    return jsonify(
        draw=rows[0].draw_id,
        pupils=spotcheck.pupils_of_draw(rows, uids),
        said=sentences(spotcheck.of_course(run.context_id)),
    )


@screen.post("/<draw_id>")
@needs(Need.TEACH)
def say(run_id: str, draw_id: str) -> Response:
    """Seen, or not seen; `ago` milliseconds ago, where the network held the word back."""
    run = the_run(run_id)
    body: Any = request.get_json()
    if not isinstance(body, dict) or not isinstance(body.get("seen"), bool):
        raise Fault("http")
    people = {p.uid: p.person_id for p in roster.everybody(run)}
    person_id = people.get(body["who"]) if isinstance(body.get("who"), str) else None
    if person_id is None:
        raise Fault("spot_unknown", 404)
    ago = body.get("ago", 0)
    said_at = now() - (ago if isinstance(ago, int) and 0 <= ago <= DAY_MS else 0)
    spotcheck.say(run, draw_id, person_id, body["seen"], visitor().person_id, said_at)
    note_access("spot.said", person_id, f"run:{run_id}")
    return jsonify(said=sentences(spotcheck.of_course(run.context_id)))


def sentences(rates: tuple[ErrorRate, ...]) -> list[str]:
    """Each rate with its n and its bound, in one sentence; of too few looks only their number."""
    return [str(_sentence(rate)) for rate in rates]


def _sentence(rate: ErrorRate) -> str:
    proof = t(f"att.proof.{rate.proof}")
    if rate.n < LEAST:
        return str(t("spot.few", proof=proof, n=rate.n, k=rate.missed, least=LEAST))
    return str(t("spot.rate", proof=proof, n=rate.n, k=rate.missed, most=percent(rate.most, 1)))
