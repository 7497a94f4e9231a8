"""What each role may see of a run. Whatever is not built here never leaves the server.

A view is the whole small state of a role, the same for all its bearers, so that it is encoded once. What differs from
pupil to pupil (`own`) is a small part beside it. No view of a phone or projector holds a name, another pupil's answer,
or the key before it is shown.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from typing import Literal

import msgspec
from msgspec.structs import replace

from live_session import activities, groups, peers, posts, practice, teams, undo, wall
from live_session.activities.base import Bar, Key
from live_session.clocks import own_clock
from live_session.confidence import Cells, cells
from live_session.goal import Progress, of_class, of_pupil
from live_session.hands import has_word
from live_session.model import (
    NOTHING,
    OWN,
    Activity,
    Break,
    Confidence,
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
    Sign,
    Standing,
    State,
    Wall,
)
from live_session.movement import Movement, movement
from live_session.practice import Result
from live_session.rules import can_reopen, can_reveal, next_unopened
from live_session.talk import can_discuss, is_worth_it, partners
from live_session.wall import OwnPost, Page, Waiting


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


class Talking(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pupils talk the question over; who with whom stands in no view but the teacher's."""

    number: int
    ends_at: Millis | None = None
    left: Millis | None = None
    groups: tuple[tuple[str, ...], ...] = ()


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One press: the `steer` frame that a screen's next or previous key sends."""

    action: Literal["next", "close", "reopen", "reveal", "conceal", "reask", "end_talk", "present", "end"]
    activity: str | None = None
    what: Shown | None = None
    after: str | None = None
    round: int | None = None
    group: int | None = None


class PublicView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Phone and projector. `index` counts from 1 in the order of opening; `total` is the whole deck. `called` is the
    number of the call of a pupil whose hand was up, for the projector; the name is fetched by it."""

    phase: Phase
    title: str
    total: int
    index: int = 0
    activity: Asked | None = None
    ends_at: Millis | None = None
    forth: Step | None = None
    back: Step | None = None
    called: int | None = None
    paused: Break | None = None
    talk: Talking | None = None
    goal: Progress | None = None
    counts_leaving: bool = False


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
    """Who sits in the lesson, for the teacher: by opaque id; the page holds the names. `team`: the number of the team
    with which they answer at a group phone, 0 for none; `hosts`: its phone shows their page."""

    id: str
    mode: Mode
    standing: Standing
    proof: Proof
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
    grouping: Grouping | None = None


class OwnResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    activity: str
    round: int
    value: Json
    at: Millis
    late: bool = False
    confidence: Confidence | None = None
    took: Millis | None = None
    tries: int = 1


class OwnGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """The group that a pupil works in, its product, and how many versions there are. `n` is the version that stands;
    `overlooked`: whoever wrote it had not seen the one before, which is kept. Names are fetched."""

    number: int
    size: int
    n: int = 0
    value: Json = None
    at: Millis = 0
    is_own: bool = False
    versions: int = 0
    overlooked: bool = False


class Own(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pupil's own part. `from_index` is the question at which they came in; `share` the part right once the key
    is shown; `hand` since when one's hand is up; `talk` the number of the talk in which one has a partner.
    `ends_at`, or `left` in a pause, is one's own clock where one has more time than the class. `results` are those of
    self-paced work. `peers`: how many classmates' works one was given to assess. `team`: the number and size of the
    team that answers by this phone."""

    mode: Mode
    standing: Standing
    proof: Proof
    response: OwnResponse | None = None
    share: float | None = None
    from_index: int = 0
    hand: Millis | None = None
    is_called: bool = False
    pace: Sign | None = None
    posts: tuple[OwnPost, ...] = ()
    reactions: Mapping[int, str] = NOTHING
    talk: int | None = None
    ends_at: Millis | None = None
    left: Millis | None = None
    progress: tuple[int, int] | None = None
    group: OwnGroup | None = None
    peers: int = 0
    results: tuple[Result, ...] = ()
    team: tuple[int, int] | None = None


