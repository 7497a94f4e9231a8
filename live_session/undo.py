"""Taking back the last step: a question locked too early, the next one opened by a slip. Pure.

For some seconds after it the lesson can be as if it had not happened: the question is open again with the time it had,
and what was opened is as unopened, unless somebody has answered it already: then it stays, locked, with its answers.
Whatever a teacher does next ends that.
"""

from msgspec.structs import replace

from live_session import naming
from live_session.commands import SERVER, Undo
from live_session.errors import NOT_OPEN, Refusal
from live_session.events import (
    ActivityClosed,
    ActivityOpened,
    Answered,
    Event,
    GoalSet,
    HandRaised,
    HandsLowered,
    Logged,
    PaceSaid,
    PodiumShown,
    PresenceSeen,
    SeatMoved,
    SeatTaken,
    SpeedCounted,
    StepUndone,
    TeamJoined,
    TeamLeft,
    TeamSplit,
    WordHidden,
)
from live_session.model import Millis, Phase, Round, State, Taken

SHOWN_MS: Millis = 10_000
"""How long a screen offers it."""
WITHIN_MS: Millis = 12_000
"""How long it is taken: the press travels too."""


_ASIDE = (
    *(Answered, PresenceSeen, SeatTaken, SeatMoved, TeamJoined, TeamLeft, TeamSplit),
    *(HandRaised, HandsLowered, PaceSaid, GoalSet, SpeedCounted, PodiumShown, WordHidden),
)
"""What goes on beside a teacher's steps, and ends nothing."""


def undo(state: State, command: Undo, actor: object, at: Millis) -> Event | Refusal:
    """The step that the screen meant, while it is the last and young enough."""
    taken = state.taken
    if taken is None or taken.seq != command.seq or at - taken.at > WITHIN_MS:
        return NOT_OPEN
    return StepUndone(command.seq)


def remembered(before: State, after: State, logged: Logged) -> State:
    """The state after an event, knowing what may be taken back. `after` still remembers what `before` did."""
    event = logged.event
    if isinstance(event, _ASIDE):
        return after
    taken = None if logged.who == SERVER.who or before.paused or before.talk else _taken(before, after, logged)
    return after if taken == after.taken else replace(after, taken=taken)


def _taken(before: State, after: State, logged: Logged) -> Taken | None:
    match logged.event:
        case ActivityClosed(activity) if not _is_sealed(after, activity):
            return Taken(logged.seq, logged.at, activity, before.round(activity))
        case ActivityOpened(activity) if before.current is not None:
            left, round_ = before.round(before.current), after.round(activity)
            is_new = before.round(activity) is None
            return Taken(
                logged.seq,
                logged.at,
                before.current,
                left if left and left.is_open else None,
                activity if is_new else None,
                round_.number if round_ else 0,
            )
    return None


def _is_sealed(after: State, activity: str) -> bool:
    asked, round_ = after.activity(activity), after.round(activity)
    return asked is not None and round_ is not None and naming.is_sealed(asked, round_)


def undone(state: State, event: StepUndone, at: Millis) -> State:
    """As it was before the step; a clock goes on from where it stood then."""
    taken = state.taken
    if taken is None:
        return state
    rounds = dict(state.rounds)
    if taken.opened is not None:
        rounds = _without(state, rounds, taken.opened, at)
    if taken.was is not None and taken.before is not None:
        rounds[taken.before] = (*rounds[taken.before][:-1], _going_on(taken.was, taken.at, at))
    phase = Phase.RUNNING if state.phase is not Phase.ENDED else state.phase
    peers = {key: work for key, work in state.peers.items() if key[0] in rounds}
    return replace(state, rounds=rounds, current=taken.before, phase=phase, paused=None, peers=peers)


def _without(
    state: State, rounds: dict[str, tuple[Round, ...]], opened: str, at: Millis
) -> dict[str, tuple[Round, ...]]:
    """What was opened is unopened again; with an answer to it, it stays and is locked."""
    round_ = rounds[opened][-1]
    key = (opened, round_.number)
    if state.responses.get(key) or state.late.get(key) or key in state.walls:
        locked = round_ if not round_.is_open else replace(round_, closed_at=at, left=None)
        return {**rounds, opened: (*rounds[opened][:-1], locked)}
    return {name: asked for name, asked in rounds.items() if name != opened}


def _going_on(was: Round, since: Millis, at: Millis) -> Round:
    lost = max(0, at - since)
    if was.closes_at is None:
        return was
    return replace(was, closes_at=was.closes_at + lost, stopped=was.stopped + lost)
