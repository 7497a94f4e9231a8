"""What rubrics say of each pupil: the own word on the own work, and what classmates who were given it said of it. Pure.

Levels in the words of the rubric, never a mark: nothing adds them up, and of classmates nobody is named.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from live_session import activities, groups, naming, peers
from live_session.activities.rubric import Criterion, Rubric, RubricType
from live_session.model import NOTHING, Activity, State


class Said(msgspec.Struct, frozen=True):
    """One criterion: the words of the lowest and of the highest level that was said, by so many."""

    criterion: str
    low: str
    high: str
    count: int


class RubricShare(msgspec.Struct, frozen=True, omit_defaults=True):
    """One round of a rubric as far as it concerns a pupil. `is_own`: the pupil's own word on the own work, else what
    classmates said of it (of a group's work: of what the pupil's group made)."""

    activity: str
    round: int
    title: str
    is_own: bool
    said: tuple[Said, ...] = ()


def of_all(state: State, trusted: frozenset[str]) -> Mapping[str, Sequence[RubricShare]]:
    """By pupil, of whoever was vouched for; in the order of the plan. What a group presents is said of the group, and
    stands with the group's work."""
    found: dict[str, list[RubricShare]] = {}
    for activity in state.deck:
        content = activities.content_of(activity) if activity.kind == RubricType.kind else None
        if isinstance(content, Rubric) and not naming.is_unnamed(activity):
            for round_ in state.rounds.get(activity.id, ()):
                for who, share in _of_round(state, activity, content, round_.number):
                    if who in trusted and share.said:
                        found.setdefault(who, []).append(share)
    return found


def _of_round(state: State, activity: Activity, content: Rubric, number: int) -> Iterable[tuple[str, RubricShare]]:
    rows = {row.name: row for row in content.rows}
    if content.about == "self":
        key = (activity.id, number)
        for who, response in {**state.late.get(key, NOTHING), **state.responses.get(key, NOTHING)}.items():
            value = response.value if isinstance(response.value, Mapping) else {}
            said = tuple(_said(rows[name], int(at), int(at), 1) for name, at in value.items() if name in rows)
            yield who, RubricShare(activity.id, number, activity.title, is_own=True, said=said)
    elif content.about == "peer":
        source = state.peers.get((activity.id, number))
        for work in peers.assessed(state, activity, number):
            said = tuple(_said(rows[one.criterion], one.low, one.high, one.count) for one in work.spread)
            for who in _whose(state, work, source.activity if source else ""):
                yield who, RubricShare(activity.id, number, activity.title, is_own=False, said=said)


def _said(row: Criterion, low: int, high: int, count: int) -> Said:
    return Said(row.text, row.levels[low - 1].word, row.levels[high - 1].word, count)


def _whose(state: State, work: peers.Assessed, source: str) -> Iterable[str]:
    """The pupils whose work it is."""
    if not (number := peers.group_of(work.author)):
        return (work.author, *work.also)
    made = groups.groups_of(state, source)
    return made[number - 1] if number <= len(made) else ()
