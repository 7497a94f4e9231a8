"""Commands (asked) and events (happened).

A command is what somebody wants; `reducer.decide` turns it into one event or a refusal. **One command is one event**:
the log's unique (run, command id) then is the whole idempotency. An event is stored as (type, version, body); bodies
are never rewritten, so an older version is read through `UPCASTS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from live_session.model import Activity, Json, Millis, Mode, Outcome, Policy, Proof, Role, Shown, Standing


class Actor(msgspec.Struct, frozen=True):
    """Who asks. `who` is the participant's id, or the teacher's. `claim` is the pupil's browser.

    `not_before` bounds what a pupil may say about when an answer was composed: the last moment the server heard from
    that phone before it (design.md §4, "judged by `composed_at`, bounded by the measured latency").
    """

    role: Role
    who: str = ""
    claim: str = ""
    not_before: Millis = 0


SERVER = Actor(Role.SERVER, "server")


# --- commands -------------------------------------------------------------------------------------------------------


class Start(msgspec.Struct, frozen=True, tag="start"):
    title: str
    deck: tuple[Activity, ...]
    planned_end: Millis
    quick: tuple[Activity, ...] = ()
    policy: Policy = Policy()


class Sit(msgspec.Struct, frozen=True, tag="sit"):
    """Take a seat: by an LMS launch, or by picking a name (then `PICKED`, until the teacher confirms)."""

    participant: str
    claim: str
    standing: Standing
    mode: Mode
    proof: Proof


class Move(msgspec.Struct, frozen=True, tag="move"):
    """Say where one learns: in the room or at home."""

    participant: str
    claim: str
    mode: Mode
    proof: Proof


class Submit(msgspec.Struct, frozen=True, tag="submit"):
    activity: str
    round: int
    value: Json
    composed_at: Millis
    shown_at: Millis | None = None


class Open(msgspec.Struct, frozen=True, tag="open"):
    activity: str


class Next(msgspec.Struct, frozen=True, tag="next"):
    """Open what follows `after` (None: the first). Names where the screen stood, so two presses open one question."""

    after: str | None = None


class Shut(msgspec.Struct, frozen=True, tag="close"):
    activity: str


class Reopen(msgspec.Struct, frozen=True, tag="reopen"):
    activity: str


class Reveal(msgspec.Struct, frozen=True, tag="reveal"):
    activity: str
    what: Shown


class Conceal(msgspec.Struct, frozen=True, tag="conceal"):
    activity: str
    what: Shown


class Extend(msgspec.Struct, frozen=True, tag="extend"):
    activity: str
    seconds: int = 30


class Reask(msgspec.Struct, frozen=True, tag="reask"):
    """`round` is the one the teacher saw: a second press on the same button asks no third time."""

    activity: str
    round: int | None = None


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Ask ad hoc, the question being on the blackboard: `quick` names one of the prepared answer forms."""

    quick: str


class SetKey(msgspec.Struct, frozen=True, tag="set_key"):
    """Say afterwards what the right answer to an ad hoc question was."""

    activity: str
    key: Json


