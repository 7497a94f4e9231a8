"""Events: what happened, and how it is stored.

An event is stored as (type, version, body); bodies are never rewritten, so an older version is read through `UPCASTS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from live_session.model import (
    NOTHING,
    Activity,
    Audience,
    Confidence,
    Json,
    Millis,
    Mode,
    Outcome,
    Policy,
    Proof,
    Shown,
    Standing,
    Tempo,
    Visibility,
)


class RunStarted(msgspec.Struct, frozen=True, omit_defaults=True, tag="run_started"):
    title: str
    deck: tuple[Activity, ...]
    planned_end: Millis
    quick: tuple[Activity, ...] = ()
    policy: Policy = Policy()
    is_self_paced: bool = False
    veil: str = ""
    heard_before: Mapping[str, int] = NOTHING


class SeatTaken(msgspec.Struct, frozen=True, omit_defaults=True, tag="seat_taken"):
    participant: str
    claim: str
    standing: Standing
    mode: Mode
    proof: Proof
    extra: int = 0
    phone: str = ""


class SeatMoved(msgspec.Struct, frozen=True, tag="seat_moved"):
    participant: str
    claim: str
    mode: Mode
    proof: Proof


class Answered(msgspec.Struct, frozen=True, omit_defaults=True, tag="answered"):
    """`value` is None when it was free text that has been erased; `composed_at` is already bounded.

    One of several posts has its author's id in `post`, its `number`, and what it is a comment `on`; the same number
    again is an edit. In a `group`'s work each is a version of the group's product, written `on` another one or on none;
    on a board of groups it is the `group`'s, and any of its members may have written it.
    `team`: for whom it counts where several answered at one phone, the sender among them, and each one's claim.
    It `waits` where the teacher reads it before the class does. `is_same`: the answer that stood
    said the same.
    """

    participant: str
    claim: str
    activity: str
    round: int
    value: Json
    composed_at: Millis
    outcome: Outcome
    shown_at: Millis | None = None
    post: str = ""
    number: int = 0
    on: int = 0
    waits: bool = False
    confidence: Confidence | None = None
    is_same: bool = False
    group: int = 0
    team: Mapping[str, str] = NOTHING


class PostWithdrawn(msgspec.Struct, frozen=True, tag="post_withdrawn"):
    participant: str
    claim: str
    activity: str
    round: int
    number: int


class PostsModerated(msgspec.Struct, frozen=True, tag="posts_moderated"):
    activity: str
    round: int
    numbers: tuple[int, ...]
    to: Visibility


class PostMarked(msgspec.Struct, frozen=True, tag="post_marked"):
    activity: str
    round: int
    number: int
    is_done: bool


class Reacted(msgspec.Struct, frozen=True, tag="reacted"):
    participant: str
    claim: str
    activity: str
    round: int
    number: int
    what: str | None


class LookedUp(msgspec.Struct, frozen=True, tag="looked_up"):
    participant: str
    claim: str
    activity: str


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


class TalkBegan(msgspec.Struct, frozen=True, omit_defaults=True, tag="talk_began"):
    activity: str
    round: int
    groups: tuple[tuple[str, ...], ...] = ()
    ends_at: Millis | None = None


class TalkEnded(msgspec.Struct, frozen=True, tag="talk_ended"):
    activity: str


class GroupsFormed(msgspec.Struct, frozen=True, tag="groups_formed"):
    activity: str
    groups: tuple[tuple[str, ...], ...]


class MemberMoved(msgspec.Struct, frozen=True, tag="member_moved"):
    activity: str
    participant: str
    to: int


class GroupPresented(msgspec.Struct, frozen=True, tag="group_presented"):
    activity: str
    group: int | None


class StepUndone(msgspec.Struct, frozen=True, tag="step_undone"):
    seq: int


class GoalSet(msgspec.Struct, frozen=True, tag="goal_set"):
    percent: int | None


class LeavingCounted(msgspec.Struct, frozen=True, tag="leaving_counted"):
    on: bool


class SpeedCounted(msgspec.Struct, frozen=True, tag="speed_counted"):
    on: bool


class PodiumShown(msgspec.Struct, frozen=True, tag="podium_shown"):
    audience: Audience | None


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


class WordHidden(msgspec.Struct, frozen=True, omit_defaults=True, tag="word_hidden"):
    """By its `mark`: the log holds no pupil's words."""

    activity: str
    mark: str
    is_hidden: bool = True


class LessonPaused(msgspec.Struct, frozen=True, omit_defaults=True, tag="lesson_paused"):
    face_down: bool = False


class LessonWentOn(msgspec.Struct, frozen=True, tag="lesson_went_on"):
    pass


class AdmittingChanged(msgspec.Struct, frozen=True, tag="admitting_changed"):
    admitting: bool


class SeatsConfirmed(msgspec.Struct, frozen=True, tag="seats_confirmed"):
    """The claims, by participant, that the teacher vouched for."""

    claims: Mapping[str, tuple[str, ...]]


class SeatReleased(msgspec.Struct, frozen=True, tag="seat_released"):
    participant: str


class TeamJoined(msgspec.Struct, frozen=True, tag="team_joined"):
    host: str
    host_claim: str
    participant: str
    claim: str


class TeamLeft(msgspec.Struct, frozen=True, tag="team_left"):
    participant: str


class TeamSplit(msgspec.Struct, frozen=True, tag="team_split"):
    number: int


class ExtraTimeGiven(msgspec.Struct, frozen=True, tag="extra_time_given"):
    participant: str
    percent: int


class HandRaised(msgspec.Struct, frozen=True, tag="hand_raised"):
    participant: str
    claim: str


class HandsLowered(msgspec.Struct, frozen=True, tag="hands_lowered"):
    participants: tuple[str, ...]


class PaceSaid(msgspec.Struct, frozen=True, tag="pace_said"):
    participant: str
    claim: str
    what: Tempo | None


class PupilCalled(msgspec.Struct, frozen=True, tag="pupil_called"):
    participant: str


class PupilPicked(msgspec.Struct, frozen=True, tag="pupil_picked"):
    participant: str


class RunEnded(msgspec.Struct, frozen=True, tag="run_ended"):
    pass


class RunResumed(msgspec.Struct, frozen=True, tag="run_resumed"):
    planned_end: Millis


class PresenceSeen(msgspec.Struct, frozen=True, omit_defaults=True, tag="presence_seen"):
    """First and last sign of each. `awake`: the same of phones that had no line, by their own word."""

    seen: Mapping[str, tuple[Millis, Millis]]
    awake: Mapping[str, tuple[Millis, Millis]] = NOTHING


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
    | TalkBegan
    | TalkEnded
    | GroupsFormed
    | MemberMoved
    | GroupPresented
    | StepUndone
    | GoalSet
    | LeavingCounted
    | SpeedCounted
    | PodiumShown
    | Revealed
    | Concealed
    | TimeExtended
    | KeySet
    | WordHidden
    | AdmittingChanged
    | SeatsConfirmed
    | SeatReleased
    | TeamJoined
    | TeamLeft
    | TeamSplit
    | ExtraTimeGiven
    | HandRaised
    | HandsLowered
    | PaceSaid
    | PupilCalled
    | PupilPicked
    | LessonPaused
    | LessonWentOn
    | RunEnded
    | RunResumed
    | PresenceSeen
    | PostWithdrawn
    | PostsModerated
    | PostMarked
    | Reacted
    | LookedUp
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
