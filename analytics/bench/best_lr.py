"""Best-LR (Gervet, Koedinger, Schneider and Mitchell 2020), fitted by us: the baseline that is hard to beat.

Logistic regression over one weight for each item and each skill, and log1p of earlier wins and misses: of the pupil,
on the skill, on the item. L2 with C = 1 on every weight but the bias. Unknown items and skills weigh nothing. Newton's
method; each step is solved by conjugate gradients, so that nothing as large as items times items is ever written down.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from analytics.bench.scores import Numbers, Places
from analytics.mastery.model import Answer

COUNTS = 6


class Rows(msgspec.Struct, frozen=True):
    """Answers as the regression sees them; an unknown item or skill is the last place of its table."""

    item: Places
    skill: Places
    counts: Numbers
    right: Numbers


class BestLR(msgspec.Struct, frozen=True):
    """The weights: a row's score is bias + item + skill + counts."""

    items: Mapping[str, int]
    skills: Mapping[str, int]
    weights: Numbers

    def chances(self, answers: Iterable[Answer]) -> Numbers:
        """Forecasts, in the order of the answers."""
        rows = _rows(answers, self.items, self.skills)
        return _logistic(_times(rows, self.weights, len(self.items) + 1, len(self.skills) + 1))


def fit(answers: list[Answer], penalty: float = 1.0) -> BestLR:
    """Fit on these answers. Each pupil's must stand in their order."""
    items = {name: k for k, name in enumerate(dict.fromkeys(a.item for a in answers))}
    skills = {name: k for k, name in enumerate(dict.fromkeys(a.objectives[0] for a in answers))}
    rows, n_items, n_skills = _rows(answers, items, skills), len(items) + 1, len(skills) + 1
    size = 1 + n_items + n_skills + COUNTS
    weights, held = np.zeros(size), np.full(size, penalty)
    held[0] = 0
    for _ in range(50):
        p = _logistic(_times(rows, weights, n_items, n_skills))
        slope = _back(rows, p - rows.right, n_items, n_skills) + held * weights
        curve = p * (1 - p)
        step = _solve(rows, curve, held, slope, (n_items, n_skills))
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return BestLR(items, skills, weights)


def _rows(answers: Iterable[Answer], items: Mapping[str, int], skills: Mapping[str, int]) -> Rows:
    seen: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    item, skill, counts, right = [], [], [], []
    for a in answers:
        name = a.objectives[0]
        tables = [seen[a.pupil,], seen[a.pupil, "skill", name], seen[a.pupil, "item", a.item]]
        counts.append([x for table in tables for x in table])
        for table in tables:
            table[0] += a.share
            table[1] += 1 - a.share
        item.append(items.get(a.item, len(items)))
        skill.append(skills.get(name, len(skills)))
        right.append(a.share)
    return Rows(np.array(item), np.array(skill), np.log1p(np.array(counts, dtype=np.float64)), np.array(right))


def _logistic(z: Numbers) -> Numbers:
    chances: Numbers = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return chances


def _times(rows: Rows, weights: Numbers, n_items: int, n_skills: int) -> Numbers:
    items, skills = weights[1 : 1 + n_items], weights[1 + n_items : 1 + n_items + n_skills]
    scores: Numbers = (
        weights[0] + items[rows.item] + skills[rows.skill] + rows.counts @ weights[1 + n_items + n_skills :]
    )
    return scores


def _back(rows: Rows, each: Numbers, n_items: int, n_skills: int) -> Numbers:
    parts = [[each.sum()], np.bincount(rows.item, each, n_items), np.bincount(rows.skill, each, n_skills)]
    return np.concatenate([*parts, rows.counts.T @ each])


def _solve(rows: Rows, curve: Numbers, held: Numbers, slope: Numbers, sizes: tuple[int, int]) -> Numbers:
    """Conjugate gradients on (X' W X + penalty) step = slope, scaled by the diagonal."""
    squares = np.concatenate(
        [
            [curve.sum()],
            np.bincount(rows.item, curve, sizes[0]),
            np.bincount(rows.skill, curve, sizes[1]),
            (rows.counts**2).T @ curve,
        ]
    )
    scale = squares + held + 1e-9
    found, left = np.zeros_like(slope), slope.copy()
    eased = left / scale
    way, size = eased.copy(), float(left @ eased)
    goal = 1e-16 * size
    for _ in range(500):
        if size <= goal:
            break
        bent = _back(rows, curve * _times(rows, way, *sizes), *sizes) + held * way
        length = size / float(way @ bent)
        found, left = found + length * way, left - length * bent
        eased = left / scale
        before, size = size, float(left @ eased)
        way = eased + size / before * way
    return found
