"""What an event does to a run: `apply(state, event) -> state`. Pure, and never refusing: the log has happened."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from live_session import (
    activities,
    clocks,
    goal,
    groups,
    hands,
    peers,
    podium,
    points,
    posts,
    practice,
    talk,
    teams,
    undo,
)
from live_session.events import (
    ActivityClosed,
    ActivityOpened,
    ActivityReasked,
    ActivityReopened,
    AdmittingChanged,
    Answered,
    Concealed,
    ExtraTimeGiven,
    GoalSet,
    GroupPresented,
    GroupsFormed,
    HandRaised,
    HandsLowered,
    KeySet,
    LeavingCounted,
    LessonPaused,
    LessonWentOn,
    Logged,
    LookedUp,
    MemberMoved,
    PaceSaid,
    PodiumShown,
    PostMarked,
    PostsModerated,
    PostWithdrawn,
    PresenceSeen,
    PupilCalled,
    PupilPicked,
    QuestionAsked,
    Reacted,
    Revealed,
    RunEnded,
    RunResumed,
    RunStarted,
    SeatMoved,
    SeatReleased,
    SeatsConfirmed,
    SeatTaken,
    SpeedCounted,
    StepUndone,
    TalkBegan,
    TalkEnded,
    TeamJoined,
    TeamLeft,
    TeamSplit,
    TimeExtended,
    WordHidden,
)
from live_session.model import (
    CARD,
    Activity,
    Break,
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
    Talk,
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
    after = undo.remembered(state, _APPLY[type(logged.event)](state, logged.event, logged.at), logged)
    outcome = logged.event.outcome if isinstance(logged.event, Answered) else Outcome.ACCEPTED
    own = put(state.done.get(logged.who, {}), logged.command_id, Done(logged.seq, outcome))
    return replace(after, seq=logged.seq, done=put(after.done, logged.who, own))


def put(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """The mapping with one entry set; the old one stays as it was."""
    return {**mapping, key: value}


def _run_started(state: State, event: RunStarted, at: Millis) -> State:
    started = replace(
        state,
        title=event.title,
        deck=event.deck,
        quick={a.id: a for a in event.quick},
        policy=event.policy,
        started_at=at,
        planned_end=event.planned_end,
        admitting=True,
        veil=event.veil,
        heard_before=event.heard_before,
    )
    return practice.begun(started, at) if event.is_self_paced else started


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
    claims[event.claim] = Claim(event.claim, standing, event.mode, event.proof, since, placed_at=at)
    seated = replace(sitting, claims=claims, seen=max(sitting.seen, at))
    if event.extra and event.participant not in state.extra:  # what was said in this lesson stands
        state = replace(state, extra=put(state.extra, event.participant, event.extra))
    taken = replace(state, participants=put(state.participants, event.participant, seated))
    return _settled(teams.seated(taken, event.participant, event.claim, at))


def _settled(state: State) -> State:
    """Whoever came late has a place in what the class does together."""
    return peers.settled(groups.settled(state))


def _extra_time_given(state: State, event: ExtraTimeGiven, at: Millis) -> State:
    return replace(state, extra=put(state.extra, event.participant, event.percent))


def _seat_moved(state: State, event: SeatMoved, at: Millis) -> State:
    sitting = state.participants[event.participant]
    claim = replace(sitting.claims[event.claim], mode=event.mode, proof=event.proof, placed_at=at)
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
    freed = replace(state, participants=put(state.participants, sitting.id, replace(sitting, claims=claims)))
    return teams.without(hands.without(freed, sitting.id), sitting.id, at)


def _answered(state: State, event: Answered, at: Millis) -> State:
    if event.post:
        return posts.posted(state, event, at)
    key = (event.activity, event.round)
    is_late = event.outcome is Outcome.LATE
    table = state.late if is_late else state.responses
    given = table.get(key, {})
    responses = {
        who: said
        for who, claim in teams.members_of(event).items()
        if (said := _response(state, event, who, claim, given.get(who), at)) is not None
    }
    changed = put(table, key, {**given, **responses})
    return replace(state, late=changed) if is_late else replace(state, responses=changed)


def _response(
    state: State, event: Answered, who: str, claim: str, before: Response | None, at: Millis
) -> Response | None:
    """What stands for this pupil then; None where what stood before still does."""
    if teams.stands(before, event, who):
        return None
    if before and before.claim != CARD and before.composed_at > event.composed_at:
        sitting = state.participants[who]
        if sitting.is_same_hand(before.claim, claim):
            return None  # an older tap that came after a newer one: kept in the log, not the pupil's last word
    took, tries = _took(state, event, before), tries_of(before, is_same=event.is_same)
    first_at = event.composed_at if before is None else before.first_at
    return Response(
        event.value,
        claim,
        at,
        event.composed_at,
        event.confidence,
        took,
        tries,
        first_at,
        is_team=teams.is_teams(before, event),
        sent_by="" if who == event.participant else event.participant,
    )


def tries_of(before: Response | None, *, is_same: bool) -> int:
    """How many different answers a pupil gave, one after another, with this one. The event says whether it is the same
    as the one before: words that were erased since can no longer tell."""
    return 1 if before is None else before.tries + (not is_same)


def _took(state: State, event: Answered, before: Response | None) -> Millis | None:
    """The same answer once more, with a word on confidence, took no longer."""
    if before is not None and event.is_same:
        return before.took
    activity = state.activity(event.activity)
    round_ = state.rounds[event.activity][event.round - 1]
    return clocks.took(activity, round_, event.shown_at, event.composed_at) if activity else None


def _closed(state: State, at: Millis) -> State:
    """The current question locked, as opening another one or ending the lesson does."""
    round_ = state.round(state.current)
    if round_ is None or state.current is None or not round_.is_open:
        return state
    ends = min(at, round_.closes_at) if round_.closes_at is not None else at
    return _with_round(state, state.current, replace(round_, closed_at=ends, left=None))


def _with_round(state: State, activity: str, round_: Round) -> State:
    """The newest round of an activity replaced."""
    rounds = (*state.rounds[activity][:-1], round_)
    return replace(state, rounds=put(state.rounds, activity, rounds))


def _new_round(state: State, activity_id: str, at: Millis) -> State:
    state = _closed(state, at)
    activity = state.activity(activity_id)
    seconds = activity.seconds if activity else None
    rounds = state.rounds.get(activity_id, ())
    ends = at + seconds * 1_000 if seconds else None
    number = len(rounds) + 1
    counts_speed = points.is_counted(state, activity, number)
    opened = Round(number, at, ends, about=groups.asked_about(state, activity), counts_speed=counts_speed)
    after = replace(
        talk.over(hands.moved_on(state)),
        paused=None,
        phase=Phase.RUNNING,
        current=activity_id,
        rounds=put(state.rounds, activity_id, (*rounds, opened)),
    )
    return peers.begun(after, activity_id)


def _opened(state: State, event: ActivityOpened, at: Millis) -> State:
    """First opening makes round 1; going back to an activity shows its last round as it was left."""
    if state.round(event.activity) is None:
        return _new_round(state, event.activity, at)
    left = talk.over(hands.moved_on(_closed(state, at)))
    return _settled(replace(left, paused=None, phase=Phase.RUNNING, current=event.activity))


def _reasked(state: State, event: ActivityReasked, at: Millis) -> State:
    return _new_round(state, event.activity, at)


def _asked(state: State, event: QuestionAsked, at: Millis) -> State:
    ids = [a.id for a in state.deck]
    place = ids.index(state.current) + 1 if state.current in ids else 0
    deck = (*state.deck[:place], event.activity, *state.deck[place:])
    return _new_round(replace(state, deck=deck), event.activity.id, at)


def _activity_closed(state: State, event: ActivityClosed, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    return _with_round(state, event.activity, replace(round_, closed_at=event.closed_at, left=None))


def _reopened(state: State, event: ActivityReopened, at: Millis) -> State:
    """Open again without a clock: the teacher decides when it is enough."""
    round_ = state.rounds[event.activity][-1]
    opened = replace(round_, closed_at=None, closes_at=None, shown=(), revealed_at=None)
    return _with_round(talk.over(state), event.activity, opened)


def _extended(state: State, event: TimeExtended, at: Millis) -> State:
    if state.talk is not None:
        return talk.with_clock(state, lambda one: _longer(one, event.closes_at, at))
    round_ = state.rounds[event.activity][-1]
    if round_.closes_at is None and round_.left is None:
        begins = state.paused.at if state.paused else at
        round_ = replace(round_, clock_at=begins - round_.stopped)
    if state.paused is not None:
        return _with_round(state, event.activity, replace(round_, left=max(0, event.closes_at - at)))
    return _with_round(state, event.activity, replace(round_, closes_at=event.closes_at))


def _longer(one: Talk, ends_at: Millis, at: Millis) -> Talk:
    return replace(one, ends_at=ends_at) if one.left is None else replace(one, left=max(0, ends_at - at))


def _paused(state: State, event: LessonPaused, at: Millis) -> State:
    """The open round's clock stands: what was left of it is kept, and no deadline is over meanwhile."""
    if state.paused is not None:
        return replace(state, paused=Break(state.paused.at, event.face_down))
    state = talk.with_clock(replace(state, paused=Break(at, event.face_down)), talk.stopped(at))
    round_ = state.round(state.current)
    if state.current is None or round_ is None or not round_.is_open or round_.closes_at is None:
        return state
    left = max(0, round_.closes_at - at)
    return _with_round(state, state.current, replace(round_, closes_at=None, left=left))


