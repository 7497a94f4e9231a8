"""Proposed marks: what the questions that a teacher tagged for assessment come to, or the levels that a teacher gave to
a presentation or a product by a rubric; how sure that is, or why not. Pure.

A proposal is a proposal: nothing here becomes a mark. It is built of task scores alone (first attempts, in time), or of
the teacher's own levels alone, never of what classmates said or the student model knows; formulas:
docs/explain/proposed-marks.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import floor, fsum, hypot, sqrt
from statistics import NormalDist, fmean

import msgspec

from analytics.items import wilson

LEAST = 12
"""Answers that a proposal needs: 12 right-or-wrong answers tell a mark to about ±1."""
LEAST_LEVELS = 4
"""Levels by the teacher that a proposal needs: with fewer, one level more or less moves it by nearly a whole mark."""
ONE_WORK = 0.5
"""How far, in levels, all levels of one work may lie off together (a good day, a strict eye): a standard deviation. It
is taken for granted, for nothing in one teacher's levels of one work could tell it."""
VERSION = 3
"""Of these formulas, and of what they are given; kept with each mark that went by them."""
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
    NOT_JUDGED = "not_judged"
    """The teacher has given this pupil no level yet."""
    FEW_LEVELS = "few_levels"
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


class Judged(msgspec.Struct, frozen=True):
    """A level that the teacher gave by one criterion: which, from 1 for the lowest, of how many there are."""

    run: str
    activity: str
    criterion: str
    level: int
    of: int

    @property
    def share(self) -> Fraction:
        """The highest level is all of the scale, and the steps down are even: of four levels 10, 7.5, 5, 2.5."""
        return Fraction(self.level, self.of)


class Proposal(msgspec.Struct, frozen=True):
    """A mark out of ten with its band of 80 %, all with one decimal, and what stands behind it: questions answered in
    time, of those asked of this pupil; or criteria by which the teacher gave a level, of all there are."""

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
    low, high = (_edge(edge) for edge in wilson(float(share), many / spread, _Z))
    return Proposal(value, min(low, value), max(high, value), answered, len(own))


def propose_of_levels(said: Mapping[str, Sequence[Judged]], criteria: int) -> Mapping[str, Proposal | Refusal]:
    """The same of the levels that the teacher gave, of so many criteria. `said` by pupil, in any order."""
    tasks = {
        pupil: [Task(one.run, f"{one.activity}.{one.criterion}", float(one.share)) for one in own]
        for pupil, own in said.items()
    }
    spread = _spread([own for own in tasks.values() if len(own) > 1])
    return {pupil: _of_levels(own, criteria, spread) for pupil, own in said.items()}


def _of_levels(own: Sequence[Judged], criteria: int, spread: float) -> Proposal | Refusal:
    if not own:
        return Refusal(Reason.NOT_JUDGED, 0, criteria)
    if len(own) < LEAST_LEVELS:
        return Refusal(Reason.FEW_LEVELS, len(own), criteria)
    share = sum((one.share for one in own), Fraction(0)) / len(own)
    step = fmean(1 / one.of for one in sorted(own, key=lambda one: one.of))
    works = len({(one.run, one.activity) for one in own})
    common = _Z * ONE_WORK * step / sqrt(works)
    low, high = wilson(float(share), len(own) / spread, _Z)
    value = mark_of(share)
    below, above = (hypot(float(share) - low, common), hypot(high - float(share), common))
    return Proposal(value, _edge(float(share) - below), _edge(float(share) + above), len(own), criteria)


def _edge(share: float) -> Decimal:
    return mark_of(Fraction(str(round(min(1.0, max(0.0, share)), 6))))


MOST_PARTS = 1_000_000
"""No question has more parts, and no points have more decimals, so that each has one fraction only."""


@lru_cache(maxsize=4_096)
def _exact(number: float) -> Fraction:
    """The fraction that was meant: 0.1 is a tenth, and three times 0.3333333333333333 is 1."""
    return Fraction(number).limit_denominator(MOST_PARTS)


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
