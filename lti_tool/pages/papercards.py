"""Paper cards A-D: printed from the class's list, read from a photograph of the room, confirmed by a tap."""

from flask import Blueprint, Response, jsonify, render_template, request

from lti_tool import live
from lti_tool.access import Need, needs, note_access, note_access_once, visitor
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import let_go
from lti_tool.lessons import markers, papercards, roster
from lti_tool.pages.desk import classes_of, done
from lti_tool.pages.teach import the_run

screen = Blueprint("papercards", __name__, url_prefix="/l/<visit_id>")


@screen.get("/cards")
@needs(Need.TEACH)
def sheets() -> str:
    """The class's cards, two to a sheet of A4."""
    context_id = visitor().context_id
    pupils = roster.pupils(context_id)
    numbers = papercards.numbers_of(pupils)
    note_access("roster.seen", object_=f"context:{context_id}")
    with_card = [(p, numbers[p.person_id]) for p in pupils if p.person_id in numbers]
    return render_template(
        "papercards.html",
        here="roster",
        cards=[(p, n, markers.cells(n)) for p, n in with_card] if markers.is_there() else [],
        is_there=markers.is_there(),
        without=sum(p.class_id is not None and p.person_id not in numbers for p in pupils),
        classless=sum(p.class_id is None for p in pupils),
        classes={c.id: c.name for c in classes_of(context_id)},
        letters=markers.LETTERS,
    )


@screen.post("/cards")
@needs(Need.TEACH)
def give() -> Response:
    """A number to every pupil of the course who has none."""
    given = papercards.give(roster.pupils(visitor().context_id), now())
    return done("papercards.sheets", "cards_given", n=given)


@screen.get("/runs/<run_id>/cards")
@needs(Need.TEACH)
def ask(run_id: str) -> Response:
    """What the current question takes from a card, and who has answered it how."""
    run = the_run(run_id)
    state = live.state_of(run.run_id)
    round_ = state.round(state.current)
    note_access_once("names.seen", f"run:{run_id}")
    values = papercards.values_of(state)
    letters = dict(zip(values, markers.LETTERS, strict=False))
    return jsonify(
        is_there=markers.is_there(),
        activity=state.current,
        round=round_.number if round_ else 0,
        values=values,
        phone=papercards.by_phone(state),
        card={who: letters.get(value) for who, value in papercards.by_card(state).items()},
    )


@screen.post("/runs/<run_id>/cards/photo")
@needs(Need.TEACH)
def read(run_id: str) -> Response:
    """Read a photograph of the room, in memory: nothing of it is kept, and nothing is entered before the teacher says
    so."""
    pupils = roster.pupils_of(the_run(run_id))
    if not markers.is_there():
        raise Fault("cards_extra", 501)
    let_go()
    found, strangers = papercards.named(markers.read(request.get_data()), pupils)
    return jsonify(read=found, strangers=strangers)


@screen.post("/runs/<run_id>/cards")
@needs(Need.TEACH)
def enter(run_id: str) -> Response:
    """Enter the answers that the teacher confirmed. `refused`: codes by opaque id; `taken` is who has answered by
    phone."""
    run = the_run(run_id)
    refused = papercards.enter(run.run_id, papercards.read(request.get_data()), roster.pupils_of(run), now())
    note_access("cards.entered", object_=f"run:{run_id}")
    return jsonify(refused=refused)
