"""Where each pupil of a course sits: rows of two-seat desks, arranged once, for the roll call and for paper.

A plan is written as a whole by who arranged it. It names pupils of today's list only: who has left it has no seat, and
two who were given the same one at different times are not both shown on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, select

from live_session.model import Millis
from lti_tool.errors import Fault, sent
from lti_tool.extensions import db
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Context, CourseClass, PlannedSeat, SchoolClass, SeatPlan

AT_A_DESK = 2
MOST_ROWS = 12
COLUMNS = range(2, 7)
USUAL_COLUMNS = 4


class Place(NamedTuple):
    """A seat: `row` from 0 at the front, `place` from 0 at the left of who faces the board, two to a desk."""

    row: int
    place: int


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan as a browser sends it, pupils by opaque id. `after` is `saved_at` of the plan that it was made from."""

    rows: int
    columns: int
    after: int
    seats: dict[str, Place]


@dataclass(frozen=True)
class Plan:
    """A classroom, and who sits where in it, by opaque id. `saved_at` 0: nobody has arranged it yet."""

    rows: int
    columns: int
    saved_at: Millis = 0
    seats: Mapping[str, Place] = field(default_factory=dict)


def read(body: bytes) -> Sent:
    """The plan of a request. Raises `Fault` for anything else: a room of no such size, a seat outside it, a seat given
    twice."""
    plan = sent(body, Sent)
    if not 0 < plan.rows <= MOST_ROWS or plan.columns not in COLUMNS:
        raise Fault("http", detail="no such room")
    if len(set(plan.seats.values())) < len(plan.seats) or not all(is_inside(at, plan) for at in plan.seats.values()):
        raise Fault("http", detail="a seat twice, or outside the room")
    return plan


def is_inside(at: Place, room: Sent | Plan | SeatPlan) -> bool:
    """The room has this seat."""
    return 0 <= at.row < room.rows and 0 <= at.place < room.columns * AT_A_DESK


def room_for(pupils: int) -> Plan:
    """An empty classroom with a seat for each, as far as a classroom goes: four columns of desks, and rows enough."""
    a_row = USUAL_COLUMNS * AT_A_DESK
    return Plan(min(MOST_ROWS, max(1, -(-pupils // a_row))), USUAL_COLUMNS)


def settled(seats: Iterable[tuple[str, Place]], room: Plan | SeatPlan) -> Mapping[str, Place]:
    """One pupil a seat, the first of those who claim it; seats that the room has."""
    found: dict[Place, str] = {}
    for who, at in seats:
        if is_inside(at, room):
            found.setdefault(at, who)
    return {who: at for at, who in found.items()}


def class_for(context_id: int, class_id: int | None) -> int | None:
    """The class whose plan counts: the only one of the course, where none was named."""
    if class_id is not None:
        return class_id
    known = _classes(context_id)
    return known[0].id if len(known) == 1 else None


def _classes(context_id: int) -> Sequence[SchoolClass]:
    query = select(SchoolClass).join(CourseClass, CourseClass.class_id == SchoolClass.id)
    return db.session.scalars(query.where(CourseClass.context_id == context_id).order_by(SchoolClass.name)).all()


def of(context_id: int, class_id: int | None, pupils: Sequence[Pupil]) -> Plan:
    """The plan of these pupils; an empty room for them where nobody has arranged one."""
    kept = _kept(context_id, class_for(context_id, class_id))
    if kept is None:
        return room_for(len(pupils))
    uids = {p.person_id: p.uid for p in pupils}
    query = select(PlannedSeat).where(PlannedSeat.plan_id == kept.id).order_by(PlannedSeat.id)
    seats = [(uids[s.person_id], Place(s.row, s.place)) for s in db.session.scalars(query) if s.person_id in uids]
    return Plan(kept.rows, kept.columns, kept.saved_at, settled(seats, kept))


def of_lesson(context_id: int, class_id: int | None, pupils: Sequence[Pupil]) -> list[tuple[str, Plan]]:
    """The plans in which a lesson's pupils sit, as far as somebody arranged them: of a lesson of several classes one
    for each, with its name. Who is of no class sits in the first that has a seat for them."""
    several = _classes(context_id) if class_id is None else ()
    if len(several) < 2:
        plan = of(context_id, class_id, pupils)
        return [("", plan)] if plan.saved_at else []
    found, seated = [], set[str]()
    for one in several:
        plan = of(context_id, one.id, [p for p in pupils if p.class_id in (one.id, None) and p.uid not in seated])
        seated |= plan.seats.keys()
        found += [(one.name, plan)] if plan.saved_at else []
    return found


def save(context_id: int, class_id: int | None, sent: Sent, pupils: Sequence[Pupil], moment: Millis) -> Plan:
    """Keep a plan as a whole; the same again changes nothing. Who is no longer on the list gets no seat. Raises `Fault`
    where the plan was changed elsewhere since this one was begun."""
    db.session.get(Context, context_id, with_for_update=True)  # two windows write one after the other
    people = {p.uid: p.person_id for p in pupils}
    wanted = {who: at for who, at in sent.seats.items() if who in people}
    before = of(context_id, class_id, pupils)
    if before.saved_at and (before.rows, before.columns, before.seats) == (sent.rows, sent.columns, wanted):
        return before
    if before.saved_at != sent.after:
        raise Fault("seats_moved_on", 409)
    saved_at = max(moment, before.saved_at + 1)
    plan = _written(context_id, class_for(context_id, class_id), sent, saved_at)
    db.session.execute(delete(PlannedSeat).where(PlannedSeat.plan_id == plan.id))
    db.session.add_all(
        PlannedSeat(plan_id=plan.id, person_id=people[who], row=r, place=p) for who, (r, p) in wanted.items()
    )
    db.session.flush()
    return Plan(sent.rows, sent.columns, saved_at, wanted)


def _kept(context_id: int, class_id: int | None) -> SeatPlan | None:
    query = select(SeatPlan).where(SeatPlan.context_id == context_id, SeatPlan.class_id.is_not_distinct_from(class_id))
    return db.session.scalars(query).first()


def _written(context_id: int, class_id: int | None, sent: Sent, moment: Millis) -> SeatPlan:
    plan = _kept(context_id, class_id)
    if plan is None:
        plan = SeatPlan(context_id=context_id, class_id=class_id)
        db.session.add(plan)
    plan.rows, plan.columns, plan.saved_at = sent.rows, sent.columns, moment
    db.session.flush()
    return plan
