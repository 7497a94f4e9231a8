"""What many of a class get wrong in the same way: options that are not the key, and were chosen by many. Pure.

Of a question that was asked again, the newest round speaks: what a talk has cleared up is no misconception any more.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from analytics.pool import trait_of
from analytics.results import QuestionResult

LEAST_CHOSEN = 4
LEAST_SHARE = 0.2
LEAST_OPTIONS = 3
"""Of two options the wrong one says no more than that the answer was wrong."""
BOUNDS = (0.3, 0.7)
"""Below the first too few are right to help each other; above the second most are."""


class FollowUp(StrEnum):
    """What two minutes are best spent on, by how many are right (after Mazur's peer instruction)."""

    EXPLAIN = "explain"
    TALK = "talk"
    WORD = "word"


class Misconception(msgspec.Struct, frozen=True):
    """`chosen` of `answered` pupils took `option` of a question; `right` took the key. `item` names the activity that
    was asked, in `version`; "" for one that stands in no prepared lesson."""

    run_id: str
    activity: str
    item: str
    version: int
    title: str
    option: str
    chosen: int
    answered: int
    right: int

    @property
    def follow_up(self) -> FollowUp:
        share = self.right / self.answered
        return FollowUp.EXPLAIN if share < BOUNDS[0] else FollowUp.TALK if share <= BOUNDS[1] else FollowUp.WORD


def misconceptions(lessons: Mapping[str, Sequence[QuestionResult]], most: int) -> Sequence[Misconception]:
    """Of these lessons (the newest first), each question at most once, the most widespread first."""
    found: dict[str, Misconception | None] = {}
    for run_id, questions in lessons.items():
        newest = {q.activity: q for q in sorted(questions, key=lambda q: q.round)}
        for question in newest.values():
            found.setdefault(question.item or f"{run_id}:{question.activity}", _of_question(run_id, question))
    known = [one for one in found.values() if one]
    return sorted(known, key=lambda one: (-one.chosen / one.answered, one.title, one.option))[:most]


def _of_question(run_id: str, question: QuestionResult) -> Misconception | None:
    trait = trait_of(question)
    wrong = [bar for bar in question.tally if bar.option in trait.options and bar.option not in trait.key]
    if len(trait.options) < LEAST_OPTIONS or not wrong or not question.scored:
        return None
    bar = max(wrong, key=lambda one: one.count)
    if bar.count < max(LEAST_CHOSEN, LEAST_SHARE * question.scored):
        return None
    about = (question.activity, question.item or "", question.version, question.title)
    return Misconception(run_id, *about, bar.option, bar.count, question.scored, question.right)