class Admit(msgspec.Struct, frozen=True, tag="admit"):
    admitting: bool


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Confirm picked names; empty means all that hold a seat now."""

    participants: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True, tag="release"):
    """Free a seat: whoever held it is asked to pick again."""

    participant: str


class End(msgspec.Struct, frozen=True, tag="end"):
    pass


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    minutes: int = 15


class Note(msgspec.Struct, frozen=True, tag="note"):
    """Each minute: who was seen, first and last moment, folded in memory by the process that served them."""

    seen: Mapping[str, tuple[Millis, Millis]]


Steering: TypeAlias = (
    Open
    | Next
    | Shut
    | Reopen
    | Reveal
    | Conceal
    | Extend
    | Reask
    | Ask
    | SetKey
    | Admit
    | Confirm
    | Release
    | End
    | Resume
)
Command: TypeAlias = Start | Sit | Move | Submit | Note | Steering


# --- events ---------------------------------------------------------------------------------------------------------


class RunStarted(msgspec.Struct, frozen=True, omit_defaults=True, tag="run_started"):
    title: str
    deck: tuple[Activity, ...]
    planned_end: Millis
    quick: tuple[Activity, ...] = ()
    policy: Policy = Policy()


class SeatTaken(msgspec.Struct, frozen=True, tag="seat_taken"):
    participant: str
    claim: str
    standing: Standing
    mode: Mode
    proof: Proof


class SeatMoved(msgspec.Struct, frozen=True, tag="seat_moved"):
    participant: str
    claim: str
    mode: Mode
    proof: Proof


class Answered(msgspec.Struct, frozen=True, omit_defaults=True, tag="answered"):
    """`value` is None when it was free text that has been erased; `composed_at` is already bounded."""

    participant: str
    claim: str
    activity: str
    round: int
    value: Json
    composed_at: Millis
    outcome: Outcome
    shown_at: Millis | None = None


class ActivityOpened(msgspec.Struct, frozen=True, tag="activity_opened"):
    activity: str


class QuestionAsked(msgspec.Struct, frozen=True, tag="question_asked"):
    activity: Activity


class ActivityClosed(msgspec.Struct, frozen=True, tag="activity_closed"):
    activity: str
    closed_at: Millis


class ActivityReopened(msgspec.Struct, frozen=True, tag="activity_reopened"):
    activity: str


class ActivityReasked(msgspec.Struct, frozen=True, tag="activity_reasked"):
    activity: str


class Revealed(msgspec.Struct, frozen=True, tag="revealed"):
    activity: str
    what: Shown


class Concealed(msgspec.Struct, frozen=True, tag="concealed"):
    activity: str
    what: Shown


class TimeExtended(msgspec.Struct, frozen=True, tag="time_extended"):
    activity: str
    closes_at: Millis


class KeySet(msgspec.Struct, frozen=True, tag="key_set"):
    activity: str
    key: Json


class AdmittingChanged(msgspec.Struct, frozen=True, tag="admitting_changed"):
    admitting: bool


class SeatsConfirmed(msgspec.Struct, frozen=True, tag="seats_confirmed"):
    """The claims, by participant, that the teacher vouched for."""

    claims: Mapping[str, tuple[str, ...]]


class SeatReleased(msgspec.Struct, frozen=True, tag="seat_released"):
    participant: str


class RunEnded(msgspec.Struct, frozen=True, tag="run_ended"):
    pass


class RunResumed(msgspec.Struct, frozen=True, tag="run_resumed"):
    planned_end: Millis


class PresenceSeen(msgspec.Struct, frozen=True, tag="presence_seen"):
    seen: Mapping[str, tuple[Millis, Millis]]


Event: TypeAlias = (
    RunStarted
    | SeatTaken
    | SeatMoved
    | Answered
    | ActivityOpened
    | QuestionAsked
    | ActivityClosed
    | ActivityReopened
    | ActivityReasked
    | Revealed
    | Concealed
    | TimeExtended
    | KeySet
    | AdmittingChanged
    | SeatsConfirmed
    | SeatReleased
    | RunEnded
    | RunResumed
    | PresenceSeen
)


class Logged(msgspec.Struct, frozen=True):
    """An event with its place in the log. `who` asked for it."""

    seq: int
    command_id: str
    at: Millis
    who: str
    event: Event


# --- how an event is stored -----------------------------------------------------------------------------------------

VERSION = 1
"""Newest version of every event body. A change of meaning adds a number and an entry in `UPCASTS`."""

UPCASTS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(type, version) -> body of the next version; no entry means that it stayed as it was. Old bodies stay in the log."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> tuple[str, int, str]:
    """The (type, version, body) under which an event is stored. The body carries its type too."""
    return type(event).__struct_config__.tag, VERSION, _encoder.encode(event).decode()  # type: ignore[return-value]


def decode(type_: str, version: int, body: str) -> Event:
    """The event that was stored; older versions are brought up step by step.

    Raises `msgspec.ValidationError` for a type or version that this release does not know.
    """
    if version == VERSION:
        return _decoder.decode(body)
    if not 1 <= version < VERSION:
        raise msgspec.ValidationError(f"version {version} of {type_!r} is not known")
    fields: dict[str, Any] = msgspec.json.decode(body)
    for step in range(version, VERSION):
        upcast = UPCASTS.get((type_, step))
        fields = upcast(fields) if upcast else fields
    return _decoder.decode(_encoder.encode(fields))
