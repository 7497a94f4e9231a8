"""What was right, question by question and pupil by pupil. Pure.

Scores come from first rounds only: what is asked again after talk shows movement, and is kept, but is no new evidence
of what a pupil knew.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import median_low
from typing import NamedTuple

import msgspec

from analytics.facts import Asking, Attempt, RunFacts
from analytics.marks import mark_of
from analytics.presence import There, common, without
from analytics.spans import Span
from live_session import activities, naming
from live_session.activities.base import Bar, Key
from live_session.confidence import Cells, cells, is_surely_wrong
from live_session.model import Activity, Confidence, Json, Millis, Naming
from live_session.movement import Movement, movement
from live_session.naming import Unsigned

TEAM_WORTH = Fraction(1, 2)
"""What a team's answer weighs beside own ones, as in the student model (measurement.md §1)."""


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pupil's answer to one question. `share` is None where nothing can be right or wrong; `seconds` from when the
    phone showed the question to the first answer, None where it did not say. `is_team`: given by several at one
    phone; it weighs half of an own one in the score. `is_unsigned`: answered, and nobody is told what."""

    value: Json = None
    share: float | None = None
    is_late: bool = False
    was_asked: bool = True
    confidence: Confidence | None = None
    seconds: float | None = None
    is_team: bool = False
    is_unsigned: bool = False

    @property
    def is_in_time(self) -> bool:
        return (self.value is not None or self.is_unsigned) and not self.is_late


class QuestionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One round of one question. `scored` is the number of answers that can be right (an erased one cannot), `right` of
    those wholly right; `mean` the mean share right.

    `asked` are the pupils who were there for at least half of the time it was open, or answered in time; `silent`
    those of them who gave no answer in time. Who came too late to be asked is not, even if they answered after it.

    `cells`: right and wrong by how sure they were, where that was asked; `surely_wrong` who was wrong and sure: the
    teacher's to know, no part of any score. `moved`: how answers moved from the round before, where it was asked
    again. `took`: the middle of the times that answers in time took, where the question has a fair clock.

    `naming`: who is told whose answer it is. Where nobody is, all that tells of answers is made of the facts' unsigned
    ones, which are everybody's; `unsigned` keeps them where they are texts to be read, or posts, to which nobody
    counts as asked.
    `off`: words that the teacher took off every screen.
    `is_key_shown`: the class was shown its key, and a pupil may be told beside the own answer whether it was right.
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
    scored: int = 0
    item: str | None = None
    version: int = 1
    cells: Cells | None = None
    surely_wrong: tuple[str, ...] = ()
    moved: Movement | None = None
    took: Millis | None = None
    naming: Naming = Naming.NAMED
    unsigned: Sequence[Unsigned] = ()
    is_key_shown: bool = False
    off: tuple[Bar, ...] = ()

    @property
    def can_be_right(self) -> bool:
        """Of what was answered without one's name nobody knows whose it was, so that none of it is right of anybody."""
        return self.key is not None and self.naming is Naming.NAMED


class PupilResult(msgspec.Struct, frozen=True):
    """One pupil's answers, by activity id, and the score they come to: out of ten, one decimal, half up (Circular
    22/2021, Điều 5.3b); None where nothing that counts was asked of this pupil."""

    participant: str
    given: Mapping[str, Given]
    earned: float
    possible: float
    score: str | None

    @property
    def took_part(self) -> tuple[int, int]:
        """(questions answered in time, questions asked) of the first rounds."""
        answered = [g.is_in_time for g in self.given.values()]
        return sum(answered), sum(g.was_asked or a for g, a in zip(self.given.values(), answered, strict=True))


def questions(facts: RunFacts, there: Mapping[str, There]) -> Sequence[QuestionResult]:
    """Every round, in the order of the deck. Nothing was asked of a phone while it had no line."""
    present = {who: [s for span in one.present for s in without(span, one.awake)] for who, one in there.items()}
    by_id = {a.id: a for a in facts.deck}
    order = {a.id: n for n, a in enumerate(facts.deck)}
    askings = sorted(facts.askings, key=lambda a: (order[a.activity], a.round))
    return [_question(by_id[one.activity], one, facts, present) for one in askings]