def _went_on(state: State, event: LessonWentOn, at: Millis) -> State:
    since = state.paused.at if state.paused else at
    state = talk.with_clock(replace(state, paused=None), talk.running(at))
    round_ = state.round(state.current)
    if state.current is None or round_ is None or not round_.is_open or round_.left is None:
        return state
    stopped = round_.stopped + max(0, at - since)
    return _with_round(state, state.current, replace(round_, closes_at=at + round_.left, left=None, stopped=stopped))


def _revealed(state: State, event: Revealed, at: Millis) -> State:
    round_ = state.rounds[event.activity][-1]
    is_spent = round_.is_spent or event.what is Shown.KEY
    first = at if round_.revealed_at is None else round_.revealed_at
    shown = replace(round_, shown=(*round_.shown, event.what), is_spent=is_spent, revealed_at=first)
    return _with_round(talk.over(state), event.activity, shown)


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


def _word_hidden(state: State, event: WordHidden, at: Millis) -> State:
    deck = tuple(_without_word(a, event) if a.id == event.activity else a for a in state.deck)
    return replace(state, deck=deck)


def _without_word(activity: Activity, event: WordHidden) -> Activity:
    type_ = activities.type_of(activity.kind)
    content = type_.with_hidden(activities.content_of(activity), event.mark, event.is_hidden)
    return replace(activity, content=activities.text_of_content(content))


