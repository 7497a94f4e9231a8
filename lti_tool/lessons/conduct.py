"""Conduct (kết quả rèn luyện) of a term as the homeroom teacher decided it, and half-days of absence as the class book
counts them. The tool computes neither; it keeps who said what, when and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from analytics.regulations.port import Regulation
from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons.marks import SUMMER
from lti_tool.lessons.roster import is_of
from lti_tool.models import Conduct, Person, SchoolClass
from lti_tool.text import one_line, whole

FAULTS = ("level", "absent", "why", "changed_meanwhile", "unknown")
MOST_ABSENT = 300
"""Half-days of a term."""
LONGEST_WHY = 200
Cell = tuple[int, int]
"""A pupil's id, and a term."""


@dataclass(frozen=True)
class Kept:
    """The newest act on one pupil's term: the level ("" for none), half-days absent (None for not said)."""

    id: int
    level: str
    absent: int | None
    by: str
    at: Millis
    why: str

    @property
    def says(self) -> bool:
        """Not everything was taken back."""
        return (self.level, self.absent) != ("", None)


@dataclass(frozen=True)
class Before:
    """What was said of a pupil in another class of the school year, by term."""

    class_id: int
    name: str
    terms: Mapping[int, Kept]

    @property
    def absent(self) -> int:
        """Half-days in both terms, as far as they were said."""
        return sum(one.absent or 0 for one in self.terms.values())


@dataclass(frozen=True)
class Written:
    """A pupil's term as a form sends it, and the act that the teacher saw (0: none)."""

    level: str
    absent: str
    seen: int


def of_class(class_: SchoolClass, only: int | None = None) -> dict[int, dict[int, Kept]]:
    """The newest acts (on one pupil alone), by pupil and term."""
    query = (
        select(Conduct, Person.name)
        .outerjoin(Person, Person.id == Conduct.made_by)
        .where(Conduct.class_id == class_.id, Conduct.person_id.is_not(None), is_of(Conduct.person_id, only))
        .order_by(Conduct.id)
    )
    found: dict[int, dict[int, Kept]] = {}
    for one, by in db.session.execute(query):
        found.setdefault(one.person_id or 0, {})[one.term] = _kept(one, by)
    return found


def _kept(one: Conduct, by: str | None) -> Kept:
    return Kept(one.id, one.level, one.absent, by or "", one.made_at, one.why)


def before(class_: SchoolClass, people: Collection[int]) -> dict[int, Sequence[Before]]:
    """What was said of these people in other classes of the school and its year, from which they moved here."""
    query = (
        select(Conduct, Person.name, SchoolClass.name)
        .join(SchoolClass, SchoolClass.id == Conduct.class_id)
        .outerjoin(Person, Person.id == Conduct.made_by)
        .where(SchoolClass.registration_id == class_.registration_id, SchoolClass.school_year == class_.school_year)
        .where(Conduct.class_id != class_.id, Conduct.person_id.in_(people), Conduct.term != SUMMER)
        .order_by(Conduct.id)
    )
    acts: dict[tuple[int, int, str], dict[int, Kept]] = {}
    for one, by, name in db.session.execute(query):
        acts.setdefault((one.person_id or 0, one.class_id, name), {})[one.term] = _kept(one, by)
    found: dict[int, list[Before]] = {}
    for (person_id, class_id, name), terms in acts.items():
        if said := {term: kept for term, kept in terms.items() if kept.says}:
            found.setdefault(person_id, []).append(Before(class_id, name, said))
    return dict(found)


def together(own: Mapping[int, Kept], others: Sequence[Before]) -> dict[int, Kept]:
    """Both by term. The level is this class's, else that of the one other class that said one. Half-days add up: nobody
    is away from two classes at once, each counts those of its own days. Whoever said something of a term and not its
    half-days leaves them unknown."""
    found = dict(own)
    for term in sorted({term for one in others for term in one.terms}):
        theirs = [one.terms[term] for one in others if term in one.terms]
        mine = own[term] if term in own and own[term].says else None
        said = [mine, *theirs] if mine else theirs
        levels = [one.level for one in theirs if one.level]
        level = mine.level if mine and mine.level else levels[0] if len(levels) == 1 else ""
        away = [one.absent for one in said]
        absent = None if None in away else sum(one or 0 for one in away)
        found[term] = replace(said[0], level=level, absent=absent)
    return found


@dataclass(frozen=True)
class Saved:
    """How many terms of pupils were changed, or what is wrong, by pupil and term; then nothing was changed."""

    made: int
    faults: Mapping[Cell, str]


def save(
    class_: SchoolClass, regulation: Regulation, listed: set[int], form: Mapping[Cell, Written], *, by: int, why: str
) -> Saved:
    """The homeroom teacher's act, all of it or nothing. A change needs a reason; what somebody else changed since
    the teacher saw it is not touched."""
    db.session.execute(select(SchoolClass.id).where(SchoolClass.id == class_.id).with_for_update())  # one at a time
    known, faults = of_class(class_), {}
    wanted: dict[Cell, tuple[str, int | None]] = {}
    for (person_id, term), written in form.items():
        old = known.get(person_id, {}).get(term)
        found = read(regulation, written) if person_id in listed else "unknown"
        if isinstance(found, str):
            faults[person_id, term] = found
        elif found != ((old.level, old.absent) if old else ("", None)):
            fault = "changed_meanwhile" if (old.id if old else 0) != written.seen else ""
            fault = fault or ("why" if old and (old.level, old.absent) != ("", None) and not why.strip() else "")
            faults |= {(person_id, term): fault} if fault else {}
            wanted[person_id, term] = found
    if faults:
        return Saved(0, faults)
    for (person_id, term), (level, absent) in wanted.items():
        act = Conduct(class_id=class_.id, term=term, person_id=person_id, level=level, absent=absent)
        act.why, act.made_by, act.made_at = one_line(why, LONGEST_WHY), by, now()
        db.session.add(act)
    db.session.flush()
    return Saved(len(wanted), {})


def read(regulation: Regulation, written: Written) -> tuple[str, int | None] | str:
    """(level, half-days) as they will be kept, or why not."""
    level, text = written.level.strip(), written.absent.strip()
    if level and level not in regulation.levels:
        return "level"
    absent = whole(text, 3)
    if text and (absent is None or absent > MOST_ABSENT):
        return "absent"
    return level, absent