class Gauge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts for the teacher's and projector's screens; may be lost. `who`, `here` and `cells` go to the console
    only."""

    present: Mapping[Mode, int]
    answered: Mapping[Mode, int]
    tally: tuple[Bar, ...] | None = None
    who: tuple[str, ...] | None = None
    here: tuple[str, ...] | None = None
    late: int = 0
    cells: Cells | None = None


# --- views ----------------------------------------------------------------------------------------------------------


def view(state: State, screen: Screen, locale: str = OWN) -> PublicView | ConsoleView:
    """The view of a screen, its question in one of `tongues`."""
    return console(state, locale) if screen is Screen.CONSOLE else public(state, screen, locale)


def tongues(state: State) -> Set[str]:
    """The languages in which some question of the run reads differently: as many views, and no more, has a screen."""
    return {face.locale for deck in (state.deck, state.quick.values()) for activity in deck for face in activity.faces}


def public(state: State, screen: Screen, locale: str = OWN) -> PublicView:
    """What every phone shows, or the projector."""
    is_projector = screen is Screen.PROJECTOR
    ended = state.phase is Phase.ENDED
    return PublicView(
        phase=state.phase,
        title=state.title,
        total=len(state.deck),
        index=place_of(state, state.current),
        activity=None if ended else _asked(state, screen, locale),
        ends_at=state.ended_at,
        forth=forth(state) if is_projector else None,
        back=back(state) if is_projector else None,
        called=state.called.number if is_projector and state.called and state.called.had_hand else None,
        paused=state.paused,
        talk=_talking(state),
        goal=of_class(state),
        counts_leaving=state.counts_leaving,
    )


def _talking(state: State, groups: tuple[tuple[str, ...], ...] = ()) -> Talking | None:
    talk = state.talk
    return Talking(talk.number, talk.ends_at, talk.left, groups) if talk else None


def place_of(state: State, activity: str | None) -> int:
    """The activity's place in the deck, from 1; 0 for none."""
    return next((n for n, a in enumerate(state.deck, 1) if a.id == activity), 0)


def _asked(state: State, screen: Screen, locale: str) -> Asked | None:
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None:
        return None
    is_shown = round_.shown.__contains__
    face = activity.face(locale)
    said = None if round_.is_open else given(state, activity, round_)
    has_tally = screen is Screen.CONSOLE or is_shown(Shown.DISTRIBUTION)
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
        answered=None if said is None else len(_spoken_for(state, activity, round_, said)),
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


def _spoken_for(state: State, activity: Activity, round_: Round, said: Mapping[str, Response]) -> Collection[str]:
    """Whom these answers speak for: where groups post, all members of theirs."""
    if not groups.is_of_groups(activity):
        return said
    known = state.participants.keys()
    return groups.spoken_for(state, activity.id, posts.wall_of(state, activity.id, round_.number)) & known


def tally(activity: Activity, said: Mapping[str, Response]) -> tuple[Bar, ...]:
    """The distribution of these answers."""
    values = [r.value for r in said.values()]
    return activities.type_of(activity.kind).tally(activities.content_of(activity), values)


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
        current=_asked(state, Screen.CONSOLE, locale),
        key=activities.key_of(activity) if activity else None,
        can=tuple(s for s in Shown if can_reveal(activity, round_, s)) if activity and round_ else (),
        can_reopen=bool(round_ and can_reopen(round_)),
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
        talk=_talking(state, state.talk.groups if state.talk else ()),
        can_discuss=bool(activity and round_ and can_discuss(state, activity, round_)),
        should_discuss=bool(activity and round_ and is_worth_it(state, activity, round_)),
        taken=_undoable(state),
        goal=of_class(state),
        counts_leaving=state.counts_leaving,
        grouping=_grouping(state, activity, round_) if activity and round_ and groups.has_groups(activity) else None,
        waits=_waits(state, activity, round_) if activity and round_ else None,
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
    answered = _spoken_for(state, activity, round_, given(state, activity, round_))
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
        is_quick=activity.item is None,
    )


def _count(state: State, activity: Activity, round_: Round) -> int:
    return len(_spoken_for(state, activity, round_, given(state, activity, round_)))


def _seats(state: State) -> Iterator[Seat]:
    for participant in state.participants.values():
        if claim := participant.active:
            heard = state.heard.get(participant.id, 0)
            extra = state.extra.get(participant.id, 0)
            team = teams.team_of(state, participant.id) if state.teams else None
            place = (claim.mode, claim.standing, claim.proof)
            is_host = team is not None and team.host == participant.id
            yield Seat(participant.id, *place, heard, extra, team.number if team else 0, is_host)


# --- the next and the previous press --------------------------------------------------------------------------------


def forth(state: State) -> Step | None:
    """The one next press: lock, distribution, key, explanation, next question, end; after a talk, asking again."""
    if state.phase is Phase.ENDED:
        return None
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity and round_:
        if state.talk:
            return Step("reask", activity.id, round=round_.number)
        if round_.is_open:
            return Step("close", activity.id)
        if shown := _next_shown(state, activity, round_):
            return shown
    if next_unopened(state):
        return Step("next", after=state.current)
    return Step("end") if state.current else None


def _next_shown(state: State, activity: Activity, round_: Round) -> Step | None:
    """What a locked question can still show the class; then one group after the other."""
    if what := next((what for what in Shown if can_reveal(activity, round_, what)), None):
        return Step("reveal", activity.id, what)
    following = groups.next_to_present(state, activity)
    return Step("present", activity.id, group=following) if following else None


