"""The one next press and the one previous press: what a screen's keys send."""

from typing import Literal

import msgspec

from live_session import groups
from live_session.model import Activity, Phase, Round, Shown, State
from live_session.rules import can_reopen, can_reveal, next_unopened


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One press: the `steer` frame that a screen's next or previous key sends."""

    action: Literal["next", "close", "reopen", "reveal", "conceal", "reask", "end_talk", "present", "end"]
    activity: str | None = None
    what: Shown | None = None
    after: str | None = None
    round: int | None = None
    group: int | None = None


def forth(state: State) -> Step | None:
    """The one next press: lock, distribution, key, explanation, next question, end; after a talk, asking again."""
    if state.phase is Phase.ENDED:
        return None
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity and round_:
        if state.talk:
            return Step("reask", activity.id, round=round_.number)
        if round_.is_open:
            return Step("close", activity.id)
        if shown := _next_shown(state, activity, round_):
            return shown
    if next_unopened(state):
        return Step("next", after=state.current)
    return Step("end") if state.current else None


def _next_shown(state: State, activity: Activity, round_: Round) -> Step | None:
    """What a locked question can still show the class; then one group after the other."""
    if what := next((what for what in Shown if can_reveal(state, activity, round_, what)), None):
        return Step("reveal", activity.id, what)
    following = groups.next_to_present(state, activity)
    return Step("present", activity.id, group=following) if following else None


def back(state: State) -> Step | None:
    """One press back: hide what was shown last, else open the question again. Never past the key: then it is asked
    again, as a new round."""
    round_ = state.round(state.current)
    activity = state.activity(state.current)
    if state.phase is Phase.ENDED or activity is None or round_ is None or round_.is_open:
        return None
    if state.talk:
        return Step("end_talk", state.current)
    if state.current and groups.standing(state, state.current):
        return Step("present", state.current, group=groups.before_presented(state, state.current))
    if round_.shown:
        return Step("conceal", state.current, round_.shown[-1])
    return Step("reopen", state.current) if can_reopen(activity, round_) else None
