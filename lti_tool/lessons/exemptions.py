"""Subjects of a class that a pupil does not take (an elective of others, an optional one) or is exempt from, as the
homeroom teacher said it. A list that lacks a pupil says neither; it may as well be forgotten."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.lessons.roster import is_of
from lti_tool.models import Exemption, Person, SchoolClass
from lti_tool.text import one_line

NOT_TAKEN, EXEMPT = KINDS = ("not_taken", "exempt")
TAKEN = ""
"""What takes one back: the pupil has the subject."""
LONGEST_WHY = 200


@dataclass(frozen=True)
class Exempted:
    """The newest act on one pupil and subject; `by` is empty for who was erased."""

    kind: str
    why: str
    by: str
    at: Millis


def of_class(class_: SchoolClass, only: int | None = None) -> dict[int, dict[str, Exempted]]:
    """What stands (of one pupil alone), by pupil and subject; what was taken back does not."""
    query = (
        select(Exemption, Person.name)
        .outerjoin(Person, Person.id == Exemption.made_by)
        .where(Exemption.class_id == class_.id, Exemption.person_id.is_not(None), is_of(Exemption.person_id, only))
        .order_by(Exemption.id)
    )
    newest = {(one.person_id or 0, one.subject): (one, by) for one, by in db.session.execute(query)}
    found: dict[int, dict[str, Exempted]] = {}
    for (person_id, subject), (one, by) in newest.items():
        if one.kind != TAKEN:
            found.setdefault(person_id, {})[subject] = Exempted(one.kind, one.why, by or "", one.made_at)
    return found


def save(
    class_: SchoolClass,
    subject: str,
    kind: str,
    them: Iterable[int],
    marked: Mapping[int, Collection[str]],
    *,
    by: int,
    why: str,
) -> int:
    """The homeroom teacher's act on these pupils; on how many it said something new. `marked`: the pupils of the class,
    each with the subjects in which marks of theirs stand: those count, whatever is said. Raises `Fault`."""
    chosen, reason = set(them), one_line(why, LONGEST_WHY)
    if kind not in (*KINDS, TAKEN) or not chosen or not chosen <= marked.keys():
        raise Fault("exemption_unknown")
    if not reason:
        raise Fault("exemption_why")
    if kind != TAKEN and any(subject in marked[one] for one in chosen):
        raise Fault("exemption_marks", 409, subject=subject)
    hold(SchoolClass.id, class_.id)  # one at a time
    known = of_class(class_)
    stands = {one: said.kind if (said := known.get(one, {}).get(subject)) else TAKEN for one in chosen}
    new = sorted(one for one in chosen if stands[one] != kind)
    for one in new:
        act = Exemption(class_id=class_.id, subject=subject, person_id=one, kind=kind, why=reason)
        act.made_by, act.made_at = by, now()
        db.session.add(act)
    db.session.flush()
    return len(new)