def _question(
    activity: Activity, asking: Asking, facts: RunFacts, present: Mapping[str, Sequence[Span]]
) -> QuestionResult:
    type_, content = activities.type_of(activity.kind), activities.content_of(activity)
    given = {a.participant: a for a in _attempts(facts, asking)}
    in_time = [a for a in given.values() if not a.is_late]
    is_named, unsigned = not naming.is_unnamed(activity), facts.unsigned.get((activity.id, asking.round), ())
    values = [a.value for a in in_time] if is_named else [u.value for u in unsigned]
    sure = {a.participant: (type_.share(content, a.value), a.confidence) for a in in_time}
    shares = [s for value in values if (s := type_.share(content, value)) is not None]
    answered = {a.participant for a in in_time}
    is_veiled = naming.is_veiled(activity)
    there = (who for who in facts.trusted if who in answered or _was_there(present[who], asking))
    asked = [] if is_veiled else sorted(there)
    return QuestionResult(
        activity=activity.id,
        kind=activity.kind,
        title=activity.title,
        round=asking.round,
        points=activity.points,
        answered=len(in_time),
        right=sum(s == 1 for s in shares),
        mean=float(sum(shares) / len(shares)) if shares else None,
        tally=type_.tally(content, values) if values or is_named else (),
        key=type_.key(content),
        asked=tuple(asked),
        silent=tuple(who for who in asked if who not in answered),
        late=len(given) - len(in_time),
        scored=len(shares),
        item=activity.item,
        version=activity.version,
        cells=cells(sure.values()) if activity.terms.asks_confidence and is_named else None,
        surely_wrong=tuple(sorted(who for who, one in sure.items() if is_surely_wrong(*one))),
        moved=_moved(activity, asking, facts) if asking.round > 1 and is_named else None,
        naming=activity.terms.naming,
        is_key_shown=asking.is_key_shown,
        off=type_.taken_off(content, values),
        unsigned=unsigned if type_.is_read or is_veiled else (),
        took=median_low(times) if (times := [a.took for a in in_time if a.took is not None]) else None,
    )


def _moved(activity: Activity, asking: Asking, facts: RunFacts) -> Movement:
    def values(round_: int) -> Mapping[str, Json]:
        key = (activity.id, round_)
        return {a.participant: a.value for a in facts.attempts if (a.activity, a.round) == key and not a.is_late}

    content = activities.content_of(activity)
    return movement(activities.type_of(activity.kind), content, values(asking.round - 1), values(asking.round))


def _attempts(facts: RunFacts, asking: Asking) -> Sequence[Attempt]:
    return [a for a in facts.attempts if (a.activity, a.round) == (asking.activity, asking.round)]


def _was_there(spans: Sequence[Span], asking: Asking) -> bool:
    """Present for at least half of the time the question was open (measurement.md §4, "eligible")."""
    open_ = Span(asking.opened_at, asking.closed_at)
    return common(spans, [open_]) * 2 >= open_.length > 0


def pupils(facts: RunFacts, asked: Sequence[QuestionResult]) -> Mapping[str, PupilResult]:
    """Everybody who was vouched for. A question one was not there for counts neither way."""
    first = [q for q in asked if q.round == 1]
    answers = {(a.participant, a.activity): a for a in facts.attempts if a.round == 1}
    deck = {a.id: Worth(a, Fraction(str(a.points))) for a in facts.deck}
    return {who: _pupil(who, first, answers, deck) for who in facts.trusted}


class Worth(NamedTuple):
    """An activity, and what it is worth to a decimal's last digit."""

    activity: Activity
    points: Fraction


def _pupil(
    who: str, asked: Sequence[QuestionResult], answers: Mapping[tuple[str, str], Attempt], deck: Mapping[str, Worth]
) -> PupilResult:
    given: dict[str, Given] = {}
    earned = possible = Fraction(0)
    for question in asked:
        activity, points = deck[question.activity]
        attempt = answers.get((who, activity.id))
        share = _share(activity, attempt)
        given[activity.id] = Given(
            value=attempt.value if attempt else None,
            share=None if share is None else float(share),
            is_late=bool(attempt and attempt.is_late),
            was_asked=who in question.asked,
            confidence=attempt.confidence if attempt else None,
            seconds=attempt.latency / 1_000 if attempt and attempt.latency is not None else None,
            is_team=bool(attempt and attempt.is_team),
            is_unsigned=attempt is not None and naming.is_unnamed(activity),
        )
        # What was given in time and has no share was erased: it counts neither way.
        is_erased = attempt is not None and not attempt.is_late and share is None
        counts = question.key is not None and points > 0 and not naming.is_unnamed(activity)
        if who in question.asked and counts and not is_erased:
            points = points * TEAM_WORTH if attempt and attempt.is_team else points
            possible += points
            if share:  # most answers are wholly right or wholly wrong, and fractions are slow to multiply
                earned += points if share == 1 else points * share
    return PupilResult(who, given, float(earned), float(possible), score_of(earned, possible))


def _share(activity: Activity, attempt: Attempt | None) -> Fraction | None:
    """How much was right; a late answer has no share until the teacher says so."""
    if attempt is None or attempt.is_late:
        return None
    return activities.share_of(activity, attempt.value)


def score_of(earned: Fraction, possible: Fraction) -> str | None:
    """Out of ten, one decimal ("10.0"), half up; None where nothing was possible."""
    if not possible:
        return None
    return str(mark_of(earned / possible))
