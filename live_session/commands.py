"""Commands: what somebody asks for, and who asks.

`reducer.decide` turns a command into one event or a refusal. **One command is one event**: the log's unique (run,
command id) then is the whole idempotency.
"""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from live_session.model import (
    NOTHING,
    Activity,
    Audience,
    Confidence,
    Json,
    Millis,
    Mode,
    Policy,
    Proof,
    Role,
    Shown,
    Standing,
    Tempo,
    Visibility,
)


class Actor(msgspec.Struct, frozen=True):
    """Who asks. `who` is the participant's id, or the teacher's. `claim` is the pupil's browser.

    `not_before` bounds what a pupil may say about when an answer was composed: the last moment the server heard from
    that phone before it (docs/explain/log.md).
    """

    role: Role
    who: str = ""
    claim: str = ""
    not_before: Millis = 0


SERVER = Actor(Role.SERVER, "server")


class Start(msgspec.Struct, frozen=True, tag="start"):
    """`heard_before`: how often each pupil was called in the class's lessons of late."""

    title: str
    deck: tuple[Activity, ...]
    planned_end: Millis
    quick: tuple[Activity, ...] = ()
    policy: Policy = Policy()
    is_self_paced: bool = False
    veil: str = ""
    heard_before: Mapping[str, int] = NOTHING


class Sit(msgspec.Struct, frozen=True, tag="sit"):
    """Take a seat: by an LMS launch that names somebody or nobody, or by picking a name (`PICKED`, until the teacher
    confirms). `extra`: how much more time the teacher has given this pupil for good, in percent; in the lesson
    `GiveTime` may say otherwise. `phone`: the browser by an id of this run's own, by which pupils who share one are
    known."""

    participant: str
    claim: str
    standing: Standing
    mode: Mode
    proof: Proof
    extra: int = 0
    phone: str = ""


class Move(msgspec.Struct, frozen=True, tag="move"):
    """Say where one learns: in the room or at home."""

    participant: str
    claim: str
    mode: Mode
    proof: Proof


class JoinTeam(msgspec.Struct, frozen=True, tag="join_team"):
    """Answer together with `host` at their phone: each holds a seat there, by these claims."""

    host: str
    host_claim: str
    participant: str
    claim: str


class LeaveTeam(msgspec.Struct, frozen=True, tag="leave_team"):
    """Leave a group phone: the pupil's seat there is free, to be taken with another phone."""

    participant: str


class SplitTeam(msgspec.Struct, frozen=True, tag="split_team"):
    """Let everybody at a group phone answer alone, in turns."""

    number: int


class Submit(msgspec.Struct, frozen=True, tag="submit"):
    """An answer. Where a pupil may post several times, `post` is the pupil's own id of one of them: a new one, an edit
    of one that is there, or, without a value, its withdrawal; `on` is the number of the post it is a comment on.
    `team`: the number of the team it was composed for at a group phone; 0: one's own."""

    activity: str
    round: int
    value: Json
    composed_at: Millis
    shown_at: Millis | None = None
    post: str = ""
    on: int = 0
    confidence: Confidence | None = None
    team: int = 0


class React(msgspec.Struct, frozen=True, tag="react"):
    """Vote for a post, or react to it in one of the ways its kind knows; None takes it back."""

    activity: str
    round: int
    post: int
    what: str | None = None


class Raise(msgspec.Struct, frozen=True, tag="raise"):
    """Ask for the word."""


class Lower(msgspec.Struct, frozen=True, tag="lower"):
    """Take a hand down: a pupil their own, a teacher anybody's (None: all), a call or a pick with it."""

    participant: str | None = None


class Pace(msgspec.Struct, frozen=True, tag="pace"):
    """Say that it goes too fast, or that one is lost; None takes it back."""

    what: Tempo | None = None


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Ask for the answer of an activity of self-paced work, having tried: what is said after it is taken no more."""

    activity: str


class GiveTime(msgspec.Struct, frozen=True, tag="give_time"):
    """Give a pupil more time for every question, in percent (`clocks.STEPS`); only they and the teacher know."""

    participant: str
    percent: int


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Give a pupil the word."""

    participant: str


class Pick(msgspec.Struct, frozen=True, tag="pick"):
    """Let the dice propose a pupil: `draw`, 0 to below 1, is the dice. `among` those who are here (empty: all).
    `after` is whom the screen showed as picked, so that two presses pick once."""

    draw: float
    among: tuple[str, ...] = ()
    after: str | None = None


class Moderate(msgspec.Struct, frozen=True, tag="moderate"):
    """Show posts to the class, hide them, or remove them for good. Each is named with the edition that the teacher has
    read: words that came meanwhile are nobody's yet."""

    activity: str
    round: int
    posts: tuple[tuple[int, int], ...]
    to: Visibility


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """Say that a post is answered, or not yet."""

    activity: str
    round: int
    post: int
    is_done: bool = True


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


