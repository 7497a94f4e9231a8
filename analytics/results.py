"""What was right, question by question and pupil by pupil. Pure.

Scores come from first rounds only: what is asked again after talk shows movement, and is kept, but is no new evidence
of what a pupil knew.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec

from analytics.attendance import Span, Thresholds, intervals
from analytics.facts import Asking, Attempt, RunFacts
from live_session import activities
from live_session.activities.base import Bar, Key
from live_session.model import Activity, Json


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pupil's answer to one question. `share` is None where nothing can be right or wrong."""

    value: Json = None
    share: float | None = None
    is_late: bool = False
    was_asked: bool = True


class QuestionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One round of one question. `right` is the number of answers wholly right; `mean` the mean share right.

    `asked` are the pupils who were there for at least half of the time it was open, or answered; `silent` those of
    them who gave no answer in time.
    """

    activity: str
    kind: str
    title: str
    round: int
    points: float
    answered: int
    right: int
    mean: float | None
    tally: tuple[Bar, ...]
    key: Key | None
    asked: tuple[str, ...]
    silent: tuple[str, ...]
    late: int = 0
    item: str | None = None
    version: int = 1


class PupilResult(msgspec.Struct, frozen=True):
    """One pupil's answers, by activity id, and the score they come to: out of ten, one decimal, half up (Circular
    22/2021, Điều 5.3b); None where nothing that counts was asked of this pupil."""

    participant: str
    given: Mapping[str, Given]
    earned: float
    possible: float
    score: str | None


def questions(facts: RunFacts, thresholds: Thresholds) -> Sequence[QuestionResult]:
    """Every round, in the order of the deck."""
    present = _presence(facts, thresholds)
    by_id = {a.id: a for a in facts.deck}
    order = {a.id: n for n, a in enumerate(facts.deck)}
    askings = sorted(facts.askings, key=lambda a: (order[a.activity], a.round))
    return [_question(by_id[one.activity], one, facts, present) for one in askings]


def _presence(facts: RunFacts, by: Thresholds) -> Mapping[str, Sequence[Span]]:
    lesson = Span(facts.started_at, facts.ended_at)
    return {who: intervals(facts.signs[who], lesson, by.merge_gap) for who in facts.trusted}


def _question(
    activity: Activity, asking: Asking, facts: RunFacts, present: Mapping[str, Sequence[Span]]
) -> QuestionResult:
    type_, content = activities.type_of(activity.kind), activities.content_of(activity)
    given = {a.participant: a for a in _attempts(facts, asking)}
    in_time = [a for a in given.values() if not a.is_late]
    shares = [s for a in in_time if (s := type_.share(content, a.value)) is not None]
    asked = sorted(who for who in facts.trusted if who in given or _was_there(present[who], asking))
    return QuestionResult(
        activity=activity.id,
        kind=activity.kind,
        title=activity.title,
        round=asking.round,
        points=activity.points,
        answered=len(in_time),
        right=sum(s == 1 for s in shares),
        mean=float(sum(shares) / len(shares)) if shares else None,
        tally=type_.tally(content, [a.value for a in in_time]),
        key=type_.key(content),
        asked=tuple(asked),
        silent=tuple(who for who in asked if who not in given or given[who].is_late),
        late=len(given) - len(in_time),
        item=activity.item,
        version=activity.version,
    )


def _attempts(facts: RunFacts, asking: Asking) -> Sequence[Attempt]:
    return [a for a in facts.attempts if (a.activity, a.round) == (asking.activity, asking.round)]


def _was_there(spans: Sequence[Span], asking: Asking) -> bool:
    """Present for at least half of the time the question was open (measurement.md §4, "eligible")."""
    there = sum(Span(max(s.start, asking.opened_at), min(s.end, asking.closed_at)).length for s in spans)
    return there * 2 >= asking.closed_at - asking.opened_at


def pupils(facts: RunFacts, asked: Sequence[QuestionResult]) -> Mapping[str, PupilResult]:
    """Everybody who was vouched for. A question one was not there for counts neither way."""
    first = [q for q in asked if q.round == 1]
    answers = {(a.participant, a.activity): a for a in facts.attempts if a.round == 1}
    by_id = {a.id: a for a in facts.deck}
    return {who: _pupil(who, first, answers, by_id) for who in facts.trusted}


def _pupil(
    who: str, asked: Sequence[QuestionResult], answers: Mapping[tuple[str, str], Attempt], deck: Mapping[str, Activity]
) -> PupilResult:
    given: dict[str, Given] = {}
    earned = possible = Fraction(0)
    for question in asked:
        activity = deck[question.activity]
        attempt = answers.get((who, activity.id))
        share = _share(activity, attempt)
        given[activity.id] = Given(
            value=attempt.value if attempt else None,
            share=None if share is None else float(share),
            is_late=bool(attempt and attempt.is_late),
            was_asked=who in question.asked,
        )
        if who in question.asked and question.key is not None and activity.points > 0:
            possible += Fraction(str(activity.points))
            earned += Fraction(str(activity.points)) * (share or 0)
    return PupilResult(who, given, float(earned), float(possible), score_of(earned, possible))


def _share(activity: Activity, attempt: Attempt | None) -> Fraction | None:
    """How much was right; a late answer has no share until the teacher says so."""
    if attempt is None or attempt.is_late:
        return None
    return activities.type_of(activity.kind).share(activities.content_of(activity), attempt.value)


def score_of(earned: Fraction, possible: Fraction) -> str | None:
    """Out of ten, one decimal, half up; None where nothing was possible."""
    if not possible:
        return None
    exact = 10 * earned / possible
    tenths = (Decimal(exact.numerator * 10) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    return str(tenths / 10)