def back(state: State) -> Step | None:
    """One press back: hide what was shown last, else open the question again. Never past the key: then it is asked
    again, as a new round."""
    round_ = state.round(state.current)
    if state.phase is Phase.ENDED or round_ is None or round_.is_open:
        return None
    if state.talk:
        return Step("end_talk", state.current)
    if state.current and groups.standing(state, state.current):
        return Step("present", state.current, group=groups.before_presented(state, state.current))
    if round_.shown:
        return Step("conceal", state.current, round_.shown[-1])
    return Step("reopen", state.current) if can_reopen(round_) else None


# --- one pupil ------------------------------------------------------------------------------------------------------


class Stage(msgspec.Struct, frozen=True):
    """What stands on screen for all pupils alike, so that it is looked up once for a class: the current round, unless
    the lesson is over, with the answers and posts in it, and when each question was first opened (the newest first)
    with its place. `is_plain`: no pupil has anything of their own but a seat and an answer."""

    activity: Activity | None = None
    round: Round | None = None
    given: Mapping[str, Response] = NOTHING
    late: Mapping[str, Response] = NOTHING
    wall: Wall = posts.BLANK
    openings: tuple[tuple[Millis, int], ...] = ()
    is_plain: bool = False


def stage_of(state: State) -> Stage:
    """The stage of this state, and of no other."""
    opened = [] if state.is_self_paced else [(r[0].opened_at, place_of(state, id_)) for id_, r in state.rounds.items()]
    openings = tuple(reversed(opened))
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None or state.phase is Phase.ENDED:
        return Stage(openings=openings)
    key = (activity.id, round_.number)
    given, late = state.responses.get(key, NOTHING), state.late.get(key, NOTHING)
    wall_ = posts.wall_of(state, *key)
    more = (
        state.hands,
        state.called,
        state.pace,
        state.talk,
        state.extra,
        state.groups,
        state.peers,
        state.teams,
        state.is_self_paced,
    )
    is_plain = wall_ is posts.BLANK and state.goal is None and not any(more)
    return Stage(activity, round_, given, late, wall_, openings, is_plain)


def own(state: State, participant: str, claim: str, stage: Stage | None = None) -> Own | None:
    """The pupil's own part for this browser; None when it holds no seat. Work done under the same name by a browser
    that nobody vouched for is not shown: it may be another child's. `stage` is `stage_of(state)`."""
    sitting, held = state.participants.get(participant), state.held(participant, claim)
    if sitting is None or held is None:
        return None
    stage = stage or stage_of(state)
    response = own_response(stage, sitting, claim)
    share, from_index = _own_share(stage, response), _came_in_at(stage, sitting)
    plain = Own(held.mode, held.standing, held.proof, response, share, from_index)
    return plain if stage.is_plain else _with_more(plain, state, sitting, claim, stage)


def _with_more(plain: Own, state: State, sitting: Participant, claim: str, stage: Stage) -> Own:
    """What a pupil may have besides a seat and an answer."""
    participant = sitting.id
    ends_at, left = _own_clock(state, stage, participant)
    has_wall = stage.wall is not posts.BLANK
    return replace(
        plain,
        hand=state.hands.get(participant),
        is_called=has_word(state, participant),
        pace=state.pace.get(participant),
        posts=wall.own_posts(stage.wall, sitting, claim, _author(state, stage, participant)) if has_wall else (),
        reactions=wall.own_reactions(stage.wall, participant) if has_wall else NOTHING,
        talk=state.talk.number if state.talk and partners(state, participant) else None,
        ends_at=ends_at,
        left=left,
        progress=of_pupil(state, participant),
        results=practice.results(state, sitting, claim),
        group=own_group(state, stage.wall, participant) if state.groups else None,
        peers=_given(state, stage, participant) if state.peers else 0,
        team=_own_team(state, participant, claim) if state.teams else None,
    )


def _given(state: State, stage: Stage, who: str) -> int:
    if stage.activity is None or stage.round is None:
        return 0
    return len(peers.given_to(state, stage.activity.id, stage.round.number, who))


def _author(state: State, stage: Stage, who: str) -> int:
    return groups.author_of(state, stage.activity, who) if stage.activity else 0


def _own_team(state: State, who: str, claim: str) -> tuple[int, int] | None:
    """Only where this very phone is the group's."""
    team = teams.hosted_by(state, who)
    return (team.number, len(team.members)) if team and team.members[who] == claim else None


