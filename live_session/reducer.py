"""The reducer of a run: `decide`, `apply`, `fold`, and what the clock asks for. All pure; `at` is handed in."""

from live_session.commands import SERVER, Command, End, Shut
from live_session.effects import EMPTY, apply, fold
from live_session.model import Millis, Phase, Round, State
from live_session.rules import NEVER, decide, over_at

__all__ = ["CLOCK", "EMPTY", "NEVER", "apply", "decide", "due", "due_at", "fold"]

CLOCK = SERVER
"""The actor of `due` commands."""


def due(state: State, at: Millis) -> tuple[str, Command] | None:
    """What the clock asks for, as (command id, command): close a question whose time and grace are over, end a
    lesson that nobody ended. The ids are made from what they end, so that several processes may ask at once."""
    if at < due_at(state):
        return None
    round_ = running_out(state)
    if state.current and round_ and at >= over_at(state, round_):
        return f"close-{state.current}-{round_.number}-{round_.closes_at}", Shut(state.current)
    return f"end-{state.planned_end}", End()


def due_at(state: State) -> Millis:
    """The first moment at which `due` has something to say; NEVER before the start and once the run is over."""
    if not state.exists or state.phase is Phase.ENDED:
        return NEVER
    round_ = running_out(state)
    return min(state.ends_at, over_at(state, round_)) if round_ else state.ends_at


def running_out(state: State) -> Round | None:
    """The open round that has a deadline, if there is one."""
    round_ = state.round(state.current)
    return round_ if round_ and round_.is_open and round_.closes_at is not None else None
