"""Typed facts of one run, read from its log once: who was seen when and where, what was asked, what was answered."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from live_session.events import Answered, Logged, PresenceSeen, SeatMoved, SeatTaken
from live_session.model import Activity, Json, Millis, Mode, Proof, State
from live_session.reducer import fold


class Sign(msgspec.Struct, frozen=True):
    """A pupil was there from `first` to `last`: heartbeats of a minute, an answer, taking the seat."""

    first: Millis
    last: Millis


class Place(msgspec.Struct, frozen=True):
    """From this moment on, in the room or at home, and what stands behind it."""

    at: Millis
    mode: Mode
    proof: Proof


class Asking(msgspec.Struct, frozen=True):
    """One round of one activity."""

    activity: str
    round: int
    opened_at: Millis
    closed_at: Millis


class Attempt(msgspec.Struct, frozen=True):
    """The answer of a pupil in one round: their last in time, or a late one. Vouched for, so it may count."""

    participant: str
    activity: str
    round: int
    value: Json
    at: Millis
    is_late: bool


class RunFacts(msgspec.Struct, frozen=True):
    """A run as analytics sees it. `trusted` are the participants whom the LMS or the teacher vouched for; facts of
    others stay out. `beats` are the moments at which a server wrote that it was there."""

    started_at: Millis
    ended_at: Millis
    is_over: bool
    deck: Sequence[Activity]
    askings: Sequence[Asking]
    signs: Mapping[str, Sequence[Sign]]
    places: Mapping[str, Sequence[Place]]
    attempts: Sequence[Attempt]
    trusted: frozenset[str]
    unconfirmed: frozenset[str]
    joined_at: Mapping[str, Millis]
    beats: Sequence[Millis]


def gather(log: Sequence[Logged], now: Millis) -> RunFacts:
    """The facts of a run's whole log. A run that has not ended is taken as it stands `now`."""
    state = fold(log)
    ended = state.ended_at if state.ended_at is not None else now
    trusted = frozenset(p.id for p in state.participants.values() if any(c.is_trusted for c in p.claims.values()))
    return RunFacts(
        started_at=state.started_at,
        ended_at=ended,
        is_over=state.ended_at is not None,
        deck=state.deck,
        askings=tuple(_askings(state, ended)),
        signs=_signs(log, trusted),
        places=_places(log, state),
        attempts=tuple(_attempts(state)),
        trusted=trusted,
        unconfirmed=frozenset(state.participants) - trusted,
        joined_at={p.id: p.joined_at for p in state.participants.values()},
        beats=tuple(entry.at for entry in log),
    )


def _askings(state: State, ended: Millis) -> Iterable[Asking]:
    for activity, rounds in state.rounds.items():
        for one in rounds:
            yield Asking(activity, one.number, one.opened_at, one.closed_at if one.closed_at is not None else ended)


def _signs(log: Sequence[Logged], trusted: frozenset[str]) -> Mapping[str, Sequence[Sign]]:
    found: dict[str, list[Sign]] = {who: [] for who in trusted}
    for entry in log:
        match entry.event:
            case PresenceSeen(seen):
                for who, (first, last) in seen.items():
                    if who in found:
                        found[who].append(Sign(first, last))
            case Answered(participant=who) | SeatTaken(participant=who) | SeatMoved(participant=who):
                if who in found:
                    found[who].append(Sign(entry.at, entry.at))
    return found


def _places(log: Sequence[Logged], state: State) -> Mapping[str, Sequence[Place]]:
    """Where each pupil said or proved to be, by browsers that were vouched for."""
    found: dict[str, list[Place]] = {}
    for entry in log:
        event = entry.event
        if not isinstance(event, SeatTaken | SeatMoved):
            continue
        if state.participants[event.participant].claims[event.claim].is_trusted:
            found.setdefault(event.participant, []).append(Place(entry.at, event.mode, event.proof))
    return found


def _attempts(state: State) -> Iterable[Attempt]:
    """The current answer of each round; where only a late one came, that one."""
    for table, is_late in ((state.responses, False), (state.late, True)):
        for (activity, number), given in table.items():
            in_time = state.responses.get((activity, number), {})
            for who, response in given.items():
                is_trusted = state.participants[who].claims[response.claim].is_trusted
                if is_trusted and not (is_late and who in in_time):
                    yield Attempt(who, activity, number, response.value, response.at, is_late)
