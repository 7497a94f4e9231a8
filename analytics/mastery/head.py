"""The logistic head: named features of what Elo-2 and counts knew before an answer, and one weight for each.

Features 1 to 14 are those of the reference design; 15 to 20 (how the last answers went) were chosen on the training
file of ASSISTments 2009 alone. Counts overlap, so a single weight is no cause: explain with counts, not with weights.
Pure Python: a refit is a job, and needs no library.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import exp, log, log1p
from operator import add, mul
from typing import TypeAlias

import msgspec

from analytics.mastery.model import (
    NEVER_TRIED,
    NEW_ITEM,
    NEW_OBJECTIVE,
    Answer,
    Known,
    Model,
    Pupil,
    Skill,
    known,
    learn,
    logistic,
)
from live_session.model import Millis

NAMES = (
    "ability",
    "skill",
    "ease",
    "ease_while_new",
    "skill_tries",
    "skill_wins",
    "tries",
    "wins",
    "item_tries",
    "item_wins",
    "skill_form",
    "form",
    "skill_share",
    "freshness",
    "last",
    "skill_last",
    "skill_misses",
    "same_objective",
    "skill_is_new",
    "skill_fast_form",
)
NEVER_SEEN = 1_000_000
"""Answers since an objective was last met, where it never was."""
LEAST_ANSWERS = 300
"""A tenant with fewer answers is predicted by Elo-2 alone."""

Features: TypeAlias = tuple[float, ...]


class Head(msgspec.Struct, frozen=True):
    """Weights of standardised features: chance = logistic(bias + sum(weight * (x - mean) / scale)). `rows` answers
    stand behind it; a refit is a new record, never a change of an old one."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    rows: int

    def chance(self, features: Features) -> float:
        """The chance of a right answer."""
        z = self.bias
        for x, mean, scale, weight in zip(features, self.mean, self.scale, self.weights, strict=True):
            z += weight * (x - mean) / scale
        return logistic(z)


class Versioned(msgspec.Struct, frozen=True):
    """A head as a model keeps it: it speaks of lessons after `position`; the model had seen so many `answers`."""

    version: int
    position: int
    answers: int
    at: Millis
    head: Head


def in_force(heads: Sequence[Versioned], position: int) -> Versioned | None:
    """The head that speaks of the lesson at this position; None before the first."""
    return next((one for one in reversed(heads) if one.position < position), None)


def forecast(model: Model, head: Head, pupil: Pupil, skill: Skill, objective: str) -> float:
    """The chance that a pupil solves a new question of middling difficulty on an objective."""
    hard = model.objectives.get(objective, NEW_OBJECTIVE)
    before = Known(pupil, (skill,), (hard,), NEW_ITEM, NEVER_TRIED, skill.theta, -hard.value)
    return head.chance(features(before, model.share))


def features(before: Known, share: float) -> Features:
    """The features of an answer, in the order of NAMES; `share` is the tenant's mean share right."""
    pupil, skills, tries = before.pupil, before.skills or (Skill(),), before.tries
    met = len(skills)
    ease = before.ease
    n = sum(s.n for s in skills) / met
    wins = sum(s.wins for s in skills) / met
    last = [s.last if s.last is not None else share for s in skills]
    away = sum(log1p(pupil.n - s.seen_at if s.seen_at is not None else NEVER_SEEN) for s in skills) / met
    objectives = pupil.last_objectives
    return (
        pupil.theta,
        before.skill,
        ease,
        ease * exp(-before.item.n / 10),
        log1p(n),
        log1p(wins),
        log1p(pupil.n),
        log1p(pupil.wins),
        log1p(tries.n),
        log1p(tries.wins),
        sum((s.form + share) / (s.form_n + 1) for s in skills) / met,
        (pupil.form + share) / (pupil.form_n + 1),
        (wins + 2 * share) / (n + 2),
        exp(-away / 3),
        pupil.last if pupil.last is not None else share,
        sum(last) / met,
        log1p(sum(s.misses for s in skills) / met),
        1.0 if objectives and pupil.n and any(s.seen_at == pupil.n for s in skills) else 0.0,
        exp(-n / 3),
        sum((s.fast + share) / (s.fast_n + 1) for s in skills) / met,
    )


def chance(model: Model, head: Head | None, answer: Answer) -> float:
    """The chance of a right answer: by the head where there is one and the tenant has answers enough, else by Elo-2."""
    before = known(model, answer)
    if head is None or model.answers < LEAST_ANSWERS:
        return logistic(model.base + before.pupil.theta + before.skill + before.ease)
    return head.chance(features(before, model.share))


Column: TypeAlias = "array[float]"


