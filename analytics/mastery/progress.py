"""What a pupil got right in a lesson, beside the same pupil's lesson before it, on one objective. Pure.

Told where there is enough to tell and it helps: counts of the pupil's own answers, of nobody else's. What went down is
not told here: the pupil's page says what to practise, and the teacher says why.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from analytics.mastery.ledger import Evidence

LEAST = 3
"""Answers to an objective in each of the two lessons."""
CLEARLY = 0.2
"""Of the share right: less may be an easier question."""


class Stretch(msgspec.Struct, frozen=True):
    """Answers of one pupil to one objective in one lesson: how many were wholly right, of how many."""

    day: str
    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of


class Progress(msgspec.Struct, frozen=True):
    """A pupil on an objective in a lesson, and in their own lesson before it. `is_held`: all was right both times."""

    objective: str
    before: Stretch
    now: Stretch

    @property
    def gain(self) -> float:
        return self.now.share - self.before.share

    @property
    def is_held(self) -> bool:
        return self.before.share == self.now.share == 1


def progress(evidence: Sequence[Evidence], run_id: str) -> Progress | None:
    """The clearest of what this lesson shows to be better than the pupil's own lesson before it, else what was held;
    None where neither is. Of the pupil's answers in lessons, in any order; a group's answers are not their own, and a
    question that was answered before shows no progress."""
    own = [one for one in evidence if one.objective and one.is_own]
    here = {one.objective for one in own if one.run_id == run_id}
    found = [pair for name in sorted(here) if (pair := _pair([one for one in own if one.objective == name], run_id))]
    told = [one for one in found if one.gain >= CLEARLY or one.is_held]
    return max(told, key=lambda one: (one.gain, one.now.of), default=None)


def _pair(answers: Sequence[Evidence], run_id: str) -> Progress | None:
    """Of answers to one objective; lessons of the same day are one occasion, and none is before another."""
    lessons = dict(_lessons(answers))
    now = lessons.pop(run_id)
    earlier = [one for one in lessons.values() if one.day < now.day and one.of >= LEAST]
    if now.of < LEAST or not earlier:
        return None
    return Progress(answers[0].objective, max(earlier, key=lambda one: one.day), now)


def _lessons(answers: Sequence[Evidence]) -> Iterator[tuple[str, Stretch]]:
    for run_id, group in groupby(sorted(answers, key=lambda one: one.run_id), key=lambda one: one.run_id):
        given = list(group)
        yield run_id, Stretch(given[0].day, sum(one.share == 1 for one in given), len(given))
