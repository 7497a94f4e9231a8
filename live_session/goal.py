"""A goal that a class has together: so many right answers of all, over the whole lesson. Pure.

It is cooperative: one figure for everybody, nobody's place in it. What counts is the newest round of each question
whose key has been shown, so that talking helps and nothing is told before its time.
"""

from collections.abc import Iterator

import msgspec

from live_session import activities
from live_session.commands import SetGoal
from live_session.errors import INVALID, NOT_OPEN, Refusal
from live_session.events import Event, GoalSet
from live_session.model import NOTHING, Activity, Millis, Participant, Round, State

STEPS = (50, 60, 70, 80, 90)
"""Percent."""
LEAST_TOLD = 5
"""Answers below which no figure of the class is told: it would be some pupil's own."""


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Right answers of those that can be right; none is told while there are too few."""

    percent: int
    right: int = 0
    of: int = 0


def choose(state: State, command: SetGoal, actor: object, at: Millis) -> Event | Refusal:
    """One of the steps, or none."""
    if command.percent is not None and command.percent not in STEPS:
        return INVALID
    return NOT_OPEN if command.percent == state.goal else GoalSet(command.percent)


def chosen(state: State, event: GoalSet, at: Millis) -> State:
    return msgspec.structs.replace(state, goal=event.percent)


def of_class(state: State) -> Progress | None:
    """How far the class has come; None without a goal."""
    if state.goal is None:
        return None
    shares = [share for activity, round_ in _told(state) for share in _shares(state, activity, round_)]
    if len(shares) < LEAST_TOLD:
        return Progress(state.goal)
    return Progress(state.goal, sum(share == 1 for share in shares), len(shares))


def of_pupil(state: State, sitting: Participant, claim: str) -> tuple[int, int] | None:
    """(right, answered) of the same questions, by answers of this pupil's own hand; None without a goal."""
    if state.goal is None:
        return None
    tables = [(a, state.responses.get((a.id, r.number), NOTHING).get(sitting.id)) for a, r in _told(state)]
    own = [(activity, said) for activity, said in tables if said and sitting.is_same_hand(said.claim, claim)]
    found = [activities.share_of(activity, said.value) for activity, said in own]
    shares = [share for share in found if share is not None]
    return sum(share == 1 for share in shares), len(shares)


def _told(state: State) -> Iterator[tuple[Activity, Round]]:
    for activity in state.deck:
        spent = [round_ for round_ in state.rounds.get(activity.id, ()) if round_.is_spent]
        if spent:
            yield activity, spent[-1]


def _shares(state: State, activity: Activity, round_: Round) -> Iterator[object]:
    for response in state.responses.get((activity.id, round_.number), NOTHING).values():
        if (share := activities.share_of(activity, response.value)) is not None:
            yield share
