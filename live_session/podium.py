"""Which groups are ahead: a board of groups for the class to see, where the teacher wishes one. Pure.

Groups, never pupils; those ahead, never those behind: of each two groups one at most is named, three in all, and none
where they are equal. No figure is told to the class: of a group of two it would be one pupil's to the other. What
counts is the average over members who are here, of the questions they were asked, so that neither size nor coming late
decides; speed does not. No phone has it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TypeAlias

import msgspec

from live_session import activities, points
from live_session.commands import ShowPodium
from live_session.errors import NOT_OPEN, Refusal
from live_session.events import Event, PodiumShown
from live_session.groups import groups_of
from live_session.model import NOTHING, Activity, Audience, Millis, Participant, Round, State

MOST_NAMED = 3
LEAST_HERE, LEAST_GROUPS, LEAST_QUESTIONS = 2, 4, 3
"""Members here without whom a group is left out; groups, and questions whose key was shown, without which nothing is
told."""

Places: TypeAlias = tuple[tuple[int, ...], ...]


class Row(msgspec.Struct, frozen=True):
    """A group for the teacher's eyes: how much it has, of 1, and how many of it are here."""

    group: int
    share: float
    here: int


class Podium(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who may see it, and the groups of each place, the first first; none while there is too little to tell. `rows` are
    the console's."""

    audience: Audience
    places: Places = ()
    rows: tuple[Row, ...] = ()


def show(state: State, command: ShowPodium, actor: object, at: Millis) -> Event | Refusal:
    """For the room, for the meeting too, or for nobody."""
    return NOT_OPEN if command.audience == state.podium else PodiumShown(command.audience)


def shown(state: State, event: PodiumShown, at: Millis) -> State:
    return msgspec.structs.replace(state, podium=event.audience)


def of_class(state: State, *, has_rows: bool = False) -> Podium | None:
    """The board as it stands; None where the teacher shows none."""
    if state.podium is None:
        return None
    shares = shares_of(state)
    rows = tuple(Row(group, float(share), here) for group, (share, here) in shares.items()) if has_rows else ()
    return Podium(state.podium, _ahead({group: share for group, (share, _) in shares.items()}), rows)


def shares_of(state: State) -> Mapping[int, tuple[Fraction, int]]:
    """(what the members here earned of what they were asked, how many they are), by group; without small groups, and
    without any while too little was asked."""
    told = points.told(state)
    if len(told) < LEAST_QUESTIONS:
        return {}
    asked = [(activity, round_, Fraction(str(activity.points))) for activity, round_ in told]
    found = {}
    for number, members in enumerate(_groups(state), 1):
        here = [p for who in members if (p := state.participants.get(who)) and p.active]
        parts = [(worth, _shares(state, activity, round_, here)) for activity, round_, worth in asked]
        of = sum(worth * len(shares) for worth, shares in parts)
        if len(here) >= LEAST_HERE and of:
            found[number] = (sum((worth * sum(shares) for worth, shares in parts), Fraction(0)) / of, len(here))
    return found


def _shares(state: State, activity: Activity, round_: Round, here: Sequence[Participant]) -> Sequence[Fraction | int]:
    """How much of a question each of them has who was there to be asked. Whole numbers where they are, as most are: to
    add fractions costs ten times as much."""
    given = state.responses.get((activity.id, round_.number), NOTHING)
    answers = (given.get(one.id) for one in here if points.was_asked(round_, one, given.get(one.id)))
    shares = ((activities.share_of(activity, one.value) if one else None) or 0 for one in answers)
    return [share.numerator if share.denominator == 1 else share for share in shares]


def _groups(state: State) -> Sequence[Sequence[str]]:
    """Of what the class did last in groups."""
    made = [activity for activity in state.groups if state.rounds.get(activity)]
    newest = max(made, key=lambda activity: state.rounds[activity][0].opened_at, default="")
    return groups_of(state, newest)


def _ahead(shares: Mapping[int, Fraction]) -> Places:
    """Whole places only: of several that are equal either all are named or none."""
    if len(shares) < LEAST_GROUPS:
        return ()
    most, named = min(MOST_NAMED, len(shares) // 2), 0
    places: list[tuple[int, ...]] = []
    for _, equal in groupby(sorted(shares, key=lambda g: (-shares[g], g)), key=lambda g: shares[g]):
        place = tuple(equal)
        named += len(place)
        if named > most:
            break
        places.append(place)
    return tuple(places)
