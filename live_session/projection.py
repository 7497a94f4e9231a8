"""What each role may see of a run. Whatever is not built here never leaves the server.

A view is the whole small state of a role, the same for all its bearers, so that it is encoded once. What differs from
pupil to pupil (`own`) is a small part beside it. No view of a phone or projector holds a name, another pupil's answer,
or the key before it is shown.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from live_session import activities
from live_session.activities.base import Bar, Key
from live_session.model import (
    NOTHING,
    Activity,
    Json,
    Millis,
    Mode,
    Outcome,
    Participant,
    Phase,
    Proof,
    Response,
    Round,
    Screen,
    Shown,
    Standing,
    State,
)
from live_session.rules import can_reopen, can_reveal, next_unopened


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The current activity on a phone or projector. `html` is its form (phone) or its picture (projector)."""

    id: str
    kind: str
    round: int
    is_open: bool
    html: str
    opened_at: Millis
    closes_at: Millis | None = None
    shown: tuple[Shown, ...] = ()
    tally: tuple[Bar, ...] | None = None
    answered: int | None = None
    key: Key | None = None
    explanation: str = ""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One press: the `steer` frame that a screen's next or previous key sends."""

    action: Literal["next", "close", "reopen", "reveal", "conceal", "end"]
    activity: str | None = None
    what: Shown | None = None
    after: str | None = None


class PublicView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Phone and projector. `index` counts from 1 in the order of opening; `total` is the whole deck."""

    phase: Phase
    title: str
    total: int
    index: int = 0
    activity: Asked | None = None
    ends_at: Millis | None = None
    forth: Step | None = None
    back: Step | None = None


class Planned(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the console's plan."""

    id: str
    kind: str
    title: str
    points: float
    seconds: int | None = None
    round: int = 0
    is_open: bool = False
    answered: int = 0
    is_quick: bool = False


