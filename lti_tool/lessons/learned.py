"""What a course's lessons and profiles say of its pupils, as plain tables: levels, taking part, work in groups and by
rubric, what was written into profiles, and the lines of the period log."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from analytics.export.deeds import identifier_of
from analytics.mastery import store
from lti_tool.clock import school_year
from lti_tool.extensions import db
from lti_tool.lessons import objectives
from lti_tool.lessons.answered import Taught
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course, PeriodEntry, Person, ProfileEntry

Row = Mapping[str, Any]


def levels(course: Course, uids: set[str]) -> Iterable[Row]:
    """Where these pupils stand on each objective of the subject, with the 80 % band and the answers behind it."""
    known = store.estimates(db.session.connection(), scope_of(course.context_id), uids)
    said = objectives.identifiers(course)
    for (who, objective), one in known.items():
        yield {
            "pupil": who, "objective": objective,
            "objective_id": _named(objective, said), "level": str(one.level), "value": one.mastery.value,
            "low": one.mastery.low, "high": one.mastery.high, "answers": one.mastery.n,
            "growth": str(one.growth.direction),
        }  # fmt: skip


def _named(objective: str, said: Mapping[str, str]) -> str:
    """An objective's identifier; the line of the subject as a whole has none."""
    return identifier_of(objective, said) if objective else ""


def engagement(taught: Taught, uids: set[str]) -> Iterable[Row]:
    """How these pupils took part in these lessons, with the counts behind it."""
    for run_id, snapshot in taught:
        for who, one in snapshot.engagement.items():
            if who in uids:
                yield {"pupil": who, "run": run_id, **{name: getattr(one, name) for name in TAKING_PART}}


TAKING_PART = ("presence", "answered", "eligible", "rapid", "timed", "given", "target", "value")


def group_work(taught: Taught, uids: set[str]) -> Iterable[Row]:
    """Each pupil's own part in what groups made."""
    for run_id, snapshot in taught:
        for who, shares in snapshot.group_shares.items():
            for one in shares if who in uids else ():
                yield {"pupil": who, "run": run_id, **msgspec.structs.asdict(one)}


def rubrics(taught: Taught, uids: set[str]) -> Iterable[Row]:
    """What pupils said of their own work by a rubric, and what classmates did: counts, and nobody's name."""
    for run_id, snapshot in taught:
        for who, shares in snapshot.rubrics.items():
            for one in shares if who in uids else ():
                said = msgspec.json.encode(one.said).decode()
                about = {"activity": one.activity, "round": one.round, "title": one.title, "is_own": one.is_own}
                yield {"pupil": who, "run": run_id, **about, "said": said}


def profile_words(course: Course, known: Mapping[int, Pupil]) -> Iterable[Row]:
    """All that teachers and pupils wrote into profiles here, oldest first."""
    query = (
        select(ProfileEntry, Person.name)
        .outerjoin(Person, Person.id == ProfileEntry.written_by)
        .where(ProfileEntry.context_id == course.context_id)
        .order_by(ProfileEntry.id)
    )
    for one, by in db.session.execute(query):
        if one.person_id in known:
            yield {
                "id": one.id, "pupil": known[one.person_id].uid, "kind": str(one.kind), "objective": one.objective,
                "step": one.step, "text": one.text, "replies_to": one.replies_to, "by": by or "", "at": one.at,
            }  # fmt: skip


def periods(course: Course) -> Iterable[Row]:
    """Every saving of a line of the period log; of those of a line the newest counts."""
    query = select(PeriodEntry).where(PeriodEntry.context_id == course.context_id).order_by(PeriodEntry.id)
    for one in db.session.scalars(query):
        if school_year(one.day) == course.school_year:
            yield {
                "line": one.line, "run": one.run_id or "", "day": one.day.isoformat(), "half_day": str(one.half_day),
                "number": one.number, "plan_number": one.plan_number, "topic": one.topic, "form": str(one.form),
                "absent_p": one.absent_p, "absent_k": one.absent_k, "remarks": one.remarks, "why": one.why,
                "is_signed": one.is_signed, "is_late": one.is_late, "is_void": one.is_void, "at": one.saved_at,
            }  # fmt: skip
