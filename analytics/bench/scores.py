"""How good a forecast was: AUC, log-loss, expected calibration error, and the bootstrap over pupils."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

BINS = 15
CLIP = 1e-4


class Scores(msgspec.Struct, frozen=True):
    """`ece`: 15 bins of equal width. Chances are kept within [1e-4, 1 - 1e-4] for the log-loss."""

    auc: float
    log_loss: float
    ece: float


def score(right: Numbers, chance: Numbers) -> Scores:
    """The three scores of one forecast."""
    p = np.clip(chance, CLIP, 1 - CLIP)
    loss = -np.mean(right * np.log(p) + (1 - right) * np.log(1 - p))
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    gaps = np.abs(np.bincount(bins, p - right, BINS))
    return Scores(auc(right, chance), float(loss), float(gaps.sum() / len(p)))


def auc(right: Numbers, chance: Numbers, weight: Numbers | None = None) -> float:
    """The chance that a right answer has the higher forecast; a tie counts half. NaN where all or none is right."""
    counted = np.ones_like(right) if weight is None else weight
    _, group = np.unique(chance, return_inverse=True)
    return _auc(right, group, counted)


def _auc(right: Numbers, group: Places, weight: Numbers) -> float:
    ups, downs = np.bincount(group, weight * right), np.bincount(group, weight * (1 - right))
    below = np.cumsum(downs) - downs / 2
    pairs = ups.sum() * downs.sum()
    return float((ups * below).sum() / pairs) if pairs else float("nan")


def difference(
    right: Numbers, ours: Numbers, other: Numbers, pupil: Places, seed: int, draws: int = 1000
) -> tuple[float, float]:
    """AUC of ours less that of the other: its 2.5 % and 97.5 % quantiles over drawn sets of the same pupils."""
    generator = np.random.default_rng(seed)
    groups = [np.unique(chance, return_inverse=True)[1] for chance in (ours, other)]
    people = int(pupil.max()) + 1
    found = []
    for _ in range(draws):
        times = np.bincount(generator.integers(0, people, people), minlength=people).astype(np.float64)[pupil]
        found.append(_auc(right, groups[0], times) - _auc(right, groups[1], times))
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))
