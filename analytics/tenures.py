"""Whose work an act was: who held which seat when it was done, and for whom the LMS or the teacher vouched. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import msgspec

from analytics.spans import Span
from live_session.events import Answered, Logged, SeatMoved, SeatReleased, SeatsConfirmed, SeatTaken, TeamLeft
from live_session.model import Millis, State
from live_session.reducer import NEVER

Act: TypeAlias = Answered | SeatTaken | SeatMoved
"""What a browser did in a seat."""


class Tenure(NamedTuple):
    """A browser's hold on a seat, from taking it until it was freed. A browser that was sent away and takes the seat
    again begins another one: the word of the LMS or the teacher is on one tenure, not on a browser for ever."""

    participant: str
    claim: str
    since: Millis


class Held(msgspec.Struct, frozen=True):
    """The tenure of each act, by its place in the log; those vouched for, be it after the act; when each was freed.
    `teams`: the members' tenures of an answer that several gave at one phone."""

    acts: Mapping[int, Tenure]
    vouched: frozenset[Tenure]
    freed_at: Mapping[Tenure, Millis]
    teams: Mapping[int, Mapping[str, Tenure]] = MappingProxyType({})

    def is_vouched_for(self, entry: Logged) -> bool:
        """Done in a tenure that the LMS or the teacher vouched for, be it later."""
        return self.acts.get(entry.seq) in self.vouched

    def vouched_part(self, entry: Logged, kinds: Any) -> Logged | None:
        """The entry as far as it is work of seats that were vouched for, if it is of these kinds: a team's answer is
        that of those members alone. None where it is nobody's."""
        if not isinstance(entry.event, kinds):
            return entry
        if (several := self.teams.get(entry.seq)) is None:
            return entry if self.is_vouched_for(entry) else None
        known = {who: t.claim for who, t in several.items() if t in self.vouched}
        if len(known) == len(several):
            return entry
        part = msgspec.structs.replace(entry.event, team=known)
        return msgspec.structs.replace(entry, event=part) if known else None

    def spans(self, who: str) -> Sequence[Span]:
        """When this seat was held by a browser that was vouched for."""
        return [Span(t.since, self.freed_at.get(t, NEVER)) for t in self.vouched if t.participant == who]


class Seats:
    """Who holds which seat, as the log goes on."""

    def __init__(self) -> None:
        self.acts: dict[int, Tenure] = {}
        self.vouched: set[Tenure] = set()
        self.freed_at: dict[Tenure, Millis] = {}
        self.teams: dict[int, Mapping[str, Tenure]] = {}

    @property
    def held(self) -> Held:
        """What has been seen so far."""
        return Held(self.acts, frozenset(self.vouched), self.freed_at, self.teams)

    def see(self, before: State, after: State, entry: Logged) -> None:
        """The next event, with the states around it."""
        match entry.event:
            case SeatReleased(participant=who):
                self.freed_at.update(dict.fromkeys(_holding(before, who), entry.at))
            case TeamLeft(participant=who):
                self.freed_at.update(dict.fromkeys(_holding(before, who) - _holding(after, who), entry.at))
            case Answered(participant=who, claim=claim) | SeatMoved(participant=who, claim=claim):
                self.acts[entry.seq] = _tenure(after, who, claim)
                if isinstance(entry.event, Answered) and entry.event.team:
                    self.teams[entry.seq] = {m: _tenure(after, m, c) for m, c in entry.event.team.items()}
            case SeatTaken(participant=who, claim=claim):
                self.acts[entry.seq] = _tenure(after, who, claim)
                self.vouched |= _trusted(after, who)
            case SeatsConfirmed(claims):
                self.vouched.update(*(_trusted(after, who) for who in claims))


def _tenure(state: State, who: str, claim: str) -> Tenure:
    return Tenure(who, claim, state.participants[who].claims[claim].since)


def _trusted(state: State, who: str) -> set[Tenure]:
    return {Tenure(who, c.id, c.since) for c in state.participants[who].claims.values() if c.is_trusted}


def _holding(state: State, who: str) -> set[Tenure]:
    return {Tenure(who, c.id, c.since) for c in state.participants[who].claims.values() if not c.released}
