"""Which answers of a run teach the model, and how much. Pure.

Only what a pupil knew: the answer in time in the first round of a question, from a seat that was vouched for (facts
hold no other). A second round follows talk, a late answer may follow the key (a question whose key was shown is never
opened again), an erased one says nothing: none counts. On a phone that several share, what is the same as the one
before gave within two seconds was copied, and teaches nothing. A team's answer moves its members half as far.

Who is asked the same version of a question once more, in class or alone, has seen its key: the first answer counts, be
it a team's, and later ones are kept and weigh nothing (`again`). Who was shown the key and had not answered has met it
as well (`analytics/mastery/seen.py`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from analytics.facts import Attempt, RunFacts
from analytics.mastery.model import Answer
from live_session import activities
from live_session.model import Activity, Millis

TEAM_WEIGHT = 0.5
COPIED_WITHIN: Millis = 2_000
"""No pupil takes over a phone, reads and answers within this."""


def name_of(run_id: str, activity: str, item: str | None, version: int) -> str:
    """The name of an item in the model: one for each version; a question made up in the lesson is its own."""
    return f"{item}@{version}" if item is not None else f"{run_id}/{activity}"


def item_of(run_id: str, activity: Activity) -> str:
    """The name of an activity's item."""
    return name_of(run_id, activity.id, activity.item, activity.version)


class Counted(msgspec.Struct, frozen=True, gc=False):
    """An answer that counts, and where it stands: the activity of the run, and when it was given."""

    activity: str
    at: Millis
    answer: Answer


Place: TypeAlias = tuple[int, int]
"""Where a row of evidence stands: its lesson's position, and its number there."""


KEY_SEEN = -1
"""In the place of an answer's number: no answer, but the key."""


class Meeting(NamedTuple):
    """A pupil answered an item, or saw its key. What came first is a matter of time: work that was begun before a
    lesson may be done after it."""

    at: Millis
    position: int
    n: int
    pupil: str
    item: str


def again(met: Iterable[Meeting]) -> set[Place]:
    """Where somebody answered what they had met before. In any order, each once."""
    seen, found = set[tuple[str, str]](), set[Place]()
    for one in sorted(met):
        if (one.pupil, one.item) in seen and one.n != KEY_SEEN:
            found.add((one.position, one.n))
        seen.add((one.pupil, one.item))
    return found


def keys_first(met: Iterable[Meeting]) -> Mapping[tuple[str, str], Millis]:
    """(pupil, item) -> when they saw its key, of those who met it so."""
    first: dict[tuple[str, str], Meeting] = {}
    for one in sorted(met):
        first.setdefault((one.pupil, one.item), one)
    return {pair: one.at for pair, one in first.items() if one.n == KEY_SEEN}


def counted(run_id: str, facts: RunFacts, pupil_of: Mapping[str, str]) -> Sequence[Counted]:
    """The answers that count in this run, in the order in which they were given; another run may have had the same
    question of the same pupil before.

    `pupil_of` names the pupil (an id that is the same in every run) of each participant; one without stays out. What
    several answered at one phone says so itself.
    """
    deck = {activity.id: activity for activity in facts.deck}
    first = {(a.participant, a.activity): a for a in facts.attempts if a.round == 1 and not a.is_late}
    able = [a for a in first.values() if a.participant in pupil_of and not _is_copied(a, first, facts.mates)]
    found = []
    for attempt in sorted(able, key=lambda a: (a.at, a.participant, a.activity)):
        activity = deck[attempt.activity]
        share = _share(activity, attempt)
        if share is not None:
            answer = Answer(
                pupil=pupil_of[attempt.participant],
                item=item_of(run_id, activity),
                objectives=() if activity.objective is None else (activity.objective,),
                share=share,
                weight=TEAM_WEIGHT if attempt.is_team else 1.0,
            )
            found.append(Counted(activity.id, attempt.at, answer))
    return found


def _is_copied(one: Attempt, first: Mapping[tuple[str, str], Attempt], mates: Mapping[str, Collection[str]]) -> bool:
    """By the phone's own times: what waited there for a network arrives all at once. A team's answer is no copy."""
    if one.composed_at is None or one.is_team:
        return False
    others = (first.get((mate, one.activity)) for mate in mates.get(one.participant, ()))
    return any(
        (other.composed_at, other.participant) < (one.composed_at, one.participant)
        and one.composed_at - other.composed_at <= COPIED_WITHIN
        for other in others
        if other is not None and other.composed_at is not None and other.value == one.value
    )


def _share(activity: Activity, attempt: Attempt) -> float | None:
    share = activities.share_of(activity, attempt.value)
    return None if share is None else float(share)