class Seat(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who sits in the lesson, for the teacher: by opaque id; the page holds the names."""

    id: str
    mode: Mode
    standing: Standing
    proof: Proof


class ConsoleView(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's screen: the plan, the current activity with its key, the seats."""

    phase: Phase
    title: str
    plan: tuple[Planned, ...]
    planned_end: Millis
    admitting: bool
    current: Asked | None = None
    key: Key | None = None
    can: tuple[Shown, ...] = ()
    can_reopen: bool = False
    quick: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    forth: Step | None = None
    back: Step | None = None


class OwnResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    activity: str
    round: int
    value: Json
    at: Millis
    late: bool = False


class Own(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pupil's own part. `from_index` is the question at which they came in; `share` the part right once the key
    is shown."""

    mode: Mode
    standing: Standing
    proof: Proof
    response: OwnResponse | None = None
    share: float | None = None
    from_index: int = 0


class Gauge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts for the teacher's and projector's screens; may be lost. `who` and `here` go to the console only."""

    present: Mapping[Mode, int]
    answered: Mapping[Mode, int]
    tally: tuple[Bar, ...] | None = None
    who: tuple[str, ...] | None = None
    here: tuple[str, ...] | None = None
    late: int = 0


# --- views ----------------------------------------------------------------------------------------------------------


def view(state: State, screen: Screen) -> PublicView | ConsoleView:
    """The view of a screen."""
    return console(state) if screen is Screen.CONSOLE else public(state, screen)


def public(state: State, screen: Screen) -> PublicView:
    """What every phone shows, or the projector."""
    is_projector = screen is Screen.PROJECTOR
    ended = state.phase is Phase.ENDED
    return PublicView(
        phase=state.phase,
        title=state.title,
        total=len(state.deck),
        index=place_of(state, state.current),
        activity=None if ended else _asked(state, screen),
        ends_at=state.ended_at,
        forth=forth(state) if is_projector else None,
        back=back(state) if is_projector else None,
    )


def place_of(state: State, activity: str | None) -> int:
    """The activity's place in the deck, from 1; 0 for none."""
    return next((n for n, a in enumerate(state.deck, 1) if a.id == activity), 0)


def _asked(state: State, screen: Screen) -> Asked | None:
    activity = state.activity(state.current) if state.current else None
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None:
        return None
    is_shown = round_.shown.__contains__
    has_tally = screen is Screen.CONSOLE or is_shown(Shown.DISTRIBUTION)
    return Asked(
        id=activity.id,
        kind=activity.kind,
        round=round_.number,
        is_open=round_.is_open,
        html=activity.phone if screen is Screen.PHONE else activity.screen,
        opened_at=round_.opened_at,
        closes_at=round_.closes_at if round_.is_open else None,
        shown=round_.shown,
        tally=tally(state, activity, round_) if has_tally and not round_.is_open else None,
        answered=len(given(state, activity, round_)) if not round_.is_open else None,
        key=key_of(activity) if is_shown(Shown.KEY) else None,
        explanation=activity.explanation if is_shown(Shown.EXPLANATION) else "",
    )


def given(state: State, activity: Activity, round_: Round) -> Mapping[str, Response]:
    """The answers of one round that came in time, by participant."""
    return state.responses.get((activity.id, round_.number), NOTHING)


def tally(state: State, activity: Activity, round_: Round) -> tuple[Bar, ...]:
    """The distribution of one round."""
    values = [r.value for r in given(state, activity, round_).values()]
    return activities.type_of(activity.kind).tally(activities.content_of(activity), values)


def key_of(activity: Activity) -> Key | None:
    return activities.type_of(activity.kind).key(activities.content_of(activity))


def console(state: State) -> ConsoleView:
    """What the teacher's console shows. Answer counts of the open round come by gauge, not here: a view that
    changed with every answer would be sent with every answer."""
    activity = state.activity(state.current) if state.current else None
    round_ = state.round(activity.id) if activity else None
    return ConsoleView(
        phase=state.phase,
        title=state.title,
        plan=tuple(_planned(state, a) for a in state.deck),
        planned_end=state.planned_end,
        admitting=state.admitting,
        current=_asked(state, Screen.CONSOLE),
        key=key_of(activity) if activity else None,
        can=tuple(s for s in Shown if can_reveal(activity, round_, s)) if activity and round_ else (),
        can_reopen=bool(round_ and can_reopen(round_)),
        quick=tuple(state.quick),
        seats=tuple(_seats(state)),
        forth=forth(state),
        back=back(state),
    )


def _planned(state: State, activity: Activity) -> Planned:
    round_ = state.round(activity.id)
    return Planned(
        id=activity.id,
        kind=activity.kind,
        title=activity.title,
        points=activity.points,
        seconds=activity.seconds,
        round=round_.number if round_ else 0,
        is_open=bool(round_ and round_.is_open),
        answered=len(given(state, activity, round_)) if round_ and not round_.is_open else 0,
        is_quick=activity.item is None,
    )


def _seats(state: State) -> Iterator[Seat]:
    for participant in state.participants.values():
        if claim := participant.active:
            yield Seat(participant.id, claim.mode, claim.standing, claim.proof)


# --- the next and the previous press --------------------------------------------------------------------------------


def forth(state: State) -> Step | None:
    """The one next press: lock, distribution, key, explanation, next question, end."""
    if state.phase is Phase.ENDED:
        return None
    activity = state.activity(state.current) if state.current else None
    round_ = state.round(activity.id) if activity else None
    if activity and round_:
        if round_.is_open:
            return Step("close", activity.id)
        for what in Shown:
            if can_reveal(activity, round_, what):
                return Step("reveal", activity.id, what)
    if next_unopened(state):
        return Step("next", after=state.current)
    return Step("end") if state.current else None


def back(state: State) -> Step | None:
    """One press back: hide what was shown last, else open the question again. Never past the key: then it is asked
    again, as a new round."""
    round_ = state.round(state.current) if state.current else None
    if state.phase is Phase.ENDED or round_ is None or round_.is_open:
        return None
    if round_.shown:
        return Step("conceal", state.current, round_.shown[-1])
    return Step("reopen", state.current) if can_reopen(round_) else None


# --- one pupil ------------------------------------------------------------------------------------------------------


def own(state: State, participant: str, claim: str) -> Own | None:
    """The pupil's own part for this browser; None when it holds no seat. Work done under the same name by a browser
    that nobody vouched for is not shown: it may be another child's."""
    sitting = state.participants.get(participant)
    held = sitting.claims.get(claim) if sitting else None
    if sitting is None or held is None or held.released:
        return None
    response = own_response(state, sitting, claim)
    return Own(
        mode=held.mode,
        standing=held.standing,
        proof=held.proof,
        response=response,
        share=_own_share(state, response),
        from_index=_came_in_at(state, sitting),
    )


def own_response(state: State, sitting: Participant, claim: str) -> OwnResponse | None:
    """The pupil's answer to the current round: the one in time, else the late one."""
    round_ = state.round(state.current) if state.current else None
    if round_ is None or state.current is None or state.phase is Phase.ENDED:
        return None
    key = (state.current, round_.number)
    for table, is_late in ((state.responses, False), (state.late, True)):
        response = table.get(key, {}).get(sitting.id)
        if response and sitting.is_same_hand(response.claim, claim):
            return OwnResponse(key[0], key[1], response.value, response.at, is_late)
    return None


def _own_share(state: State, response: OwnResponse | None) -> float | None:
    """How much was right, once the key is shown; a late answer has none."""
    activity = state.activity(response.activity) if response else None
    round_ = state.round(activity.id) if activity else None
    if response is None or activity is None or round_ is None or response.late or Shown.KEY not in round_.shown:
        return None
    share = activities.type_of(activity.kind).share(activities.content_of(activity), response.value)
    return None if share is None else float(share)


def _came_in_at(state: State, sitting: Participant) -> int:
    """The question that was current when the pupil came in; 0 when it was the first or none."""
    opened = [(rs[0].opened_at, a) for a, rs in state.rounds.items() if rs[0].opened_at <= sitting.joined_at]
    place = place_of(state, max(opened)[1]) if opened else 0
    return place if place > 1 else 0


def acked(state: State, participant: str) -> tuple[str, ...]:
    """The ids of the pupil's own commands that are in the log."""
    return tuple(state.done.get(participant, ()))


def outcome_of(state: State, who: str, command_id: str) -> tuple[int, Outcome] | None:
    """What a command that is already in the log came to; None when it is not there."""
    done = state.done.get(who, {}).get(command_id)
    return (done.seq, done.outcome) if done else None


# --- counts ---------------------------------------------------------------------------------------------------------


def gauge(state: State, screen: Screen, here: Collection[str]) -> Gauge:
    """Counts of the moment. `here` are the participants who are present now."""
    activity = state.activity(state.current) if state.current else None
    round_ = state.round(activity.id) if activity else None
    who = given(state, activity, round_) if activity and round_ else NOTHING
    is_console = screen is Screen.CONSOLE
    return Gauge(
        present=_by_mode(state, here),
        answered=_by_mode(state, who),
        tally=tally(state, activity, round_) if is_console and activity and round_ else None,
        who=tuple(sorted(who)) if is_console else None,
        here=tuple(sorted(here)) if is_console else None,
        late=len(state.late.get((activity.id, round_.number), ())) if is_console and activity and round_ else 0,
    )


def _by_mode(state: State, ids: Collection[str]) -> Mapping[Mode, int]:
    modes = [state.participants[who].mode for who in ids if who in state.participants]
    return {mode: modes.count(mode) for mode in Mode}
