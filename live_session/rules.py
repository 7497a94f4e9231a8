"""What a command comes to: `decide(state, command, actor, at) -> event | refusal`, pure. A refusal changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from live_session import (
    activities,
    answers,
    clocks,
    goal,
    groups,
    hands,
    naming,
    podium,
    points,
    posts,
    practice,
    talk,
    teams,
    undo,
)
from live_session.activities.base import PostTerms
from live_session.commands import (
    Actor,
    Admit,
    Ask,
    Call,
    Command,
    Conceal,
    Confirm,
    CountLeaving,
    CountSpeed,
    Discuss,
    End,
    EndTalk,
    Extend,
    FormGroups,
    GiveTime,
    GoOn,
    HideWord,
    JoinTeam,
    LeaveTeam,
    Look,
    Lower,
    Mark,
    Moderate,
    Move,
    MoveMember,
    Next,
    Note,
    Open,
    Pace,
    Pause,
    Pick,
    Present,
    Raise,
    React,
    Reask,
    Release,
    Reopen,
    Resume,
    Reveal,
    SetGoal,
    SetKey,
    ShowPodium,
    Shut,
    Sit,
    SplitTeam,
    Start,
    Submit,
    Undo,
)
from live_session.errors import (
    FORBIDDEN,
    INVALID,
    NOT_OPEN,
    TAKEN,
    UNKNOWN,
    InvalidContent,
    InvalidValue,
    Refusal,
)
from live_session.events import (
    ActivityClosed,
    ActivityOpened,
    ActivityReasked,
    ActivityReopened,
    AdmittingChanged,
    Concealed,
    Event,
    KeySet,
    LeavingCounted,
    LessonPaused,
    LessonWentOn,
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
    WordHidden,
)
from live_session.model import (
    CARD,
    NOTHING,
    Activity,
    Millis,
    Phase,
    Role,
    Round,
    Shown,
    Standing,
    State,
)


def decide(state: State, command: Command, actor: Actor, at: Millis) -> Event | Refusal:
    """What the command comes to at this moment (server clock): one event, or a refusal."""
    rule = RULES[type(command)]
    if actor.role not in rule.roles:
        return FORBIDDEN
    if not rule.is_open(state) or not practice.is_for(state, command):
        return NOT_OPEN
    return rule.ask(state, command, actor, at)


# --- seats ----------------------------------------------------------------------------------------------------------


def _start(state: State, command: Start, actor: Actor, at: Millis) -> Event | Refusal:
    """A run holds nothing that its screens could not show: they would fail for every pupil, again and again."""
    if not all(is_playable(a) for a in (*command.deck, *command.quick)):
        return INVALID
    if any(len({a.id for a in group}) < len(group) for group in (command.deck, command.quick)):
        return INVALID
    if command.is_self_paced and not all(practice.is_for_one(a) for a in command.deck):
        return INVALID
    return RunStarted(
        command.title,
        command.deck,
        command.planned_end,
        command.quick,
        command.policy,
        command.is_self_paced,
        command.veil,
        command.heard_before,
    )


def is_playable(activity: Activity) -> bool:
    """Its kind is installed and its content is of that kind."""
    try:
        activities.content_of(activity)
    except (KeyError, InvalidContent):
        return False
    return True


def _sit(state: State, command: Sit, actor: Actor, at: Millis) -> Event | Refusal:
    """Coming back to one's own seat is always let in; a new seat only while the lesson admits. A paper card asks for no
    leave, and keeps no phone from its pupil's seat."""
    if command.claim != CARD and state.held(command.participant, command.claim) is None:
        if not state.admitting:
            return NOT_OPEN
        sitting = state.participants.get(command.participant)
        if command.standing is Standing.PICKED and sitting and sitting.active and not sitting.active.is_card:
            return TAKEN
    place = (command.standing, command.mode, command.proof)
    return SeatTaken(command.participant, command.claim, *place, command.extra, command.phone)


def _move(state: State, command: Move, actor: Actor, at: Millis) -> Event | Refusal:
    if state.held(command.participant, command.claim) is None:
        return FORBIDDEN
    return SeatMoved(command.participant, command.claim, command.mode, command.proof)


