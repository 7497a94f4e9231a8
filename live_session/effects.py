"""What an event does to a run: `apply(state, event) -> state`. Pure, and never refusing: the log has happened."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from live_session import activities
from live_session.events import (
    ActivityClosed,
    ActivityOpened,
    ActivityReasked,
    ActivityReopened,
    AdmittingChanged,
    Answered,
    Concealed,
    KeySet,
    Logged,
    PresenceSeen,
    QuestionAsked,
    Revealed,
    RunEnded,
    RunResumed,
    RunStarted,
    SeatMoved,
    SeatReleased,
    SeatsConfirmed,
    SeatTaken,
    TimeExtended,
)
from live_session.model import (
    Activity,
    Claim,
    Done,
    Millis,
    Outcome,
    Participant,
    Phase,
    Response,
    Round,
    Shown,
    Standing,
    State,
)

EMPTY = State()

K = TypeVar("K")
V = TypeVar("V")


def fold(log: Iterable[Logged], state: State = EMPTY) -> State:
    """The state after these events. `fold(tail, fold(head))` is `fold(head + tail)`."""
    for logged in log:
        state = apply(state, logged)
    return state


def apply(state: State, logged: Logged) -> State:
    """The state after one more event. Events come in order of `seq`, without gaps."""
    after = _APPLY[type(logged.event)](state, logged.event, logged.at)
    outcome = logged.event.outcome if isinstance(logged.event, Answered) else Outcome.ACCEPTED
    own = put(state.done.get(logged.who, {}), logged.command_id, Done(logged.seq, outcome))
    return replace(after, seq=logged.seq, done=put(after.done, logged.who, own))


def put(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """The mapping with one entry set; the old one stays as it was."""
    return {**mapping, key: value}


def _run_started(state: State, event: RunStarted, at: Millis) -> State:
    return replace(
        state,
        title=event.title,
        deck=event.deck,
        quick={a.id: a for a in event.quick},
        policy=event.policy,
        started_at=at,
        planned_end=event.planned_end,
        admitting=True,
    )


def _seat_taken(state: State, event: SeatTaken, at: Millis) -> State:
    sitting = state.participants.get(event.participant) or Participant(event.participant, at)
    claims = dict(sitting.claims)
    if event.standing is Standing.LAUNCHED:  # the LMS's word frees the seat from a mere pick in another browser
        claims = {c.id: replace(c, released=c.released or c.is_unconfirmed) for c in claims.values()}
    before = sitting.claims.get(event.claim)
    standing = event.standing
    if before and not before.released and before.is_trusted and standing is Standing.PICKED:
        standing = before.standing
    since = before.since if before and not before.released else at
    claims.pop(event.claim, None)
    claims[event.claim] = Claim(event.claim, standing, event.mode, event.proof, since)
    seated = replace(sitting, claims=claims, seen=max(sitting.seen, at))
    return replace(state, participants=put(state.participants, event.participant, seated))


def _seat_moved(state: State, event: SeatMoved, at: Millis) -> State:
    sitting = state.participants[event.participant]
    claim = replace(sitting.claims[event.claim], mode=event.mode, proof=event.proof)
    seated = replace(sitting, claims=put(sitting.claims, event.claim, claim), seen=max(sitting.seen, at))
    return replace(state, participants=put(state.participants, event.participant, seated))


def _seats_confirmed(state: State, event: SeatsConfirmed, at: Millis) -> State:
    participants = dict(state.participants)
    for who, confirmed in event.claims.items():
        sitting = participants[who]
        claims = {
            c.id: replace(c, standing=Standing.CONFIRMED) if c.id in confirmed and c.is_unconfirmed else c
            for c in sitting.claims.values()
        }
        participants[who] = replace(sitting, claims=claims)
    return replace(state, participants=participants)


def _seat_released(state: State, event: SeatReleased, at: Millis) -> State:
    sitting = state.participants[event.participant]
    claims = {c.id: replace(c, released=True) for c in sitting.claims.values()}
    return replace(state, participants=put(state.participants, sitting.id, replace(sitting, claims=claims)))


def _answered(state: State, event: Answered, at: Millis) -> State:
    key = (event.activity, event.round)
    is_late = event.outcome is Outcome.LATE
    table = state.late if is_late else state.responses
    given = table.get(key, {})
    before = given.get(event.participant)
    if before and before.composed_at > event.composed_at:
        sitting = state.participants[event.participant]
        if sitting.is_same_hand(before.claim, event.claim):
            return state  # an older tap that came after a newer one: kept in the log, not the pupil's last word
    response = Response(event.value, event.claim, at, event.composed_at)
    changed = put(table, key, put(given, event.participant, response))
    return replace(state, late=changed) if is_late else replace(state, responses=changed)


def _closed(state: State, at: Millis) -> State:
    """The current question locked, as opening another one or ending the lesson does."""
    round_ = state.round(state.current) if state.current else None
    if round_ is None or state.current is None or not round_.is_open:
        return state
    ends = min(at, round_.closes_at) if round_.closes_at is not None else at
    return _with_round(state, state.current, replace(round_, closed_at=ends))


def _with_round(state: State, activity: str, round_: Round) -> State:
    """The newest round of an activity replaced."""
    rounds = (*state.rounds[activity][:-1], round_)
    return replace(state, rounds=put(state.rounds, activity, rounds))


def _new_round(state: State, activity_id: str, at: Millis) -> State:
    state = _closed(state, at)
    activity = state.activity(activity_id)
    seconds = activity.seconds if activity else None
    rounds = state.rounds.get(activity_id, ())
    opened = Round(len(rounds) + 1, at, at + seconds * 1_000 if seconds else None)
    return replace(
        state, phase=Phase.RUNNING, current=activity_id, rounds=put(state.rounds, activity_id, (*rounds, opened))
    )


def _opened(state: State, event: ActivityOpened, at: Millis) -> State:
    """First opening makes round 1; going back to an activity shows its last round as it was left."""
    if state.round(event.activity) is None:
        return _new_round(state, event.activity, at)
    return replace(_closed(state, at), phase=Phase.RUNNING, current=event.activity)


def _reasked(state: State, event: ActivityReasked, at: Millis) -> State:
    return _new_round(state, event.activity, at)


def _asked(state: State, event: QuestionAsked, at: Millis) -> State:
    ids = [a.id for a in state.deck]
    place = ids.index(state.current) + 1 if state.current in ids else 0
    deck = (*state.deck[:place], event.activity, *state.deck[place:])
    return _new_round(replace(state, deck=deck), event.activity.id, at)


def _activity_closed(state: State, event: ActivityClosed, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    return _with_round(state, event.activity, replace(round_, closed_at=event.closed_at))


def _reopened(state: State, event: ActivityReopened, at: Millis) -> State:
    """Open again without a clock: the teacher decides when it is enough."""
    round_ = state.rounds[event.activity][-1]
    return _with_round(state, event.activity, replace(round_, closed_at=None, closes_at=None, shown=()))


def _extended(state: State, event: TimeExtended, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    return _with_round(state, event.activity, replace(round_, closes_at=event.closes_at))


def _revealed(state: State, event: Revealed, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    is_spent = round_.is_spent or event.what is Shown.KEY
    return _with_round(state, event.activity, replace(round_, shown=(*round_.shown, event.what), is_spent=is_spent))


def _concealed(state: State, event: Concealed, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    return _with_round(
        state, event.activity, replace(round_, shown=tuple(s for s in round_.shown if s is not event.what))
    )


def _key_set(state: State, event: KeySet, at: Millis) -> State:
    deck = tuple(with_key(a, event) if a.id == event.activity else a for a in state.deck)
    return replace(state, deck=deck)


def with_key(activity: Activity, event: KeySet) -> Activity:
    """The ad hoc activity with the key the teacher gave it."""
    type_ = activities.type_of(activity.kind)
    keyed = type_.with_key(activities.content_of(activity), event.key)
    return replace(activity, content=activities.text_of_content(keyed))


def _admitting(state: State, event: AdmittingChanged, at: Millis) -> State:
    return replace(state, admitting=event.admitting)


def _ended(state: State, event: RunEnded, at: Millis) -> State:
    """A lesson that nobody ended was over when its time was, not when somebody noticed."""
    ended_at = min(at, state.ends_at)
    return replace(_closed(state, ended_at), phase=Phase.ENDED, ended_at=ended_at, admitting=False)


def _resumed(state: State, event: RunResumed, at: Millis) -> State:
    phase = Phase.RUNNING if state.rounds else Phase.LOBBY
    return replace(state, phase=phase, ended_at=None, admitting=True, planned_end=event.planned_end)


def _seen(state: State, event: PresenceSeen, at: Millis) -> State:
    participants = dict(state.participants)
    for who, (_, last) in event.seen.items():
        if sitting := participants.get(who):
            participants[who] = replace(sitting, seen=max(sitting.seen, last))
    return replace(state, participants=participants)


_APPLY: Mapping[type, Callable[[State, Any, Millis], State]] = {
    RunStarted: _run_started,
    SeatTaken: _seat_taken,
    SeatMoved: _seat_moved,
    SeatsConfirmed: _seats_confirmed,
    SeatReleased: _seat_released,
    Answered: _answered,
    ActivityOpened: _opened,
    ActivityReasked: _reasked,
    QuestionAsked: _asked,
    ActivityClosed: _activity_closed,
    ActivityReopened: _reopened,
    TimeExtended: _extended,
    Revealed: _revealed,
    Concealed: _concealed,
    KeySet: _key_set,
    AdmittingChanged: _admitting,
    RunEnded: _ended,
    RunResumed: _resumed,
    PresenceSeen: _seen,
}