class Discuss(msgspec.Struct, frozen=True, tag="discuss"):
    """Let pupils talk a locked question over in pairs, before it is asked again. `round` is the one the teacher saw.
    `seconds` None: without a clock. `mixes`: the room with the home row; else each with their like. `among` those who
    are here (empty: all); `draw`, 0 to below 1, is the dice."""

    activity: str
    round: int
    draw: float
    seconds: int | None = 120
    mixes: bool = True
    among: tuple[str, ...] = ()


class EndTalk(msgspec.Struct, frozen=True, tag="end_talk"):
    """End the talk without asking again."""

    activity: str


class FormGroups(msgspec.Struct, frozen=True, tag="form_groups"):
    """Make the groups of an activity: those named in `groups`, or by lot, of at most `size`; `mixes`: the room with the
    home row. Who is here and in none of them joins the smallest. `draw`, 0 to below 1, is the dice."""

    activity: str
    draw: float = 0.0
    size: int = 4
    mixes: bool = True
    groups: tuple[tuple[str, ...], ...] = ()


class MoveMember(msgspec.Struct, frozen=True, tag="move_member"):
    """Put a pupil, with a phone or without, into another group; one more than there are is a new one. 0: into none, for
    who is not here."""

    activity: str
    participant: str
    to: int


class Present(msgspec.Struct, frozen=True, tag="present"):
    """Show a group's product to the class; None: no longer."""

    activity: str
    group: int | None = None


class Undo(msgspec.Struct, frozen=True, tag="undo"):
    """Take back the step that the screen showed as the last one: a lock, or going on to another question."""

    seq: int


class SetGoal(msgspec.Struct, frozen=True, tag="set_goal"):
    """What the class aims at together, in percent of right answers; None: nothing."""

    percent: int | None = None


class CountLeaving(msgspec.Struct, frozen=True, tag="count_leaving"):
    """Count, from now on, how often pupils leave the page, and tell them so; or no longer. The counts stand apart from
    the log."""

    on: bool


class CountSpeed(msgspec.Struct, frozen=True, tag="count_speed"):
    """Let speed count, from the next question on, where a question says so; or nowhere any more."""

    on: bool


class ShowPodium(msgspec.Struct, frozen=True, tag="show_podium"):
    """Show the class which groups are ahead, and to whom; None: to nobody."""

    audience: Audience | None = None


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Ask ad hoc, the question being on the blackboard: `quick` names one of the prepared answer forms."""

    quick: str


class SetKey(msgspec.Struct, frozen=True, tag="set_key"):
    """Say afterwards what the right answer to an ad hoc question was."""

    activity: str
    key: Json


class HideWord(msgspec.Struct, frozen=True, tag="hide_word"):
    """Take a word that pupils wrote off every screen, or put it back there."""

    activity: str
    word: str
    is_hidden: bool = True


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Let the lesson stand still: phones take no answer, clocks wait. `face_down` asks for phones on their faces."""

    face_down: bool = False


class GoOn(msgspec.Struct, frozen=True, tag="go_on"):
    """Go on after a pause, each clock from where it stood."""


class Admit(msgspec.Struct, frozen=True, tag="admit"):
    admitting: bool


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Confirm picked names; empty means all that hold a seat now. A seat without a name has nothing to confirm."""

    participants: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True, tag="release"):
    """Free a seat: whoever held it is asked to pick again."""

    participant: str


class End(msgspec.Struct, frozen=True, tag="end"):
    pass


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    minutes: int = 15


class Note(msgspec.Struct, frozen=True, tag="note"):
    """Each minute: who was seen, first and last moment, folded in memory by the process that served them; and who was
    `awake` without a line, as their phone said when it was back."""

    seen: Mapping[str, tuple[Millis, Millis]]
    awake: Mapping[str, tuple[Millis, Millis]] = NOTHING


Steering: TypeAlias = (
    Open
    | Next
    | Shut
    | Reopen
    | Reveal
    | Conceal
    | Extend
    | Reask
    | Discuss
    | EndTalk
    | FormGroups
    | MoveMember
    | Present
    | Undo
    | SetGoal
    | CountLeaving
    | CountSpeed
    | ShowPodium
    | Ask
    | SetKey
    | HideWord
    | Admit
    | Confirm
    | Release
    | GiveTime
    | Call
    | Lower
    | Pick
    | Pause
    | GoOn
    | End
    | Resume
    | Moderate
    | Mark
    | LeaveTeam
    | SplitTeam
)
"""What a teacher asks for."""
Signal: TypeAlias = Raise | Lower | Pace | React | Look
"""What a pupil asks for, besides answering."""
Command: TypeAlias = Start | Sit | JoinTeam | Move | Submit | Note | Signal | Steering
