"""Group phones: several named pupils at one phone, one answer that counts for each of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from live_session import teams
from live_session.commands import SERVER, JoinTeam, LeaveTeam, SplitTeam
from live_session.errors import Refusal
from live_session.model import State, Team
from live_session.projection.question import given
from lti_tool import live
from lti_tool.authority import Visit
from lti_tool.lessons import joining, roster
from lti_tool.models import LaunchVisit, LessonRun


@dataclass(frozen=True)
class Member:
    """Who answers by this phone. `uid` is the opaque id; the host's page is the one that it shows."""

    uid: str
    name: str
    is_host: bool


def members(visit: Visit, run: LessonRun, state: State) -> Sequence[Member]:
    """The team that answers by this phone under this pupil's page, the host first; nobody where each answers alone."""
    team = _hosted(visit, state)
    if team is None:
        return ()
    names = {p.uid: p.name for p in roster.everybody(run)}
    return [Member(uid, names.get(uid) or roster.nameless(uid), uid == visit.uid) for uid in team.members]


def is_guest(visit: Visit, state: State) -> bool:
    """This pupil answers by another page of this phone."""
    return teams.is_guest(state, visit.uid, visit.claim)


@dataclass(frozen=True)
class Turn:
    """A member of this phone's team, where each answers alone. `visit_id`: whose page of this phone is theirs, None
    where it has none; `is_done`: they have answered what is asked now."""

    name: str
    visit_id: str | None
    is_own: bool
    is_host: bool
    is_done: bool


def turns(visit: Visit, run: LessonRun, state: State) -> Sequence[Turn]:
    """Whose turn it may be at this phone, whoever's page it shows, the host first; nobody where there is no team."""
    team = teams.team_of(state, visit.uid)
    if team is None or team.members[visit.uid] != visit.claim:
        return ()
    names = {p.uid: p.name for p in roster.everybody(run)}
    pages = {one.person.uid: one.id for one in joining.launches_here(run)}
    done = _answered(state)
    return [
        Turn(names.get(uid) or roster.nameless(uid), pages.get(uid), uid == visit.uid, uid == team.host, uid in done)
        for uid in team.members
    ]


def _answered(state: State) -> Collection[str]:
    """Who has said anything to what is asked now, in time or late."""
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    if activity is None or round_ is None:
        return ()
    return {*given(state, activity, round_), *given(state, activity, round_, late=True)}


def can_grow(run: LessonRun, state: State, visit: Visit) -> bool:
    """One more fits at this phone, and the lesson goes on."""
    team = _hosted(visit, state)
    return run.ended_at is None and (team is None or len(team.members) < teams.MOST)


def gather(visit: Visit, run: LessonRun) -> None:
    """From now on everybody who has a seat at this phone, and answers by no other page of it, answers with this
    pupil."""
    for one in joining.launches_here(run):
        if one.person_id != visit.person_id:
            _join(run, visit.uid, visit.claim, one)


def add(run: LessonRun, host_visit: str, visit_id: str) -> str | None:
    """Whoever has just sat down at this phone joins the team of another of its seats; the host's launch, None where
    it is not of this phone or the team is full."""
    here = {one.id: one for one in joining.launches_here(run)}
    host, new = here.get(host_visit), here.get(visit_id)
    if host is None or new is None or host.person_id == new.person_id:
        return None
    return host.id if _join(run, host.person.uid, host.claim, new) else None


def leave(visit: Visit, run: LessonRun, uid: str) -> None:
    """A member goes to a phone of their own: the name is free for it."""
    team = _hosted(visit, live.state_of(run.run_id))
    if team is not None and uid in team.members:
        _asked(run, LeaveTeam(uid))


def split(visit: Visit, run: LessonRun) -> None:
    """From now on each answers alone, in turns."""
    team = _hosted(visit, live.state_of(run.run_id))
    if team is not None:
        _asked(run, SplitTeam(team.number))


def _hosted(visit: Visit, state: State) -> Team | None:
    team = teams.hosted_by(state, visit.uid)
    return team if team is not None and team.members[visit.uid] == visit.claim else None


def _join(run: LessonRun, host: str, claim: str, one: LaunchVisit) -> bool:
    return _asked(run, JoinTeam(host, claim, one.person.uid, one.claim))


def _asked(run: LessonRun, command: JoinTeam | LeaveTeam | SplitTeam) -> bool:
    return not isinstance(live.ask(run.run_id, command, SERVER), Refusal)
