"""What a run is made of: activities, seats, rounds, responses, and the state they fold into.

All values are frozen; mappings inside them are never changed after they were built (`reducer.apply` copies).
Times are whole milliseconds since 1970-01-01 UTC (`Millis`), always of the server's clock.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

Millis: TypeAlias = int
Json: TypeAlias = Any  # a value as JSON carries it; what it must look like is each activity's own check

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Role(StrEnum):
    """What a ticket lets its bearer do."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    OBSERVER = "observer"
    SERVER = "server"


class Screen(StrEnum):
    """Which view a connection shows."""

    PHONE = "phone"
    PROJECTOR = "projector"
    CONSOLE = "console"


class Mode(StrEnum):
    """Where a pupil takes part."""

    ROOM = "room"
    HOME = "home"


class Proof(StrEnum):
    """What stands behind a mode: the classroom's changing code, the pupil's own word, or nothing."""

    CODE = "code"
    DECLARED = "declared"
    NONE = "none"


class Standing(StrEnum):
    """How far a seat is the pupil's own. Only work of trusted seats reaches attendance, marks and profiles."""

    PICKED = "picked"
    CONFIRMED = "confirmed"
    LAUNCHED = "launched"


class Phase(StrEnum):
    """Where a run stands."""

    LOBBY = "lobby"
    RUNNING = "running"
    ENDED = "ended"


class Shown(StrEnum):
    """The three presses after a question is locked."""

    DISTRIBUTION = "distribution"
    KEY = "key"
    EXPLANATION = "explanation"


class Outcome(StrEnum):
    """What became of an accepted command."""

    ACCEPTED = "accepted"
    REPLACED = "replaced"
    LATE = "late"


class Activity(msgspec.Struct, frozen=True, omit_defaults=True):
    """One activity as a run holds it: a frozen copy, so that editing the lesson never changes a run.

    `content` is the activity's own JSON text, key included; it never leaves the server as it is. `phone` and
    `screen` are its HTML without the key. `points` counts in the score (0 is a warm-up). `seconds` None is untimed.
    `item` and `version` name the prepared activity it was copied from; ad hoc ones have none.
    """

    id: str
    kind: str
    content: str
    title: str = ""
    phone: str = ""
    screen: str = ""
    explanation: str = ""
    points: float = 1.0
    seconds: int | None = None
    item: str | None = None
    version: int = 1
    objective: str | None = None


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """One browser's hold on a seat. `id` is that browser's, not the pupil's."""

    id: str
    standing: Standing
    mode: Mode
    proof: Proof
    since: Millis
    released: bool = False

    @property
    def is_trusted(self) -> bool:
        """The LMS or the teacher vouched for it. Stays true after the seat was freed: the work was the pupil's."""
        return self.standing is not Standing.PICKED

    @property
    def is_unconfirmed(self) -> bool:
        """A picked name that holds its seat and that nobody has vouched for yet."""
        return not self.released and self.standing is Standing.PICKED


class Participant(msgspec.Struct, frozen=True):
    """A pupil in this run. `claims` by id in the order they came; `seen` is the last sign of life in the log."""

    id: str
    joined_at: Millis
    claims: Mapping[str, Claim] = NOTHING
    seen: Millis = 0

    @property
    def active(self) -> Claim | None:
        """The newest claim that still holds the seat."""
        return next((c for c in reversed(tuple(self.claims.values())) if not c.released), None)

    @property
    def mode(self) -> Mode:
        claim = self.active
        return claim.mode if claim else Mode.HOME

    def is_same_hand(self, one: str, other: str) -> bool:
        """Both browsers are known to be this pupil's: the same one, or both vouched for."""
        return one == other or all(c in self.claims and self.claims[c].is_trusted for c in (one, other))


class Response(msgspec.Struct, frozen=True):
    """A pupil's answer in one round. `composed_at` is the pupil's word, bounded by what the server heard."""

    value: Json
    claim: str
    at: Millis
    composed_at: Millis


class Round(msgspec.Struct, frozen=True):
    """One asking of an activity; asking again makes the next round and keeps this one.

    `is_spent`: its key has been shown, be it hidden again now; nobody's answer to it could count any more.
    """

    number: int
    opened_at: Millis
    closes_at: Millis | None = None
    closed_at: Millis | None = None
    shown: tuple[Shown, ...] = ()
    is_spent: bool = False

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


RoundKey: TypeAlias = tuple[str, int]


class Done(msgspec.Struct, frozen=True):
    """What a command in the log came to."""

    seq: int
    outcome: Outcome


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's settings of a run. `grace_ms` is added to every deadline for answers in flight."""

    grace_ms: int = 2_000
    overtime_ms: int = 600_000


class State(msgspec.Struct, frozen=True):
    """A run, as the fold of its events up to `seq`."""

    seq: int = 0
    phase: Phase = Phase.LOBBY
    title: str = ""
    policy: Policy = Policy()
    started_at: Millis = 0
    planned_end: Millis = 0
    ended_at: Millis | None = None
    admitting: bool = False
    deck: tuple[Activity, ...] = ()
    quick: Mapping[str, Activity] = NOTHING
    current: str | None = None
    rounds: Mapping[str, tuple[Round, ...]] = NOTHING
    participants: Mapping[str, Participant] = NOTHING
    responses: Mapping[RoundKey, Mapping[str, Response]] = NOTHING
    late: Mapping[RoundKey, Mapping[str, Response]] = NOTHING
    done: Mapping[str, Mapping[str, Done]] = NOTHING

    def activity(self, id: str) -> Activity | None:
        """The activity of this id in the deck, or None."""
        return next((a for a in self.deck if a.id == id), None)

    def round(self, activity: str) -> Round | None:
        """The newest round of an activity, or None while it was never opened."""
        rounds = self.rounds.get(activity)
        return rounds[-1] if rounds else None

    @property
    def exists(self) -> bool:
        return self.seq > 0

    @property
    def ends_at(self) -> Millis:
        """The first moment at which a lesson that nobody ended is over."""
        return self.planned_end + self.policy.overtime_ms + 1