def _note(state: State, command: Note, actor: Actor, at: Millis) -> Event | Refusal:
    both = (command.seen, command.awake)
    seen, awake = ({who: span for who, span in signs.items() if who in state.participants} for signs in both)
    return PresenceSeen(seen, awake or NOTHING)


def _confirm(state: State, command: Confirm, actor: Actor, at: Millis) -> Event | Refusal:
    meant = command.participants or tuple(state.participants)
    sitting = [p for p in map(state.participants.get, meant) if p]
    picked = {p.id: tuple(c.id for c in p.claims.values() if c.is_unconfirmed) for p in sitting}
    picked = {who: claims for who, claims in picked.items() if claims}
    return SeatsConfirmed(picked) if picked else NOT_OPEN


def _release(state: State, command: Release, actor: Actor, at: Millis) -> Event | Refusal:
    sitting = state.participants.get(command.participant)
    return SeatReleased(command.participant) if sitting and sitting.active else NOT_OPEN


# --- posts ----------------------------------------------------------------------------------------------------------


def _terms(state: State, activity_id: str) -> PostTerms | None:
    """What pupils may do where they post several times; None for any other activity."""
    activity = state.activity(activity_id)
    return None if activity is None else activities.post_terms_of(activity)


def _react(state: State, command: React, actor: Actor, at: Millis) -> Event | Refusal:
    """Only while the round on screen is open: after it nobody votes."""
    claim, terms = state.held(actor.who, actor.claim), _terms(state, command.activity)
    group = groups.group_of(state, command.activity, actor.who)
    if claim is None:
        return FORBIDDEN
    round_ = state.round(command.activity)
    is_now = round_ is not None and round_.is_open and round_.number == command.round
    if terms is None or not is_now or command.activity != state.current:
        return NOT_OPEN
    return posts.react(state, terms, command, claim, actor.who, at, group=group)


def _moderate(state: State, command: Moderate, actor: Actor, at: Millis) -> Event | Refusal:
    return posts.moderate(posts.wall_of(state, command.activity, command.round), command)


def _mark(state: State, command: Mark, actor: Actor, at: Millis) -> Event | Refusal:
    terms = _terms(state, command.activity)
    if terms is None:
        return UNKNOWN
    return posts.mark(terms, posts.wall_of(state, command.activity, command.round), command)


# --- steering -------------------------------------------------------------------------------------------------------


def _next(state: State, command: Next, actor: Actor, at: Millis) -> Event | Refusal:
    following = next_unopened(state) if command.after == state.current else None
    return ActivityOpened(following.id) if following else NOT_OPEN


def next_unopened(state: State) -> Activity | None:
    """The first activity after the current one that was never opened; before any, the first of the deck."""
    ids = [a.id for a in state.deck]
    start = ids.index(state.current) + 1 if state.current in ids else 0
    return next((a for a in state.deck[start:] if state.round(a.id) is None), None)


def _open(state: State, command: Open, actor: Actor, at: Millis) -> Event | Refusal:
    if state.activity(command.activity) is None:
        return UNKNOWN
    return NOT_OPEN if command.activity == state.current else ActivityOpened(command.activity)


def _ask(state: State, command: Ask, actor: Actor, at: Millis) -> Event | Refusal:
    form = state.quick.get(command.quick)
    if form is None:
        return UNKNOWN
    number = 1 + sum(a.item is None for a in state.deck)
    # With the moment in it: a backup that comes back has forgotten ask-1, and phones have not. What they answered then
    # must not be taken for an answer to whatever is asked first now.
    return QuestionAsked(replace(form, id=f"ask-{number}-{at:x}"))


Steering = (
    Shut
    | Reopen
    | Reask
    | Discuss
    | EndTalk
    | Reveal
    | Conceal
    | Extend
    | SetKey
    | HideWord
    | FormGroups
    | MoveMember
    | Present
)


def _steer(state: State, command: Steering, actor: Actor, at: Millis) -> Event | Refusal:
    """What is done to an activity that has been opened."""
    activity = state.activity(command.activity)
    if activity is None:
        return UNKNOWN
    round_ = state.round(activity.id)
    if round_ is None or (actor.role is Role.SERVER and at < over_at(state, round_)):
        return NOT_OPEN
    return _STEER[type(command)](state, command, activity, round_, at)


