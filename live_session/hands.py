"""Hands, the word, and the pace: what pupils ask for besides answering, and whom a teacher calls. Pure.

A hand waits until its pupil or a teacher takes it down. Whom the dice propose only the teacher sees; the class sees a
name only of a pupil who had asked for the word.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from live_session.commands import Actor, Call, Lower, Pace, Pick, Raise
from live_session.errors import FORBIDDEN, INVALID, NOT_OPEN, Refusal
from live_session.events import Event, HandRaised, HandsLowered, PaceSaid, PupilCalled, PupilPicked
from live_session.model import Called, Millis, Mode, Participant, Role, Sign, State

FADES_MS: Millis = 180_000
"""How long a word on the pace is worth something."""


# --- what is asked --------------------------------------------------------------------------------------------------


def ask_for_word(state: State, command: Raise, actor: Actor, at: Millis) -> Event | Refusal:
    """A hand goes up once, and not while its pupil has the word."""
    claim = state.held(actor.who, actor.claim)
    if claim is None:
        return FORBIDDEN
    return NOT_OPEN if actor.who in state.hands or has_word(state, actor.who) else HandRaised(actor.who, claim.id)


def take_down(state: State, command: Lower, actor: Actor, at: Millis) -> Event | Refusal:
    """A pupil's own hand or word, whatever name the command holds; a teacher's choice of one or all."""
    if actor.role is Role.PUPIL:
        if state.held(actor.who, actor.claim) is None:
            return FORBIDDEN
        meant = {actor.who} & waiting_or_called(state)
    elif command.participant is None:
        meant = set(state.hands)
    else:
        meant = {command.participant} & (waiting_or_called(state) | {state.picked})
    return HandsLowered(tuple(sorted(meant))) if meant else NOT_OPEN


def say_pace(state: State, command: Pace, actor: Actor, at: Millis) -> Event | Refusal:
    """Said once until it fades; saying the other thing replaces it."""
    claim = state.held(actor.who, actor.claim)
    if claim is None:
        return FORBIDDEN
    before = state.pace.get(actor.who)
    standing = before.what if before and at - before.at < FADES_MS else None
    return NOT_OPEN if command.what is standing else PaceSaid(actor.who, claim.id, command.what)


def call(state: State, command: Call, actor: Actor, at: Millis) -> Event | Refusal:
    sitting = state.participants.get(command.participant)
    if sitting is None or sitting.active is None or has_word(state, sitting.id):
        return NOT_OPEN
    return PupilCalled(sitting.id)


def pick(state: State, command: Pick, actor: Actor, at: Millis) -> Event | Refusal:
    if not 0 <= command.draw < 1:
        return INVALID
    if command.after != state.picked:
        return NOT_OPEN
    chances = weights(state, command.among)
    return PupilPicked(drawn(chances, command.draw)) if chances else NOT_OPEN


def has_word(state: State, who: str) -> bool:
    return state.called is not None and state.called.participant == who


def waiting_or_called(state: State) -> set[str | None]:
    return {*state.hands, *((state.called.participant,) if state.called else ())}


# --- the dice -------------------------------------------------------------------------------------------------------


def weights(state: State, among: Collection[str] = ()) -> Mapping[str, float]:
    """How likely each pupil is to be picked, in proportion; whoever had the turn last only when nobody else is there.

    A pupil who was heard n times has 1/(n+1)² of the chance of one who never was (`turns` says what earlier lessons add
    to n); and the room and the home row weigh the less, the more often each was heard a head.
    """
    here = [p for p in state.participants.values() if p.active and (not among or p.id in among)]
    last = {state.picked, state.called.participant if state.called else None}
    fresh = [p for p in here if p.id not in last] or here
    heard_in = {mode: voice(state, mode) for mode in Mode}
    chances = {p.id: 1 / (1 + turns(state, p.id)) ** 2 / (1 + heard_in[p.mode]) for p in fresh}
    return dict(sorted(chances.items()))


def turns(state: State, who: str) -> float:
    """How often a pupil was heard in this lesson; earlier lessons, however often it was then, add less than one turn of
    today's: n/(n+2)."""
    before = state.heard_before.get(who, 0)
    return state.heard.get(who, 0) + before / (before + 2)


def voice(state: State, mode: Mode) -> float:
    """How often a pupil there was heard, in the mean."""
    there: Sequence[Participant] = [p for p in state.participants.values() if p.active and p.mode is mode]
    return sum(state.heard.get(p.id, 0) for p in there) / len(there) if there else 0.0


def drawn(chances: Mapping[str, float], draw: float) -> str:
    """Whom this throw of the dice (0 to below 1) meets; `chances` is not empty."""
    left = draw * sum(chances.values())
    for who, chance in chances.items():
        left -= chance
        if left < 0:
            return who
    return who  # the sum's last bit was rounded away


# --- what it does ---------------------------------------------------------------------------------------------------


def raised(state: State, event: HandRaised, at: Millis) -> State:
    return replace(state, hands={**state.hands, event.participant: at})


def lowered(state: State, event: HandsLowered, at: Millis) -> State:
    for who in event.participants:
        state = without(state, who)
    return state


def without(state: State, who: str) -> State:
    """This pupil asks for nothing any more: hand, word and pick are gone."""
    return replace(
        state,
        hands={w: since for w, since in state.hands.items() if w != who},
        called=None if has_word(state, who) else state.called,
        picked=None if state.picked == who else state.picked,
    )


def paced(state: State, event: PaceSaid, at: Millis) -> State:
    rest = {w: sign for w, sign in state.pace.items() if w != event.participant and at - sign.at < FADES_MS}
    return replace(state, pace=rest if event.what is None else {**rest, event.participant: Sign(event.what, at)})


def called(state: State, event: PupilCalled, at: Millis) -> State:
    """The word goes on: the hand comes down by itself, and whoever was picked instead is forgotten."""
    who = event.participant
    word = Called(who, state.seq + 1, who in state.hands)
    heard = {**state.heard, who: state.heard.get(who, 0) + 1}
    is_home = state.participants[who].mode is Mode.HOME
    return replace(
        without(state, who),
        called=word,
        picked=None,
        heard=heard,
        home_heard_at=at if is_home else state.home_heard_at,
    )


def picked(state: State, event: PupilPicked, at: Millis) -> State:
    return replace(state, picked=event.participant)


def moved_on(state: State) -> State:
    """Another question is up: who had the word has said it; who waits, waits on."""
    return replace(state, called=None, picked=None)


def quiet(state: State) -> State:
    """The lesson is over."""
    return replace(moved_on(state), hands={}, pace={})
