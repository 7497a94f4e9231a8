"""Acts on marks as they were made, which of them stand, and those that a pupil brings along from another class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from analytics.regulations.port import Status
from live_session.model import Millis
from lti_tool.extensions import db
from lti_tool.lessons import transfers
from lti_tool.lessons.roster import is_of
from lti_tool.lessons.transfers import Origin
from lti_tool.models import Course, Mark, Person, Place


@dataclass(frozen=True)
class Act:
    """One act on one mark, the newest last; `by` is empty for who was erased. `source`: the course it was made in,
    where that is another one of the subject."""

    id: int
    place: Place
    value: str
    status: Status
    method: str
    why: str
    by: str
    at: Millis
    basis: Mapping[str, Any] | None = None
    made_by: int | None = None
    held: str = ""
    decision: str = ""
    source: Origin | None = None


@dataclass(frozen=True)
class Before:
    """The marks of a term that stand for a pupil in another course of the subject, from which they moved."""

    origin: Origin
    marks: Mapping[Place, Act]


@dataclass(frozen=True)
class Wish:
    """What a teacher wants to stand in a place."""

    value: str
    status: Status


NOTHING = Wish("", Status.TAKEN)


def acts_of(course: Course, term: int, only: int | None = None) -> dict[int, list[Act]]:
    """Every act on marks of a term (of one pupil alone), the oldest first, by the pupil's id."""
    query = (
        select(Mark, Person.name)
        .outerjoin(Person, Person.id == Mark.made_by)
        .where(Mark.context_id == course.context_id, Mark.school_year == course.school_year, Mark.term == term)
        .where(Mark.person_id.is_not(None), is_of(Mark.person_id, only))
        .order_by(Mark.id)
    )
    found: dict[int, list[Act]] = {}
    for mark, by in db.session.execute(query):
        found.setdefault(mark.person_id or 0, []).append(_act(mark, by or ""))
    return found


def _act(mark: Mark, by: str, source: Origin | None = None) -> Act:
    return Act(
        mark.id, mark.place, mark.value, Status(mark.status), mark.method, mark.why, by, mark.made_at, mark.basis,
        mark.made_by, mark.held, mark.decision, source,
    )  # fmt: skip


def before_of(course: Course, term: int, only: int | None = None) -> dict[int, tuple[Before, ...]]:
    """What stands in other courses of the subject for today's pupils who moved here, by their id."""
    acts: dict[tuple[int, Origin], list[Act]] = {}
    for mark, by, origin in transfers.brought(Mark, course, term, only):
        acts.setdefault((mark.person_id or 0, origin), []).append(_act(mark, by, origin))
    found: dict[int, tuple[Before, ...]] = {}
    for (person_id, origin), own in acts.items():
        if marks := that_stand(newest(own)):
            found[person_id] = (*found.get(person_id, ()), Before(origin, marks))
    return found


def newest(acts: Iterable[Act]) -> Mapping[Place, Act]:
    """The last act on each place."""
    return {act.place: act for act in acts}


def that_stand(last: Mapping[Place, Act]) -> Mapping[Place, Act]:
    """Those that were not taken back."""
    return {place: act for place, act in last.items() if wish_of(act) != NOTHING}


def wish_of(act: Act | None) -> Wish:
    """What stands by an act; nothing by none."""
    return NOTHING if act is None else Wish(act.value, act.status)


def counted(own: Mapping[Place, Act], before: Sequence[Before]) -> Mapping[Place, Act]:
    """The marks of a term that count: the course's own as soon as one of them stands, else those of the class before.
    They are never put together, and of two classes before neither counts: that is a teacher's to say."""
    if own:
        return own
    return before[0].marks if len(before) == 1 else {}


def source_of(marks: Mapping[Place, Act]) -> Origin | None:
    """The course from which marks that count were brought along; None for this one's own."""
    return next((act.source for act in marks.values()), None)
