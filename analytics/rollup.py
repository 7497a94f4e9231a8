"""Counts of a class in a week, for heads of department: from finished counts, never from people.

Counts of attendance and mode are shown. A share right, a participation or a split into bands is hidden when fewer than
ten pupils stand in its denominator. So that it cannot be found by subtraction either, every figure is a sum of whole
questions of at least ten pupils each, and what was told of a question once is told of it for ever: whoever is erased
from it or confirmed in it later. Whatever is taken from whatever (a total less its classes, a week less the evidence
of its lessons, this week as it stands today less as it stood yesterday), what is left is such questions, or nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from analytics.attendance import Proposal, Status
from analytics.engagement import Band, Engagement
from analytics.results import QuestionResult
from live_session import activities
from live_session.model import Naming

LEAST_PUPILS = 10
WHOLE = ""
"""Stands for a lesson's questions together, where they were counted before they were told one by one."""


class QuestionCount(msgspec.Struct, frozen=True, omit_defaults=True):
    """What heads of department are told of a question as it was asked first (`activity`, or `WHOLE`): answered of
    asked, right of those that can be; 0 of 0 where these are fewer than ten. `writers` are the pupils whose words may
    be shown without a name, where an answer is words; nobody's any more once somebody was erased."""

    activity: str
    title: str
    asked: int
    answered: int
    scored: int
    right: int
    writers: tuple[str, ...] = ()


class LessonCount(msgspec.Struct, frozen=True):
    """One lesson in numbers. `asked` and `answered` count (pupil, question) pairs; `scored` and `right` the answers
    under a name that can be right, and those that are: sums of what is told of its questions. `answerers` is how many
    answered that question which most did, of those that can be right (of all where none can). `high`, `middle` and
    `low` count the pupils by how much they took part, all 0 where fewer than ten have a band."""

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
    *,
    told: Sequence[QuestionCount] | None = None,
) -> LessonCount:
    """One lesson counted; `told` of its questions, where something was already."""
    status = _status_of_each(roster, proposals, decided, excused)
    values = list(status.values())
    first = [q for q in asked if q.round == 1]
    shares = tell(asked) if told is None else told
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
        asked=sum(one.asked for one in shares),
        answered=sum(one.answered for one in shares),
        scored=sum(one.scored for one in shares),
        right=sum(one.right for one in shares),
        answerers=max([scored_of(q) for q in first if scored_of(q)] or [q.answered for q in first], default=0),
        high=shown.count(Band.HIGH),
        middle=shown.count(Band.MIDDLE),
        low=shown.count(Band.LOW),
    )


def scored_of(question: QuestionResult) -> int:
    """How many of its answers can be right. None of a question without names: its answers are nobody's, and those of
    seats that nobody vouched for are among them."""
    return question.scored if question.can_be_right else 0


def tell(asked: Iterable[QuestionResult], before: Sequence[QuestionCount] = ()) -> tuple[QuestionCount, ...]:
    """What is told of a lesson's questions: what was told `before`, as it was told then, and each further question
    that ten pupils and more were asked."""
    known = {one.activity for one in before}
    if WHOLE in known:
        return tuple(before)
    further = (q for q in asked if q.round == 1 and q.activity not in known and len(q.asked) >= LEAST_PUPILS)
    return (*before, *map(_tell, further))


def _tell(question: QuestionResult) -> QuestionCount:
    scored = scored_of(question)
    is_shown = scored >= LEAST_PUPILS
    is_read = activities.type_of(question.kind).is_read and question.naming is Naming.NAMED
    return QuestionCount(
        activity=question.activity,
        title=question.title,
        asked=len(question.asked),
        answered=question.answered,
        scored=scored if is_shown else 0,
        right=question.right if is_shown else 0,
        writers=tuple(sorted(set(question.asked).difference(question.silent))) if is_read else (),
    )


def told_whole(counted: LessonCount | None) -> tuple[QuestionCount, ...]:
    """What was told of a lesson that was counted, when nothing was kept of its questions."""
    if counted is None or not (counted.asked or counted.scored):
        return ()
    return (QuestionCount(WHOLE, "", counted.asked, counted.answered, counted.scored, counted.right),)


def with_bands_of(counted: LessonCount, before: LessonCount | None) -> LessonCount:
    """A lesson counted once more; a split into bands that was told stays."""
    if before is None or not (before.high or before.middle or before.low):
        return counted
    return msgspec.structs.replace(counted, high=before.high, middle=before.middle, low=before.low)


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
