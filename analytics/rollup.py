"""Counts of a class in a week, for heads of department: from finished counts, never from people.

Counts of attendance and mode are shown. A share right, a participation or a split into bands is hidden when fewer than
ten pupils stand in its denominator. So that it cannot be found by subtraction either, a lesson of fewer than ten adds
nothing to any share: whatever is taken from whatever (a total less its classes, this week as it stands today less as it
stood yesterday), what is left is whole lessons of at least ten pupils, or nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from analytics.attendance import Proposal, Status
from analytics.engagement import Band, Engagement
from analytics.results import QuestionResult
from live_session.model import Naming

LEAST_PUPILS = 10


class LessonCount(msgspec.Struct, frozen=True):
    """One lesson in numbers. `asked` and `answered` count (pupil, question) pairs; `scored` and `right` the answers
    under a name that can be right, and those that are. Both pairs are 0 where fewer than ten different pupils stand
    behind the whole. `answerers` are the different pupils who gave answers that can be right (any answers where none
    can). `high`, `middle` and `low` count the pupils by how much they took part, all 0 where fewer than ten have a
    band."""

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
    high: int = 0
    middle: int = 0
    low: int = 0


def week_of(day: date) -> str:
    """The Monday of a day's week, as ISO text."""
    return (day - timedelta(days=day.weekday())).isoformat()


def count(
    roster: Sequence[str],
    proposals: Mapping[str, Proposal],
    decided: Mapping[str, Status],
    asked: Sequence[QuestionResult],
    excused: Collection[str] = (),
    engaged: Iterable[Engagement] = (),
) -> LessonCount:
    """One lesson counted."""
    status = _status_of_each(roster, proposals, decided, excused)
    values = list(status.values())
    first = [q for q in asked if q.round == 1]
    scored = [q for q in first if q.key is not None and q.scored and q.naming is Naming.NAMED]
    right_of = scored if len(_answerers(scored)) >= LEAST_PUPILS else []
    answered_of = first if len({who for q in first for who in q.asked}) >= LEAST_PUPILS else []
    bands = [one.band for one in engaged if one.band]
    shown = bands if len(bands) >= LEAST_PUPILS else []
    return LessonCount(
        pupils=len(status),
        room=values.count(Status.ROOM),
        home=values.count(Status.HOME),
        late=sum(proposals[w].is_late for w, s in status.items() if w in proposals and s in (Status.ROOM, Status.HOME)),
        absent=values.count(Status.ABSENT) + values.count(Status.EXCUSED),
        not_seen=values.count(Status.NOT_SEEN),
        unconfirmed=values.count(Status.UNCONFIRMED),
        asked=sum(len(q.asked) for q in answered_of),
        answered=sum(q.answered for q in answered_of),
        scored=sum(q.scored for q in right_of),
        right=sum(q.right for q in right_of),
        answerers=len(_answerers(scored or first)),
        high=shown.count(Band.HIGH),
        middle=shown.count(Band.MIDDLE),
        low=shown.count(Band.LOW),
    )


def _status_of_each(
    roster: Sequence[str],
    proposals: Mapping[str, Proposal],
    decided: Mapping[str, Status],
    excused: Collection[str],
) -> dict[str, Status]:
    """The teacher's word on attendance stands above the proposal; an excuse that was there before the lesson speaks for
    who was not seen in it."""
    unseen = dict.fromkeys(roster, Status.NOT_SEEN)
    proposed = {who: p.status for who, p in proposals.items() if who in unseen or p.status is not Status.UNCONFIRMED}
    status = {**unseen, **proposed}
    away = {who: Status.EXCUSED for who in excused if status.get(who) is Status.NOT_SEEN}
    return {**status, **away, **decided}


def _answerers(asked: Iterable[QuestionResult]) -> set[str]:
    """The different pupils who answered in time."""
    return {who for q in asked for who in set(q.asked).difference(q.silent)}


class Share(msgspec.Struct, frozen=True):
    """A part of a whole, of (pupil, question) pairs; nothing to show where the whole is 0. `is_hidden`: because fewer
    than ten pupils stood there, not because nothing was asked."""

    part: int
    whole: int
    is_hidden: bool = False

    def __bool__(self) -> bool:
        return self.whole > 0


def share(part: int, whole: int, answerers: int) -> Share:
    """A share of a class in a week. No whole, though somebody answered: they were fewer than ten."""
    return Share(part, whole, is_hidden=not whole and 0 < answerers < LEAST_PUPILS)


def total(shares: Iterable[Share]) -> Share:
    """Several classes together: of what is shown of them, and of nothing else."""
    known = list(shares)
    part, whole = sum(s.part for s in known), sum(s.whole for s in known)
    return Share(part, whole, is_hidden=not whole and any(s.is_hidden for s in known))