def _admitting(state: State, event: AdmittingChanged, at: Millis) -> State:
    return replace(state, admitting=event.admitting)


def _leaving_counted(state: State, event: LeavingCounted, at: Millis) -> State:
    return replace(state, counts_leaving=event.on)


def _ended(state: State, event: RunEnded, at: Millis) -> State:
    """A lesson that nobody ended was over when its time was, not when somebody noticed."""
    ended_at = min(at, state.ends_at)
    quiet = talk.over(hands.quiet(_closed(state, ended_at)))
    return replace(quiet, paused=None, phase=Phase.ENDED, ended_at=ended_at, admitting=False)


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
    ExtraTimeGiven: _extra_time_given,
    TeamJoined: teams.joined,
    TeamLeft: teams.left,
    TeamSplit: teams.parted,
    HandRaised: hands.raised,
    HandsLowered: hands.lowered,
    PaceSaid: hands.paced,
    PupilCalled: hands.called,
    PupilPicked: hands.picked,
    Answered: _answered,
    LookedUp: practice.looked_up,
    PostWithdrawn: posts.withdrawn,
    PostsModerated: posts.moderated,
    PostMarked: posts.marked,
    Reacted: posts.reacted,
    ActivityOpened: _opened,
    ActivityReasked: _reasked,
    TalkBegan: talk.began,
    TalkEnded: talk.ended,
    GroupsFormed: groups.formed,
    MemberMoved: groups.moved,
    GroupPresented: groups.presented,
    StepUndone: undo.undone,
    GoalSet: goal.chosen,
    LeavingCounted: _leaving_counted,
    SpeedCounted: points.chosen,
    PodiumShown: podium.shown,
    QuestionAsked: _asked,
    ActivityClosed: _activity_closed,
    ActivityReopened: _reopened,
    TimeExtended: _extended,
    Revealed: _revealed,
    Concealed: _concealed,
    KeySet: _key_set,
    WordHidden: _word_hidden,
    AdmittingChanged: _admitting,
    LessonPaused: _paused,
    LessonWentOn: _went_on,
    RunEnded: _ended,
    RunResumed: _resumed,
    PresenceSeen: _seen,
}
