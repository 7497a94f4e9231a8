"""`giotay bench mastery`: our model, Best-LR and Elo alone on the same answers of pupils that none of them has seen.

Settings were chosen on training files alone. With `pupils`, that many are drawn from the training file, five times, and
items go on learning from the pupils of the test file, as they do in production; without, items stay as they were.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TypeAlias

import msgspec
import numpy as np

from analytics.bench import best_lr
from analytics.bench.answers import read, share_right
from analytics.bench.scores import Numbers, Places, Scores, difference, score
from analytics.mastery.head import Head, features, refit, replay
from analytics.mastery.model import Answer, Model, begin, elo, known, learn
from analytics.mastery.prior import BURN_IN, STRENGTH, simulated
from analytics.simulate import interleave

DRAWS = 5

Pupils: TypeAlias = Mapping[str, Sequence[Answer]]


class Result(msgspec.Struct, frozen=True):
    """Three forecasts of the same rows; `gain` is our AUC less that of Best-LR, with its bootstrap interval of 95 %."""

    ours: Scores
    best_lr: Scores
    elo: Scores
    gain: float
    low: float
    high: float


class Report(msgspec.Struct, frozen=True):
    """`results` has one entry, or one for each draw."""

    rows: int
    test_pupils: int
    training_pupils: int
    results: Sequence[Result]

    def text(self) -> str:
        """A table to read."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        kind = f"items live, mean of {len(self.results)} draws" if len(self.results) > 1 else "items frozen"
        head = f"{self.training_pupils} training pupils, {self.test_pupils} test pupils, {self.rows} answers, {kind}"
        lines = [head, f"{'':<10}{'AUC':>8}{'log-loss':>10}{'ECE':>8}"]
        for name, label in (("ours", "ours"), ("best_lr", "Best-LR"), ("elo", "Elo alone")):
            each: list[Scores] = [getattr(r, name) for r in self.results]
            auc, loss, ece = (_mean([getattr(s, f) for s in each]) for f in ("auc", "log_loss", "ece"))
            lines.append(f"{label:<10}{auc:>8.4f}{loss:>10.4f}{ece:>8.4f}")
        lines += [f"ours - Best-LR, AUC: {r.gain:+.4f} [{r.low:+.4f}, {r.high:+.4f}]" for r in self.results]
        if len(self.results) > 1:
            lines.append(f"mean of the draws: {_mean([r.gain for r in self.results]):+.4f}")
        return lines


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def run(train: Path, test: Path, pupils: int | None, tell: Callable[[str], None], seed: int = 1) -> Report:
    """Measure. Raises BadAnswers for a file that cannot be read, ValueError for more pupils than there are."""
    learners, unseen = read(train), read(test)
    if pupils is not None and not 0 < pupils <= len(learners):
        raise ValueError(f"{train} holds {len(learners)} pupils")
    if common := learners.keys() & unseen.keys():
        raise ValueError(f"{len(common)} pupils stand in both files; a forecast of them would prove nothing")
    drawn = [learners] if pupils is None else [draw(learners, pupils, seed + k) for k in range(DRAWS)]
    results = []
    for number, some in enumerate(drawn, start=1):
        tell(f"{number}/{len(drawn)}: {len(some)} training pupils ...")
        results.append(measure(some, unseen, live=pupils is not None, seed=seed))
    return Report(sum(map(len, unseen.values())), len(unseen), len(drawn[0]), results)


def draw(pupils: Pupils, count: int, seed: int) -> Pupils:
    """Some of the pupils, drawn by a seed."""
    names = Random(seed).sample(sorted(pupils), count)  # noqa: S311 - a sample, no secret
    return {name: pupils[name] for name in names}


def measure(learners: Pupils, unseen: Pupils, live: bool, seed: int) -> Result:
    """Train on the one, walk through the other row by row: forecast, then learn."""
    training, testing = interleave(learners, seed), interleave(unseen, seed)
    model = begin(share_right(training))
    stream = replay(model, training)
    head = refit(stream.after(int(len(training) * BURN_IN)), simulated(), STRENGTH)
    ours, alone = forecasts(model, head, testing, live)
    lr = best_lr.fit(list(training)).chances(testing)
    right = np.array([a.share for a in testing])
    number = {name: k for k, name in enumerate(unseen)}
    pupil: Places = np.array([number[a.pupil] for a in testing])
    low, high = difference(right, ours, lr, pupil, seed)
    us, them = score(right, ours), score(right, lr)
    return Result(us, them, score(right, alone), us.auc - them.auc, low, high)


def forecasts(model: Model, head: Head, answers: Sequence[Answer], live: bool) -> tuple[Numbers, Numbers]:
    """By the head and by Elo alone, each from what was known before the answer."""
    ours, alone = [], []
    for answer in answers:
        before = known(model, answer)
        ours.append(head.chance(features(before, model.share)))
        alone.append(elo(model, before))
        learn(model, answer, items_learn=live)
    return np.array(ours), np.array(alone)