def own_group(state: State, wall_: Wall, who: str) -> OwnGroup | None:
    """The group that a pupil works in now; its product stands on the wall on screen."""
    number = groups.group_of(state, state.current or "", who)
    if not number or state.current is None or state.phase is Phase.ENDED:
        return None
    size = len(groups.groups_of(state, state.current)[number - 1])
    activity = state.activity(state.current)
    composed = groups.versions(wall_, number) if activity and groups.is_by_group(activity) else ()
    stands = groups.last_shown(composed)
    if stands is None:
        return OwnGroup(number, size, versions=len(composed))
    before = composed[: composed.index(stands)]
    return OwnGroup(
        number=number,
        size=size,
        n=stands.number,
        value=stands.value,
        at=stands.said_at,
        is_own=stands.participant == who,
        versions=len(composed),
        overlooked=bool(before) and before[-1].number != stands.on,
    )


def _own_clock(state: State, stage: Stage, participant: str) -> tuple[Millis | None, Millis | None]:
    if stage.activity is None or stage.round is None or participant not in state.extra:
        return None, None
    return own_clock(state, stage.activity, stage.round, participant)


def own_response(stage: Stage, sitting: Participant, claim: str) -> OwnResponse | None:
    """The pupil's answer to the current round: the one in time, else the late one."""
    if stage.activity is None or stage.round is None:
        return None
    for table, is_late in ((stage.given, False), (stage.late, True)):
        said = table.get(sitting.id)
        if said and sitting.is_same_hand(said.claim, claim):
            id_, number = stage.activity.id, stage.round.number
            return OwnResponse(id_, number, said.value, said.at, is_late, said.confidence, said.took, said.tries)
    return None


def _own_share(stage: Stage, response: OwnResponse | None) -> float | None:
    """How much was right, once the key is shown; a late answer has none."""
    if response is None or stage.activity is None or stage.round is None:
        return None
    if response.late or Shown.KEY not in stage.round.shown:
        return None
    share = activities.share_of(stage.activity, response.value)
    return None if share is None else float(share)


def _came_in_at(stage: Stage, sitting: Participant) -> int:
    """The question that was current when the pupil came in; 0 when it was the first or none."""
    for opened_at, place in stage.openings:
        if opened_at <= sitting.joined_at:
            return place if place > 1 else 0
    return 0


def acked(state: State, participant: str) -> tuple[str, ...]:
    """The ids of the pupil's own commands that are in the log."""
    return tuple(state.done.get(participant, ()))


def outcome_of(state: State, who: str, command_id: str) -> tuple[int, Outcome] | None:
    """What a command that is already in the log came to; None when it is not there."""
    done = state.done.get(who, {}).get(command_id)
    return (done.seq, done.outcome) if done else None


# --- counts ---------------------------------------------------------------------------------------------------------


class Here(msgspec.Struct, frozen=True):
    """Who is present now, in the order of their ids, and how many there are of each mode; `home` are all who learn at
    home. Counts are wanted several times a second, and this is another one far less often."""

    ids: tuple[str, ...]
    modes: Mapping[Mode, int]
    home: Set[str]


def here_of(state: State, ids: Collection[str]) -> Here:
    """Those present who sit in the lesson, with whoever is at a group phone, counted. Another one when they are others,
    or `state.participants` is."""
    ids = teams.with_mates(state, ids) if state.teams else ids
    home = frozenset(who for who, sitting in state.participants.items() if sitting.mode is Mode.HOME)
    return Here(tuple(sorted(ids)), _by_mode(state, home, ids), home)


def gauge(state: State, screen: Screen, present: Collection[str] | Here) -> Gauge:
    """Counts of the moment. `present` are the participants who are here now."""
    here = present if isinstance(present, Here) else here_of(state, present)
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    said = given(state, activity, round_) if activity and round_ else NOTHING
    who = _spoken_for(state, activity, round_, said) if activity and round_ else said
    is_console = screen is Screen.CONSOLE
    return Gauge(
        present=here.modes,
        answered=_by_mode(state, here.home, who),
        tally=tally(activity, said) if activity and round_ and (is_console or _is_live(activity)) else None,
        who=tuple(sorted(who)) if is_console else None,
        here=here.ids if is_console else None,
        late=len(given(state, activity, round_, late=True)) if is_console and activity and round_ else 0,
        cells=_cells(activity, said) if is_console and activity and activity.terms.asks_confidence else None,
    )


def _cells(activity: Activity, given: Mapping[str, Response]) -> Cells:
    return cells((activities.share_of(activity, r.value), r.confidence) for r in given.values())


def _is_live(activity: Activity) -> bool:
    return activities.type_of(activity.kind).is_live


def _by_mode(state: State, home: Set[str], ids: Collection[str]) -> Mapping[Mode, int]:
    known = state.participants.keys() & ids
    away = len(known & home)
    return {Mode.ROOM: len(known) - away, Mode.HOME: away}