def _shut(state: State, command: Shut, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    ends = at if round_.closes_at is None else min(at, round_.closes_at)
    return ActivityClosed(activity.id, ends) if round_.is_open else NOT_OPEN


def _reopen(state: State, command: Reopen, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """Not after the key was shown: then it is asked again, as a new round."""
    may = can_reopen(activity, round_) and activity.id == state.current
    return ActivityReopened(activity.id) if may else NOT_OPEN


def can_reopen(activity: Activity, round_: Round) -> bool:
    """Locked, and its key was never shown: hiding it again does not take it out of anybody's head."""
    return not round_.is_open and not round_.is_spent and not naming.is_sealed(activity, round_)


def _reask(state: State, command: Reask, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    return ActivityReasked(activity.id) if command.round in (None, round_.number) else NOT_OPEN


def _extend(state: State, command: Extend, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """Time runs on from where it stood; once it is over it starts anew, so that "+30 s" always gives 30 s, and so it
    does where there was no clock. In a talk it is the talk's, which has one or has none."""
    if not 1 <= command.seconds <= 3_600:
        return INVALID
    left, ends = (state.talk.left, state.talk.ends_at) if state.talk else (round_.left, round_.closes_at)
    ends = at + left if left is not None else ends
    if (state.talk and ends is None) or not (round_.is_open or state.talk):
        return NOT_OPEN
    return TimeExtended(activity.id, max(at, ends or at) + command.seconds * 1_000)


def _reveal(state: State, command: Reveal, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    return Revealed(activity.id, command.what) if can_reveal(state, activity, round_, command.what) else NOT_OPEN


def can_reveal(state: State, activity: Activity, round_: Round, what: Shown) -> bool:
    """Three separate presses: locked first, then the distribution, the key, the explanation, each once."""
    if round_.is_open or what in round_.shown:
        return False
    if what is Shown.EXPLANATION:
        return bool(activity.explanation)
    if what is Shown.DISTRIBUTION:
        given = state.responses.get((activity.id, round_.number), {})
        is_enough = not naming.is_unnamed(activity) or len(given) >= goal.LEAST_TOLD
        return activities.type_of(activity.kind).has_tally and is_enough
    return activities.key_of(activity) is not None


def _conceal(state: State, command: Conceal, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    return Concealed(activity.id, command.what) if command.what in round_.shown else NOT_OPEN


def _set_key(state: State, command: SetKey, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    if activity.item is not None:
        return FORBIDDEN
    try:
        activities.type_of(activity.kind).with_key(activities.content_of(activity), command.key)
    except InvalidValue:
        return INVALID
    return KeySet(activity.id, command.key)


def _hide_word(state: State, command: HideWord, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    mark = activities.type_of(activity.kind).mark_of(command.word)
    return FORBIDDEN if mark is None else WordHidden(activity.id, mark, command.is_hidden)


_STEER: Mapping[type, Callable[[State, Any, Activity, Round, Millis], Event | Refusal]] = {
    Shut: _shut,
    Reopen: _reopen,
    Reask: _reask,
    **talk.ASK,
    **groups.ASK,
    Extend: _extend,
    Reveal: _reveal,
    Conceal: _conceal,
    SetKey: _set_key,
    HideWord: _hide_word,
}


def _pause(state: State, command: Pause, actor: Actor, at: Millis) -> Event | Refusal:
    """A pause may become one with phones on their faces, or the other way round; the same pause twice is one."""
    stands = state.paused is not None and state.paused.face_down is command.face_down
    return NOT_OPEN if stands else LessonPaused(command.face_down)


def _go_on(state: State, command: GoOn, actor: Actor, at: Millis) -> Event | Refusal:
    return LessonWentOn() if state.paused else NOT_OPEN


def _admit(state: State, command: Admit, actor: Actor, at: Millis) -> Event | Refusal:
    return AdmittingChanged(command.admitting)


def _count_leaving(state: State, command: CountLeaving, actor: Actor, at: Millis) -> Event | Refusal:
    return NOT_OPEN if state.counts_leaving is command.on else LeavingCounted(command.on)


def _end(state: State, command: End, actor: Actor, at: Millis) -> Event | Refusal:
    return NOT_OPEN if actor.role is Role.SERVER and at < state.ends_at else RunEnded()


def _resume(state: State, command: Resume, actor: Actor, at: Millis) -> Event | Refusal:
    if not 1 <= command.minutes <= 240:
        return INVALID
    return RunResumed(state.planned_end if state.is_self_paced else at + command.minutes * 60_000)


# --- what the clock asks for ----------------------------------------------------------------------------------------
#
# A server may ask on a stale fold, when the teacher has just given more time: its word is judged like any other.

NEVER: Millis = 1 << 62


def over_at(state: State, round_: Round) -> Millis:
    """The first moment after a round's time and grace; NEVER without a deadline."""
    return NEVER if round_.closes_at is None else round_.closes_at + state.policy.grace_ms + 1


# --- who may ask, and when ------------------------------------------------------------------------------------------


def is_new(state: State) -> bool:
    return not state.exists


def is_live(state: State) -> bool:
    return state.exists and state.phase is not Phase.ENDED


def is_over(state: State) -> bool:
    return state.phase is Phase.ENDED


def is_known(state: State) -> bool:
    """Live or over: answers that waited on a phone, and the teacher's word on seats, may come after the end."""
    return state.exists


class Rule(NamedTuple):
    roles: frozenset[Role]
    is_open: Callable[[State], bool]
    ask: Callable[[State, Any, Actor, Millis], Event | Refusal]


PUPIL = frozenset({Role.PUPIL})
TEACHER = frozenset({Role.TEACHER})
SERVER = frozenset({Role.SERVER})
EITHER = TEACHER | SERVER
STEER = Rule(TEACHER, is_live, _steer)

RULES: Mapping[type, Rule] = {
    Start: Rule(TEACHER, is_new, _start),
    Sit: Rule(SERVER, is_live, _sit),
    Move: Rule(SERVER, is_live, _move),
    JoinTeam: Rule(SERVER, is_live, teams.join),
    LeaveTeam: Rule(EITHER, is_live, teams.leave),
    SplitTeam: Rule(EITHER, is_live, teams.split),
    Note: Rule(SERVER, is_known, _note),
    Submit: Rule(PUPIL, is_known, answers.submit),
    Raise: Rule(PUPIL, is_live, hands.ask_for_word),
    Pace: Rule(PUPIL, is_live, hands.say_pace),
    React: Rule(PUPIL, is_live, _react),
    Look: Rule(PUPIL, is_live, practice.look),
    Moderate: Rule(TEACHER, is_live, _moderate),
    Mark: Rule(TEACHER, is_live, _mark),
    Lower: Rule(PUPIL | TEACHER, is_live, hands.take_down),
    Call: Rule(TEACHER, is_live, hands.call),
    Pick: Rule(TEACHER, is_live, hands.pick),
    Confirm: Rule(TEACHER, is_known, _confirm),
    Release: Rule(TEACHER, is_known, _release),
    GiveTime: Rule(TEACHER, is_live, clocks.give),
    Undo: Rule(TEACHER, is_live, undo.undo),
    CountLeaving: Rule(TEACHER, is_live, _count_leaving),
    SetGoal: Rule(TEACHER, is_live, goal.choose),
    CountSpeed: Rule(TEACHER, is_live, points.choose),
    ShowPodium: Rule(TEACHER, is_live, podium.show),
    Next: Rule(TEACHER, is_live, _next),
    Open: Rule(TEACHER, is_live, _open),
    Ask: Rule(TEACHER, is_live, _ask),
    Admit: Rule(TEACHER, is_live, _admit),
    Pause: Rule(TEACHER, is_live, _pause),
    GoOn: Rule(TEACHER, is_live, _go_on),
    End: Rule(EITHER, is_live, _end),
    Resume: Rule(TEACHER, is_over, _resume),
    **dict.fromkeys(_STEER, STEER),
    Shut: Rule(EITHER, is_live, _steer),
}
"""Seats are given by the tool and presence is noted by a server: neither comes over a phone's socket."""
