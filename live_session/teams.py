"""Group phones: several pupils at one phone, one answer that counts for each of them. Pure.

Every member has a seat of their own at that phone; the answer is sent by its `host`, and says for which team it was
composed. It counts for whoever was of that team then, and never over an answer that a member gave alone: nobody has
two. Whoever leaves, or sits down at another phone, answers alone from then on. What anybody has said in a round in
which a team answered with them stays marked as a team's: it was not found alone.

A question that each answers alone takes no team's answer: the phone is passed round, and each answers on the page of
their own seat at it. The team stays as it is.
"""

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from live_session import hands
from live_session.commands import Actor, JoinTeam, LeaveTeam, SplitTeam
from live_session.errors import FORBIDDEN, FULL, NOT_OPEN, Refusal
from live_session.events import Answered, Event, TeamJoined, TeamLeft, TeamSplit
from live_session.model import CARD, NOTHING, Mate, Millis, Response, State, Team

LEAST, MOST = 2, 6
"""Fewest members that make a team, and most that one phone can serve."""


def hosted_by(state: State, who: str) -> Team | None:
    """The team that answers by this pupil's phone now."""
    return next((t for t in state.teams if t.host == who and t.members), None)


def team_of(state: State, who: str) -> Team | None:
    """The team that a pupil is of now."""
    return next((t for t in state.teams if who in t.members), None)


def is_guest(state: State, who: str, claim: str) -> bool:
    """This pupil's page at a group phone is not the one by which its team answers."""
    team = team_of(state, who)
    return team is not None and team.host != who and team.members[who] == claim


def with_mates(state: State, ids: Collection[str]) -> Collection[str]:
    """These, and whoever sits at the group phone of one of them, whose page it may be that the phone shows."""
    present = set(ids)
    more = {who for team in state.teams for who in team.members if not present.isdisjoint(team.members)}
    return ids if more <= present else present | more


# --- who with whom --------------------------------------------------------------------------------------------------


def join(state: State, command: JoinTeam, actor: Actor, at: Millis) -> Event | Refusal:
    """Both hold their seats, by this phone, and answer with nobody else."""
    host, who = command.host, command.participant
    if host == who or state.held(host, command.host_claim) is None or state.held(who, command.claim) is None:
        return FORBIDDEN
    team = hosted_by(state, host)
    if team_of(state, who) or (team is None and team_of(state, host)):
        return NOT_OPEN
    if team is not None and len(team.members) >= MOST:
        return FULL
    return TeamJoined(host, command.host_claim, who, command.claim)


def leave(state: State, command: LeaveTeam, actor: Actor, at: Millis) -> Event | Refusal:
    """The host cannot: then the team is split."""
    team = team_of(state, command.participant)
    return TeamLeft(command.participant) if team and team.host != command.participant else NOT_OPEN


def split(state: State, command: SplitTeam, actor: Actor, at: Millis) -> Event | Refusal:
    team = next((t for t in state.teams if t.number == command.number), None)
    return TeamSplit(team.number) if team and team.members else NOT_OPEN


def joined(state: State, event: TeamJoined, at: Millis) -> State:
    team = hosted_by(state, event.host)
    if team is None:
        team = Team(len(state.teams) + 1, event.host, (Mate(event.host, event.host_claim, at),))
    return _with(state, replace(team, mates=(*team.mates, Mate(event.participant, event.claim, at))))


def left(state: State, event: TeamLeft, at: Millis) -> State:
    """The seat at the group phone is free, so that its pupil can take it with another one."""
    team = team_of(state, event.participant)
    if team is None:
        return state
    claim = team.members[event.participant]
    sitting = state.participants[event.participant]
    claims = {c.id: replace(c, released=c.released or c.id == claim) for c in sitting.claims.values()}
    sitting = replace(sitting, claims=claims)
    freed = replace(state, participants={**state.participants, sitting.id: sitting})
    return without(freed if sitting.active else hands.without(freed, sitting.id), sitting.id, at)


def parted(state: State, event: TeamSplit, at: Millis) -> State:
    """Everybody keeps the seat, and answers alone: at this phone in turns, or at another one."""
    return _with(state, _ended(state.teams[event.number - 1], at))


def without(state: State, who: str, at: Millis) -> State:
    """The pupil answers with nobody; a team whose host it was, or of which one is left, is none any more."""
    team = team_of(state, who)
    if team is None:
        return state
    if who == team.host or len(team.members) <= LEAST:
        return _with(state, _ended(team, at))
    mates = tuple(replace(m, until=at) if m.who == who and m.until is None else m for m in team.mates)
    return _with(state, replace(team, mates=mates))


def seated(state: State, who: str, claim: str, at: Millis) -> State:
    """Whoever sits down at another phone answers alone; a card is no phone."""
    team = team_of(state, who)
    return state if team is None or claim in (team.members[who], CARD) else without(state, who, at)


def _ended(team: Team, at: Millis) -> Team:
    return replace(team, mates=tuple(replace(m, until=at if m.until is None else m.until) for m in team.mates))


def _with(state: State, team: Team) -> State:
    rest = state.teams[: team.number - 1], state.teams[team.number :]
    return replace(state, teams=(*rest[0], team, *rest[1]))


# --- its answers ----------------------------------------------------------------------------------------------------


def answering(state: State, host: str, claim: str, number: int, composed_at: Millis) -> Mapping[str, str]:
    """For whom an answer counts that was composed for this team: the claim of each member by the pupil; of nobody but
    the sender where the team is not known (a backup may have forgotten it). Nothing for an answer of one's own."""
    if not number:
        return NOTHING
    mates = state.teams[number - 1].mates if 1 <= number <= len(state.teams) else ()
    is_own = bool(mates) and state.teams[number - 1].host == host
    then = {m.who: m.claim for m in mates if is_own and m.was_there(composed_at)}
    return {**then, host: claim}


def members_of(event: Answered) -> Mapping[str, str]:
    """For whom an answer counts, and by which claim each."""
    return event.team or {event.participant: event.claim}


def stands(before: Response | None, event: Answered, who: str) -> bool:
    """A member's answer of their own stands over one that another's phone sent for the team."""
    is_from_another = bool(event.team) and who != event.participant
    return is_from_another and before is not None and not before.sent_by and before.claim != CARD


def is_teams(before: Response | None, event: Answered) -> bool:
    """Whether what stands then is a team's: once in a round, always in it."""
    return bool(event.team) or (before is not None and before.is_team)
