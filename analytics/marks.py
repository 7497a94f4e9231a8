"""Proposed marks: what the questions that a teacher tagged for assessment come to, how sure that is, or why not. Pure.

A proposal is a proposal: nothing here becomes a mark. It is built of task scores alone (first attempts, in time), never
of what the student model knows; formulas: docs/explain/proposed-marks.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import floor, fsum
from statistics import NormalDist, fmean

import msgspec

from analytics.items import wilson

LEAST = 12
"""Answers that a proposal needs: 12 right-or-wrong answers tell a mark to about ±1."""
VERSION = 1
"""Of these formulas; kept with each mark that went by them."""
COVER = 0.8
"""How often the band should hold the mark that the pupil would get from ever more questions like these."""
_Z = NormalDist().inv_cdf((1 + COVER) / 2)
LEAST_PUPILS = 5
"""Fewer pupils tell nothing of how hard single questions are."""
LEAST_SPREAD = 0.1
"""The least that is left of a right-or-wrong answer's variance: no class of pupils is as regular as less would say."""


class Reason(StrEnum):
    """Why nothing is proposed; the pages have the words."""

    NOTHING_TAGGED = "nothing_tagged"
    """No question that can be right or wrong is tagged."""
    NOT_ASKED = "not_asked"
    """None of them was asked of this pupil: absent, or here too late."""
    FEW = "few"
    COMMENT_ONLY = "comment_only"
    """The subject has levels, not marks, and no rule says which answers make a level."""


class Task(msgspec.Struct, frozen=True):
    """One tagged question as one pupil met it in the first round. `share` is how much was right, 0 where nothing was
    given in time; `points` what the question counts."""

    run: str
    activity: str
    share: float
    points: float = 1.0
    is_given: bool = True


class Proposal(msgspec.Struct, frozen=True):
    """A mark out of ten with its band of 80 %, all with one decimal, and what stands behind it: questions answered in
    time, of those asked of this pupil."""

    value: Decimal
    low: Decimal
    high: Decimal
    answered: int
    asked: int


class Refusal(msgspec.Struct, frozen=True):
    """Nothing is proposed, and why; so many answers there are."""

    reason: Reason
    answered: int = 0
    asked: int = 0


def propose(tasks: Mapping[str, Sequence[Task]]) -> Mapping[str, Proposal | Refusal]:
    """A proposal or a refusal for each pupil. How sure all are is learnt from all, who got how much each from none but
    their own: another pupil's answers may widen or narrow a band, and never move a value."""
    if not any(tasks.values()):
        return dict.fromkeys(tasks, Refusal(Reason.NOTHING_TAGGED))
    spread = _spread([own for own in tasks.values() if len(own) > 1])
    return {pupil: _propose(own, spread) for pupil, own in tasks.items()}


def _propose(own: Sequence[Task], spread: float) -> Proposal | Refusal:
    answered = sum(task.is_given for task in own)
    if not own:
        return Refusal(Reason.NOT_ASKED)
    if answered < LEAST:
        return Refusal(Reason.FEW, answered, len(own))
    alike = Counter((task.points, task.share) for task in own)  # a few kinds of questions, so few exact sums
    whole = sum((n * _exact(points) for (points, _), n in alike.items()), Fraction(0))
    share = sum((n * _exact(points) * _exact(right) for (points, right), n in alike.items()), Fraction(0)) / whole
    many = float(whole**2 / sum((n * _exact(points) ** 2 for (points, _), n in alike.items()), Fraction(0)))
    value = mark_of(share)
    low, high = (mark_of(Fraction(str(round(edge, 6)))) for edge in wilson(float(share), many / spread, _Z))
    return Proposal(value, min(low, value), max(high, value), answered, len(own))


@lru_cache(maxsize=4_096)
def _exact(number: float) -> Fraction:
    """What was meant by a decimal: 0.1 is a tenth."""
    return Fraction(str(number))


def _variance(values: Sequence[float]) -> float:
    """Of a sample; the same in whatever order the values come."""
    mean = fsum(values) / len(values)
    return fsum((one - mean) ** 2 for one in values) / (len(values) - 1)


def mark_of(share: Fraction) -> Decimal:
    """A share right out of ten, one decimal, half up (Circular 22/2021, Điều 5.3b)."""
    return Decimal(floor(share * 100 + Fraction(1, 2))).scaleb(-1)


def _spread(pupils: Sequence[Sequence[Task]]) -> float:
    """How much of the variance of coin throws is chance in these answers. Hard and easy questions explain some of it
    (the same questions again would be as hard again), answers that are partly right have less from the start."""
    if len(pupils) < LEAST_PUPILS:
        return 1.0
    shares = [[task.share for task in own] for own in pupils]
    thrown = fmean(fmean(own) * (1 - fmean(own)) for own in shares)
    if thrown <= 0:
        return 1.0
    left = fmean(_variance(own) for own in shares) - _explained(pupils)
    return min(1.0, max(LEAST_SPREAD, left / thrown))


def _explained(pupils: Sequence[Sequence[Task]]) -> float:
    """The variance between questions, without what chance adds to it."""
    by_question: dict[tuple[str, str], list[float]] = {}
    for own in pupils:
        for task in own:
            by_question.setdefault((task.run, task.activity), []).append(task.share)
    known = [shares for shares in by_question.values() if len(shares) >= LEAST_PUPILS]
    if len(known) < 2:
        return 0.0
    return max(0.0, _variance([fmean(one) for one in known]) - fmean(_variance(one) / len(one) for one in known))