@dataclass(frozen=True)
class Stream:
    """Answers as a head learns from them: a column for each feature, and the shares right."""

    columns: list[Column]
    shares: Column

    def after(self, rows: int) -> "Stream":
        """Without its first rows, in which items were still unknown."""
        return Stream([column[rows:] for column in self.columns], self.shares[rows:])


def replay(model: Model, answers: Iterable[Answer], items_learn: bool = True) -> Stream:
    """Take answers in, one by one, and keep what was known before each."""
    columns: list[Column] = [array("d") for _ in NAMES]
    shares = array("d")
    for answer in answers:
        row = features(known(model, answer), model.share)
        for column, x in zip(columns, row, strict=True):
            column.append(x)
        shares.append(answer.share)
        learn(model, answer, items_learn)
    return Stream(columns, shares)


def refit(stream: Stream, prior: Head | None = None, strength: float = 1.0) -> Head:
    """The head of greatest posterior: logistic regression whose weights are drawn to the prior's (to 0 without one),
    `strength` being the precision of that prior in units of standardised weights. Newton's method; the bias is free.

    Raises ValueError without rows.
    """
    rows = len(stream.shares)
    if not rows:
        raise ValueError("a head needs answers to learn from")
    mean = tuple(sum(column) / rows for column in stream.columns)
    scale = tuple(_deviation(column, m) for column, m in zip(stream.columns, mean, strict=True))
    columns = [
        array("d", [(x - m) / s for x in column]) for column, m, s in zip(stream.columns, mean, scale, strict=True)
    ]
    columns.append(array("d", repeat(1.0, rows)))
    centre = _centre(prior, mean, scale, sum(stream.shares) / rows)
    found = _newton(columns, stream.shares, centre, strength)
    return Head(mean, scale, tuple(found[:-1]), found[-1], rows)


def _deviation(column: Sequence[float], mean: float) -> float:
    variance = sum((x - mean) ** 2 for x in column) / len(column)
    return variance**0.5 if variance > 1e-12 else 1.0


def _centre(prior: Head | None, mean: Sequence[float], scale: Sequence[float], share: float) -> list[float]:
    """The prior's function, written in the units of these rows."""
    if prior is None:
        share = min(max(share, 0.01), 0.99)
        return [0.0 for _ in mean] + [log(share / (1 - share))]
    raw = [w / s for w, s in zip(prior.weights, prior.scale, strict=True)]
    bias = prior.bias + sum(w * (m - before) for w, m, before in zip(raw, mean, prior.mean, strict=True))
    return [w * s for w, s in zip(raw, scale, strict=True)] + [bias]


def _newton(columns: list[Column], shares: Column, centre: list[float], strength: float) -> list[float]:
    penalty = [strength] * (len(centre) - 1) + [1e-6]
    at = list(centre)
    for _ in range(25):
        z: Iterable[float] = repeat(0.0)
        for column, weight in zip(columns, at, strict=True):
            z = array("d", map(add, z, map(mul, column, repeat(weight))))
        chances = array("d", map(logistic, z))
        errors = array("d", [p - y for p, y in zip(chances, shares, strict=True)])
        curves = array("d", [p * (1 - p) for p in chances])
        slope = [
            sum(map(mul, c, errors)) + k * (w - w0) for c, k, w, w0 in zip(columns, penalty, at, centre, strict=True)
        ]
        step = _solve(_curvature(columns, curves, penalty), slope)
        # A step of more than 2 on a standardised weight is beyond where the parabola can be trusted.
        longest = max(map(abs, step))
        at = [w - d * min(1.0, 2 / longest) for w, d in zip(at, step, strict=True)] if longest else at
        if longest < 1e-7:
            break
    return at


def _curvature(columns: list[Column], curves: Column, penalty: Sequence[float]) -> list[list[float]]:
    size = len(columns)
    found = [[0.0] * size for _ in range(size)]
    for i, column in enumerate(columns):
        curved = array("d", map(mul, column, curves))
        for j in range(i, size):
            found[i][j] = found[j][i] = sum(map(mul, curved, columns[j]))
        found[i][i] += penalty[i]
    return found


def _solve(matrix: list[list[float]], right: Sequence[float]) -> list[float]:
    """Gauss, without pivots: the matrix is positive definite, because of its penalty."""
    rows = [[*line, r] for line, r in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for below in rows[i + 1 :]:
            factor = below[i] / pivot[i]
            if factor:
                below[i:] = [b - factor * a for a, b in zip(pivot[i:], below[i:], strict=True)]
    found: list[float] = []
    for i in reversed(range(len(rows))):
        known_part = sum(map(mul, rows[i][i + 1 : -1], found))
        found.insert(0, (rows[i][-1] - known_part) / rows[i][i])
    return found
