"""Counts of a class in a week, for heads of department: from finished counts, never from people.

Counts of attendance and mode are shown. A share right or a participation is hidden when fewer than ten pupils stand
behind it, or when it could be found by subtracting what is shown from a total that is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from analytics.attendance import Proposal, Status
from analytics.results import QuestionResult

LEAST_PUPILS = 10


class LessonCount(msgspec.Struct, frozen=True):
    """One lesson in numbers. `asked` and `answered` count (pupil, question) pairs; `scored` and `right` the answers
    that can be right, and those that are; `answerers` the different pupils behind them."""

    pupils: int
    room: int
    home: int
    late: int
    absent: int
    not_seen: int
    unconfirmed: int
    asked: int
    answered: int
    scored: int
    right: int
    answerers: int


def week_of(day: date) -> str:
    """The Monday of a day's week, as ISO text."""
    return (day - timedelta(days=day.weekday())).isoformat()


def count(
    roster: Sequence[str],
    proposals: Mapping[str, Proposal],
    decided: Mapping[str, Status],
    asked: Sequence[QuestionResult],
) -> LessonCount:
    """One lesson counted. The teacher's word on attendance stands above the proposal."""
    unseen = dict.fromkeys(roster, Status.NOT_SEEN)
    proposed = {who: p.status for who, p in proposals.items() if who in unseen or p.status is not Status.UNCONFIRMED}
    status = {**unseen, **proposed, **decided}
    values = list(status.values())
    first = [q for q in asked if q.round == 1]
    scored = [q for q in first if q.key is not None]
    silent = {(who, q.activity) for q in first for who in q.silent}
    answerers = {who for q in first for who in q.asked if (who, q.activity) not in silent}
    return LessonCount(
        pupils=len(status),
        room=values.count(Status.ROOM),
        home=values.count(Status.HOME),
        late=sum(proposals[w].is_late for w, s in status.items() if w in proposals and s in (Status.ROOM, Status.HOME)),
        absent=values.count(Status.ABSENT) + values.count(Status.EXCUSED),
        not_seen=values.count(Status.NOT_SEEN),
        unconfirmed=values.count(Status.UNCONFIRMED),
        asked=sum(len(q.asked) for q in first),
        answered=sum(q.answered for q in first),
        scored=sum(q.answered for q in scored),
        right=sum(q.right for q in scored),
        answerers=len(answerers),
    )


class Share(msgspec.Struct, frozen=True):
    """A part of a whole; None where it must not be shown."""

    part: int
    whole: int


def shown(part: int, whole: int, pupils: int) -> Share | None:
    """A share of a group, or None when fewer than ten pupils stand in its denominator."""
    return Share(part, whole) if pupils >= LEAST_PUPILS and whole > 0 else None


def total_shown(lines: Sequence[tuple[int, int, int]]) -> Share | None:
    """The share over several groups, each (part, whole, pupils); None when a hidden group could be found from it.

    With the total and every shown group known, the hidden ones together are known: they must be nobody, or at least
    ten pupils in at least two groups.
    """
    hidden = [(part, whole, pupils) for part, whole, pupils in lines if shown(part, whole, pupils) is None and pupils]
    if hidden and (len(hidden) < 2 or sum(pupils for _, _, pupils in hidden) < LEAST_PUPILS):
        return None
    return shown(sum(p for p, _, _ in lines), sum(w for _, w, _ in lines), sum(n for _, _, n in lines))
