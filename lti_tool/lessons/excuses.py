"""Excuses known in advance: a teacher of the course, or the homeroom teacher, says before a lesson why a pupil will be
away. It is that teacher's act; the lesson's own teacher still decides when it is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import or_, select

from analytics.spans import Span
from lti_tool.clock import local, moment_of, now, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Excuse, LessonRun

LONGEST_REASON = 200
MOST_DAYS = 60
MOST_AHEAD = 366
"""Days from today to the last one: what is kept until it is over must end."""
NOON = time(12)


class Part(StrEnum):
    """Which part of each day: a school's half-days."""

    DAY = "day"
    MORNING = "morning"
    AFTERNOON = "afternoon"


def span_of(first: date, last: date, part: Part) -> Span:
    """From when to when. Of several days only whole days can be meant. Raises `Fault`."""
    is_in_order = today() <= first <= last and (part is Part.DAY or first == last)
    if not is_in_order or (last - first).days >= MOST_DAYS or (last - today()).days > MOST_AHEAD:
        raise Fault("excuse_days", most=MOST_DAYS)
    start = NOON if part is Part.AFTERNOON else time()
    until = datetime.combine(last, NOON) if part is Part.MORNING else datetime.combine(last + timedelta(days=1), time())
    return Span(moment_of(datetime.combine(first, start)), moment_of(until))


def part_of(excuse: Excuse) -> Part:
    """Which part of its days an excuse covers, as it was entered."""
    if local(excuse.starts_at).time() == NOON:
        return Part.AFTERNOON
    return Part.MORNING if local(excuse.ends_at).time() == NOON else Part.DAY


def add(person_id: int, context_id: int | None, span: Span, reason: str, by: int) -> None:
    """Keep one; the same span of the same pupil is kept once. `context_id` None: for all of the pupil's courses, which
    the homeroom teacher says."""
    for one in standing([person_id], context_id):
        if (one.context_id, one.starts_at, one.ends_at) == (context_id, span.start, span.end):
            return
    db.session.add(
        Excuse(
            person_id=person_id,
            context_id=context_id,
            starts_at=span.start,
            ends_at=span.end,
            reason=reason[:LONGEST_REASON],
            entered_by=by,
            at=now(),
        )
    )


def withdraw(excuse: Excuse) -> None:
    """It does not hold for lessons that begin from now on; it did for those before."""
    if excuse.withdrawn_at is None:
        excuse.withdrawn_at = now()


def standing(person_ids: Iterable[int], context_id: int | None) -> list[Excuse]:
    """What still lies ahead or goes on, the nearest first. `context_id` None: what holds for all courses only."""
    query = (
        select(Excuse)
        .where(Excuse.person_id.in_(list(person_ids)), Excuse.ends_at > now(), Excuse.withdrawn_at.is_(None))
        .where(or_(Excuse.context_id.is_(None), Excuse.context_id == context_id))
        .order_by(Excuse.starts_at, Excuse.id)
    )
    return list(db.session.scalars(query))


def of_run(run: LessonRun) -> Mapping[int, Sequence[Excuse]]:
    """By person, the excuses that were there when this lesson began and reach into the time it was planned for."""
    query = (
        select(Excuse)
        .where(Excuse.at <= run.started_at, or_(Excuse.withdrawn_at.is_(None), Excuse.withdrawn_at > run.started_at))
        .where(Excuse.starts_at < run.started_at + run.minutes * 60_000, Excuse.ends_at > run.started_at)
        .where(or_(Excuse.context_id.is_(None), Excuse.context_id == run.context_id))
        .order_by(Excuse.id)
    )
    found: dict[int, list[Excuse]] = {}
    for one in db.session.scalars(query):
        found.setdefault(one.person_id, []).append(one)
    return found
