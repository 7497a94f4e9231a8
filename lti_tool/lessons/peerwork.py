"""Peer assessment in a lesson, for its teacher: whose work was given to whom, and how far they are apart who saw it.

It is no mark and counts into nothing; no page of a pupil says who assessed whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from live_session import peers
from live_session.model import State
from lti_tool.lessons import roster
from lti_tool.models import LessonRun
from lti_tool.translations import t


@dataclass(frozen=True)
class Work:
    """A work by the names of whose it is: (who assesses it, whether they have), and the spread by criterion."""

    author: str
    by: list[tuple[str, bool]]
    spread: tuple[peers.Spread, ...]


@dataclass(frozen=True)
class Task:
    """One round of peer assessment."""

    title: str
    round: int
    works: list[Work]


def tasks_of(run: LessonRun, state: State) -> list[Task]:
    """All peer assessment of a lesson, in the order of the plan, and of works in that of the class's list."""
    if not state.peers:
        return []
    names = {p.uid: p.name for p in roster.everybody(run)}
    place = {uid: n for n, uid in enumerate(names)}
    found = []
    for activity in state.deck:
        for round_ in state.rounds.get(activity.id, ()) if peers.terms_of(activity) else ():
            works = sorted(
                peers.assessed(state, activity, round_.number), key=lambda one: place.get(one.author, len(place))
            )
            told = [
                Work(_whose(w, names), [(names.get(who, "–"), done) for who, done in w.by], w.spread) for w in works
            ]
            found.append(Task(activity.title, round_.number, told))
    return found


def _whose(work: peers.Assessed, names: Mapping[str, str]) -> str:
    """A group by its number; several at one phone by all their names."""
    if group := peers.group_of(work.author):
        return str(t("group.name", n=group))
    return ", ".join(names.get(who, "–") for who in (work.author, *work.also))
