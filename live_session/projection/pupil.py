"""What one pupil's phone shows of their own, beside what everybody sees."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from live_session import activities, groups, naming, peers, points, posts, practice, teams, wall
from live_session.clocks import own_clock
from live_session.goal import of_pupil
from live_session.hands import has_word
from live_session.model import (
    NOTHING,
    Activity,
    Confidence,
    Json,
    Millis,
    Mode,
    Naming,
    Outcome,
    Participant,
    Phase,
    Proof,
    Response,
    Round,
    Shown,
    Sign,
    Standing,
    State,
    Wall,
)
from live_session.points import Earned
from live_session.practice import Result
from live_session.projection.question import place_of
from live_session.talk import partners
from live_session.wall import OwnPost


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
    team that answers by this page; `is_guest`: it does so by another page of this phone. `pen`: the own pen name, where
    the question is answered under it. `points` so far, once a key is shown or the lesson is over."""

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
    is_guest: bool = False
    pen: str = ""
    points: Earned | None = None


class Stage(msgspec.Struct, frozen=True):
    """What stands on screen for all pupils alike, so that it is looked up once for a class: the current round, unless
    the lesson is over, with the answers and posts in it, and when each question was first opened (the newest first)
    with its place. `told` are the questions of which points are told now. `is_plain`: no pupil has anything of their
    own but a seat and an answer."""

    activity: Activity | None = None
    round: Round | None = None
    given: Mapping[str, Response] = NOTHING
    late: Mapping[str, Response] = NOTHING
    wall: Wall = posts.BLANK
    openings: tuple[tuple[Millis, int], ...] = ()
    told: Sequence[tuple[Activity, Round]] = ()
    is_plain: bool = False


def stage_of(state: State) -> Stage:
    """The stage of this state, and of no other."""
    opened = [] if state.is_self_paced else [(r[0].opened_at, place_of(state, id_)) for id_, r in state.rounds.items()]
    openings = tuple(reversed(opened))
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None or state.phase is Phase.ENDED:
        return Stage(openings=openings, told=points.told(state) if state.phase is Phase.ENDED else ())
    key = (activity.id, round_.number)
    given, late = state.responses.get(key, NOTHING), state.late.get(key, NOTHING)
    wall_ = posts.wall_of(state, *key)
    told = points.told(state) if Shown.KEY in round_.shown else ()
    more = (
        told,
        state.hands,
        state.called,
        state.pace,
        state.talk,
        state.extra,
        state.groups,
        state.peers,
        state.teams,
        state.is_self_paced,
        activity.terms.naming is Naming.PEN,
    )
    is_plain = wall_ is posts.BLANK and state.goal is None and not any(more)
    return Stage(activity, round_, given, late, wall_, openings, told, is_plain)


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
        progress=of_pupil(state, sitting, claim),
        results=practice.results(state, sitting, claim),
        group=own_group(state, stage.wall, participant) if state.groups else None,
        peers=_given(state, stage, participant) if state.peers else 0,
        team=_own_team(state, participant, claim) if state.teams else None,
        is_guest=teams.is_guest(state, participant, claim) if state.teams else False,
        pen=_pen(state, stage, participant),
        points=points.of_pupil(state, stage.told, sitting, claim) if stage.told else None,
    )


def _pen(state: State, stage: Stage, who: str) -> str:
    return naming.pen_of(state, stage.activity, who) if stage.activity else ""


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
