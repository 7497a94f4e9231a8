"""Excuses in advance: entered by a teacher of the course or by the homeroom teacher, read by both."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import excuses, roster
from lti_tool.lessons.excuses import Part
from lti_tool.models import Excuse, Person
from lti_tool.names import sort_key
from lti_tool.pages.desk import done, form_id
from lti_tool.pages.profile import homeroom_pupils, whole_class_rights
from lti_tool.text import one_line

screen = Blueprint("excuses", __name__, url_prefix="/l/<visit_id>/excuses")


@dataclass(frozen=True)
class Charge:
    """A pupil whom this visitor may excuse, and in which course (None: in all)."""

    person_id: int
    name: str
    context_id: int | None


@screen.get("")
@needs(Need.EXCUSE)
def list_() -> str:
    """What lies ahead, and the form."""
    charges = _charges()
    note_access("excuses.seen", object_=f"context:{visitor().context_id}" if visitor().is_teaching else "")
    ahead = excuses.standing(charges, visitor().context_id if visitor().is_teaching else None)
    query = select(Person).where(Person.id.in_({e.entered_by for e in ahead}))
    names = {person.id: person.name for person in db.session.scalars(query)}
    return render_template(
        "excuses.html",
        here="homeroom" if visitor().is_homeroom else "roster",
        charges=list(charges.values()),
        rows=[(e, charges[e.person_id].name, names.get(e.entered_by or 0), _may_withdraw(e, charges)) for e in ahead],
        part_of=excuses.part_of,
        parts=tuple(Part),
        today=today(),
        chosen=request.args.get("person", type=int),
        longest=excuses.LONGEST_REASON,
    )


@screen.post("")
@needs(Need.EXCUSE)
def add() -> Response:
    """Excuse a pupil."""
    charge = _charges().get(form_id("person") or 0)
    if charge is None:
        raise Fault("excuse_pupil", 404)
    first = _day("first")
    part = next((one for one in Part if one == request.form.get("part", Part.DAY)), None)
    if first is None or part is None:
        raise Fault("excuse_days", most=excuses.MOST_DAYS)
    span = excuses.span_of(first, _day("last") or first, part)
    reason = one_line(request.form.get("reason", ""), excuses.LONGEST_REASON)
    excuses.add(charge.person_id, charge.context_id, span, reason, visitor().person_id)
    note_access("excuse.added", charge.person_id)
    return done("excuses.list_", "excuse_added")


@screen.post("/withdraw")
@needs(Need.EXCUSE)
def withdraw() -> Response:
    """Take one back; those that a homeroom teacher entered, only a homeroom teacher."""
    excuse = db.session.get(Excuse, form_id("excuse") or 0)
    if excuse is None or not _may_withdraw(excuse, _charges()):
        raise Fault("excuse_gone", 404)
    excuses.withdraw(excuse)
    note_access("excuse.withdrawn", excuse.person_id)
    return done("excuses.list_", "excuse_withdrawn")


def _charges() -> dict[int, Charge]:
    """The visitor's pupils by person, in the order of names: of the course they teach, and of their homeroom class. A
    homeroom teacher's word is for all subjects, and so is the grant that it needs."""
    found: dict[int, Charge] = {}
    if visitor().is_teaching:
        found = {
            p.person_id: Charge(p.person_id, p.name, visitor().context_id) for p in roster.pupils(visitor().context_id)
        }
    if visitor().is_homeroom:
        people = {person.id: person for _, _, person, _ in homeroom_pupils(whole_class_rights())}
        for one in sorted(people.values(), key=lambda p: sort_key(p.name, p.given_name)):
            found[one.id] = Charge(one.id, one.name, None)
    return found


def _may_withdraw(excuse: Excuse, charges: dict[int, Charge]) -> bool:
    charge = charges.get(excuse.person_id)
    return charge is not None and (charge.context_id is None or charge.context_id == excuse.context_id)


def _day(name: str) -> date | None:
    """A day as a form sends it; None for none or nonsense."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
