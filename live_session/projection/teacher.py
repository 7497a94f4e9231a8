"""What the teacher's console shows: the plan, the current question with its key, the seats."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from live_session import activities, groups, naming, podium, points, posts, teams, undo
from live_session.activities.base import Key
from live_session.clocks import own_clock
from live_session.goal import Progress, of_class
from live_session.model import (
    OWN,
    Activity,
    Break,
    Millis,
    Mode,
    Phase,
    Proof,
    Round,
    Screen,
    Shown,
    Sign,
    Standing,
    State,
)
from live_session.podium import Podium
from live_session.projection.question import Asked, Talking, asked, given, place_of, spoken_for, talking
from live_session.projection.steps import Step, back, forth
from live_session.rules import can_reopen, can_reveal
from live_session.talk import can_discuss, is_worth_it


class Undoable(msgspec.Struct, frozen=True):
    """The last step, which can be taken back `until` then."""

    seq: int
    until: Millis
    what: Literal["close", "next"]


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
    """Who sits in the lesson, for the teacher: by opaque id; the page holds the names. `placed_at`: when the place was
    last said, or proved anew. `team`: the number of the team with which they answer at a group phone, 0 for none;
    `hosts`: its phone shows their page."""

    id: str
    mode: Mode
    standing: Standing
    proof: Proof
    placed_at: Millis = 0
    heard: int = 0
    extra: int = 0
    team: int = 0
    hosts: bool = False


class Hand(msgspec.Struct, frozen=True):
    """A hand that is up since `at`."""

    id: str
    at: Millis


class Grouping(msgspec.Struct, frozen=True, omit_defaults=True):
    """The groups of the current activity, for the teacher: members by opaque id, by the group's number. `stamp` counts
    whatever was handed in; the products themselves are fetched. `rubric` is the question by which the class can say
    what it thinks of the group that presents. `has_product`: each makes one; else they post, and nothing is presented.
    """

    stamp: int
    size: int
    groups: tuple[tuple[str, ...], ...] = ()
    can_form: bool = True
    presented: int | None = None
    rubric: str | None = None
    has_product: bool = True


class ConsoleView(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's screen: the plan, the current activity with its key, the seats.

    `hands` stand in the order of waiting. `home_heard_at`: since when nobody at home has had the word. `pace` is
    without names: who cannot follow says so more readily.
    `should_discuss`: so many are right that a talk before asking again is proposed. `waits`: how many with more time
    than the class have not answered yet, and until when the last of them may.
    `counts_speed`: where the switch stands; None where no question asks for it.
    """

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
    hands: tuple[Hand, ...] = ()
    called: str | None = None
    picked: str | None = None
    pace: tuple[Sign, ...] = ()
    paused: Break | None = None
    home_heard_at: Millis = 0
    talk: Talking | None = None
    can_discuss: bool = False
    should_discuss: bool = False
    waits: tuple[int, Millis] | None = None
    taken: Undoable | None = None
    goal: Progress | None = None
    counts_leaving: bool = False
    counts_speed: bool | None = None
    podium: Podium | None = None
    grouping: Grouping | None = None


def console(state: State, locale: str = OWN) -> ConsoleView:
    """What the teacher's console shows. Answer counts of the open round come by gauge, not here: a view that
    changed with every answer would be sent with every answer."""
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    return ConsoleView(
        phase=state.phase,
        title=state.title,
        plan=tuple(_planned(state, a) for a in state.deck),
        planned_end=state.planned_end,
        admitting=state.admitting,
        current=asked(state, Screen.CONSOLE, locale),
        key=activities.key_of(activity) if activity else None,
        can=tuple(s for s in Shown if can_reveal(state, activity, round_, s)) if activity and round_ else (),
        can_reopen=bool(activity and round_ and can_reopen(activity, round_)),
        quick=tuple(state.quick),
        seats=tuple(_seats(state)),
        forth=forth(state),
        back=back(state),
        hands=tuple(
            Hand(who, since) for who, since in sorted(state.hands.items(), key=lambda hand: (hand[1], hand[0]))
        ),
        called=state.called.participant if state.called else None,
        picked=state.picked,
        paused=state.paused,
        home_heard_at=max(state.home_heard_at, state.started_at),
        talk=talking(state, state.talk.groups if state.talk else ()),
        can_discuss=bool(activity and round_ and can_discuss(state, activity, round_)),
        should_discuss=bool(activity and round_ and is_worth_it(state, activity, round_)),
        taken=_undoable(state),
        goal=of_class(state),
        counts_leaving=state.counts_leaving,
        counts_speed=points.switch(state),
        podium=podium.of_class(state, has_rows=True),
        grouping=_grouping(state, activity, round_) if activity and round_ and groups.has_groups(activity) else None,
        waits=_waits(state, activity, round_) if activity and round_ and not naming.is_veiled(activity) else None,
        pace=tuple(sorted(state.pace.values(), key=lambda sign: (sign.at, sign.what))),
    )


def _grouping(state: State, activity: Activity, round_: Round) -> Grouping:
    wall_ = posts.wall_of(state, activity.id, round_.number)
    return Grouping(
        stamp=wall_.stamp,
        size=getattr(activities.content_of(activity), "size", groups.SIZES[0]),
        groups=groups.groups_of(state, activity.id),
        can_form=not any(p.group for p in wall_.posts.values()),
        presented=groups.standing(state, activity.id),
        rubric=next((a.id for a in state.deck[place_of(state, activity.id) :] if groups.is_about_group(a)), None),
        has_product=groups.is_by_group(activity),
    )


def _undoable(state: State) -> Undoable | None:
    taken = state.taken
    if taken is None or state.phase is Phase.ENDED:
        return None
    return Undoable(taken.seq, taken.at + undo.SHOWN_MS, "next" if taken.round else "close")


def _waits(state: State, activity: Activity, round_: Round) -> tuple[int, Millis] | None:
    answered = spoken_for(state, activity, round_, given(state, activity, round_))
    slow = [who for who, percent in state.extra.items() if percent and who not in answered]
    ends = [end for who in slow if (end := own_clock(state, activity, round_, who)[0]) is not None]
    return (len(ends), max(ends)) if ends else None


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
        answered=_count(state, activity, round_) if round_ and not round_.is_open else 0,
        is_quick=activity.item is None and not activities.is_check(activity),
    )


def _count(state: State, activity: Activity, round_: Round) -> int:
    return len(spoken_for(state, activity, round_, given(state, activity, round_)))


def _seats(state: State) -> Iterator[Seat]:
    for participant in state.participants.values():
        if claim := participant.active:
            heard = state.heard.get(participant.id, 0)
            extra = state.extra.get(participant.id, 0)
            team = teams.team_of(state, participant.id) if state.teams else None
            place = (claim.mode, claim.standing, claim.proof, claim.placed_at)
            is_host = team is not None and team.host == participant.id
            yield Seat(participant.id, *place, heard, extra, team.number if team else 0, is_host)
