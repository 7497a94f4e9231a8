"""The current question as a screen shows it, and what the class has said to it."""

from collections.abc import Collection, Mapping

import msgspec

from live_session import activities, groups, naming, peers, posts, wall
from live_session.activities.base import Bar, Key
from live_session.model import NOTHING, Activity, Answering, Json, Millis, Naming, Response, Round, Screen, Shown, State
from live_session.movement import Movement, movement
from live_session.wall import Page, Waiting


class Before(msgspec.Struct, frozen=True, omit_defaults=True):
    """The round before this one: its distribution, and how answers moved from it to this one."""

    round: int
    answered: int
    tally: tuple[Bar, ...]
    moved: Movement | None = None


class Presented(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group's product as the class sees it; without a `value` nothing was handed in. `n` calls its photo."""

    group: int
    n: int = 0
    value: Json = None


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The current activity on a phone or projector. `html` is its form (phone) or its picture (projector). In a pause
    its clock has so much `left`; `stopped` is how long it has stood still before. `wall` is what the class has posted,
    where pupils post several times; the console is told that it changed. `groups`: how many make a product together, 0
    before they were made; None where nobody works in groups. `presented` is what the class looks at. `about`: the
    number of the group that the question is about. `peers`: how many classmates' works each assesses; 0 for none.
    `naming`: who is told whose answer it is. `counts_speed`: a right answer gives more, the sooner it comes.
    `clock_at`: when its clock was set, where that was after its opening. `answering`: alone or as a team, where the
    teacher says so.
    """

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
    left: Millis | None = None
    stopped: Millis = 0
    wall: Page | Waiting | None = None
    before: Before | None = None
    has_fair_clock: bool = False
    attempts: int = 0
    groups: int | None = None
    presented: Presented | None = None
    about: int = 0
    peers: int = 0
    naming: Naming = Naming.NAMED
    counts_speed: bool = False
    clock_at: Millis | None = None
    answering: Answering = Answering.SEATED


class Talking(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pupils talk the question over; who with whom stands in no view but the teacher's."""

    number: int
    ends_at: Millis | None = None
    left: Millis | None = None
    groups: tuple[tuple[str, ...], ...] = ()


def asked(state: State, screen: Screen, locale: str) -> Asked | None:
    """The current question for a screen, in one of `tongues`; None before the first."""
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None:
        return None
    is_shown = round_.shown.__contains__
    face = activity.face(locale)
    said = None if round_.is_open else given(state, activity, round_)
    is_told = naming.is_told(activity, round_, len(said or ()))
    has_tally = is_told and (screen is Screen.CONSOLE or is_shown(Shown.DISTRIBUTION))
    return Asked(
        id=activity.id,
        kind=activity.kind,
        round=round_.number,
        is_open=round_.is_open,
        html=face.phone if screen is Screen.PHONE else face.screen,
        opened_at=round_.opened_at,
        closes_at=round_.closes_at if round_.is_open or _may_run_on(activity, round_) else None,
        shown=round_.shown,
        tally=tally(activity, said) if has_tally and said is not None else None,
        answered=None if said is None else len(spoken_for(state, activity, round_, said)),
        key=activities.key_of(activity) if is_shown(Shown.KEY) else None,
        explanation=activity.explanation if is_shown(Shown.EXPLANATION) else "",
        left=round_.left,
        stopped=round_.stopped,
        wall=_wall(state, activity, round_, screen),
        before=_before(state, activity, round_, screen) if has_tally and not round_.is_open else None,
        has_fair_clock=activity.terms.has_fair_clock,
        attempts=activity.terms.attempts,
        groups=len(groups.groups_of(state, activity.id)) if groups.has_groups(activity) else None,
        presented=_presented(state, activity, round_),
        about=round_.about,
        peers=terms.each if (terms := peers.terms_of(activity)) else 0,
        naming=activity.terms.naming,
        counts_speed=round_.counts_speed,
        clock_at=round_.clock_at,
        answering=activity.terms.answering,
    )


def _presented(state: State, activity: Activity, round_: Round) -> Presented | None:
    number = groups.standing(state, activity.id)
    if number is None:
        return None
    stands = groups.product(posts.wall_of(state, activity.id, round_.number), number)
    return Presented(number, stands.number, wall.shown_value(stands)) if stands else Presented(number)


def _wall(state: State, activity: Activity, round_: Round, screen: Screen) -> Page | Waiting | None:
    terms = activities.post_terms_of(activity)
    if terms is None or terms.by_group:
        return None
    posted = posts.wall_of(state, activity.id, round_.number)
    if screen is Screen.CONSOLE:
        return wall.standing(terms, posted)
    return wall.page(terms, posted, wall.PHONE_BYTES if screen is Screen.PHONE else wall.PROJECTOR_BYTES)


def _may_run_on(activity: Activity, round_: Round) -> bool:
    """Closed by its clock, and a phone whose own began later may still have some seconds."""
    is_by_clock = round_.closed_at == round_.closes_at and round_.revealed_at is None
    return activity.terms.has_fair_clock and is_by_clock


def _before(state: State, activity: Activity, round_: Round, screen: Screen) -> Before | None:
    """The round before, once this one's distribution is shown; how answers moved tells the key, and waits for it."""
    rounds = state.rounds[activity.id]
    if round_.number < 2:
        return None
    first = rounds[round_.number - 2]
    one, other = given(state, activity, first), given(state, activity, round_)
    if not all(naming.is_told(activity, r, len(said)) for r, said in ((first, one), (round_, other))):
        return None
    type_, content = activities.type_of(activity.kind), activities.content_of(activity)
    may_tell = screen is Screen.CONSOLE or Shown.KEY in round_.shown
    moved = movement(type_, content, _values(one), _values(other)) if may_tell else None
    return Before(first.number, len(one), tally(activity, one), moved)


def _values(responses: Mapping[str, Response]) -> Mapping[str, Json]:
    return {who: response.value for who, response in responses.items()}


def given(state: State, activity: Activity, round_: Round, *, late: bool = False) -> Mapping[str, Response]:
    """The answers of one round that came in time, by participant."""
    key = (activity.id, round_.number)
    is_wall = key in state.walls and not groups.is_by_group(activity)
    if is_wall:
        return posts.answers(state.walls[key], late=late)
    return (state.late if late else state.responses).get(key, NOTHING)


def spoken_for(state: State, activity: Activity, round_: Round, said: Mapping[str, Response]) -> Collection[str]:
    """Whom these answers speak for: where groups post, all members of theirs."""
    if not groups.is_of_groups(activity):
        return said
    known = state.participants.keys()
    return groups.spoken_for(state, activity.id, posts.wall_of(state, activity.id, round_.number)) & known


def tally(activity: Activity, said: Mapping[str, Response]) -> tuple[Bar, ...]:
    """The distribution of these answers."""
    values = [r.value for r in said.values()]
    return activities.type_of(activity.kind).tally(activities.content_of(activity), values)


def taken_off(activity: Activity, said: Mapping[str, Response]) -> tuple[Bar, ...]:
    """What of these answers a teacher took off every screen."""
    values = [r.value for r in said.values()]
    return activities.type_of(activity.kind).taken_off(activities.content_of(activity), values)


def talking(state: State, groups: tuple[tuple[str, ...], ...] = ()) -> Talking | None:
    """The talk that goes on; `groups` are for the teacher's eyes alone."""
    talk = state.talk
    return Talking(talk.number, talk.ends_at, talk.left, groups) if talk else None


def place_of(state: State, activity: str | None) -> int:
    """The activity's place in the deck, from 1; 0 for none."""
    return next((n for n, a in enumerate(state.deck, 1) if a.id == activity), 0)
