"""Groups that make one product together, or post on a board: who is in which, what may be asked, what it does. Pure.

Whatever anybody of a group writes is a version of its one product, and all versions are kept. The one that was composed
last stands, whenever it came; who wrote it did or did not see the one before, and a screen says which. Nothing here
compares groups.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

from msgspec.structs import replace

from live_session import activities, posts
from live_session.activities.base import PostTerms
from live_session.commands import FormGroups, MoveMember, Present, Submit
from live_session.errors import FULL, INVALID, NOT_OPEN, Code, Refusal
from live_session.events import Answered, Event, GroupPresented, GroupsFormed, MemberMoved
from live_session.model import (
    Activity,
    Millis,
    Mode,
    Outcome,
    Post,
    Presented,
    Round,
    State,
    Visibility,
    Wall,
)

SIZES = (2, 8)
"""Fewest and most members that lots are drawn for."""
MOST_GROUPS, MOST_MEMBERS, LONGEST_ID = 60, 400, 64

Groups: TypeAlias = tuple[tuple[str, ...], ...]
Versions: TypeAlias = Sequence[Post]


def groups_of(state: State, activity: str) -> Groups:
    """The members of each group of an activity; none before they were made."""
    return state.groups.get(activity, ())


def group_of(state: State, activity: str, who: str) -> int:
    """The number of a pupil's group; 0 for none."""
    return next((n for n, members in enumerate(groups_of(state, activity), 1) if who in members), 0)


# --- the product ----------------------------------------------------------------------------------------------------


def submit(state: State, terms: PostTerms, said: Answered, command: Submit, at: Millis) -> Event | Refusal:
    """A checked product becomes a version of one's group's. Written on a version that is not this group's, it is
    written on none: it is kept all the same."""
    wall = posts.wall_of(state, said.activity, said.round)
    number = group_of(state, said.activity, said.participant)
    if not number:
        return NOT_OPEN
    if not command.post or wall.own(said.participant, command.post):
        return INVALID
    mine = [p for p in wall.posts.values() if p.participant == said.participant]
    if len(wall.posts) >= terms.total or len(mine) >= terms.most:
        return FULL
    if pause := posts.pause_of(terms, wall, mine, at):
        return Refusal(Code.RATE_LIMITED, pause)
    seen = wall.posts.get(command.on)
    is_late = said.outcome is Outcome.LATE
    return replace(
        said,
        post=command.post,
        number=1 + max(wall.posts, default=0),
        on=command.on if seen and seen.group == number else 0,
        group=number,
        waits=is_late,
        outcome=Outcome.LATE if is_late else Outcome.ACCEPTED,
        confidence=None,
        is_same=False,
    )


def post(state: State, terms: PostTerms, said: Answered, command: Submit, at: Millis) -> Event | Refusal:
    """A checked post in the name of one's group: a new one, an edit of any of its posts, or its withdrawal."""
    number = group_of(state, said.activity, said.participant)
    return posts.submit(state, terms, replace(said, group=number), command, at) if number else NOT_OPEN


def author_of(state: State, activity: Activity, who: str) -> int:
    """The group in whose name a pupil posts; 0 where it is their own."""
    return group_of(state, activity.id, who) if is_of_groups(activity) else 0


def spoken_for(state: State, activity: str, wall: Wall) -> frozenset[str]:
    """The members of every group in whose name something stands."""
    made = groups_of(state, activity)
    posted = {p.group for p in wall.posts.values() if p.group and p.visibility is not Visibility.WITHDRAWN}
    return frozenset(who for number in posted for who in made[number - 1])


def versions(wall: Wall, group: int) -> Versions:
    """A group's versions that can be read, in the order in which they were composed; on late and hidden ones nothing is
    built."""
    return sorted((p for p in wall.readable if p.group == group), key=lambda p: (p.composed_at, p.number))


def product(wall: Wall, group: int) -> Post | None:
    """The version that stands: the last one composed of those that are shown."""
    return last_shown(versions(wall, group))


def last_shown(composed: Versions) -> Post | None:
    """The version that stands, of all of a group."""
    return next((p for p in reversed(composed) if p.is_public), None)


def may_see(state: State, activity: str, wall: Wall, post: Post, who: str) -> bool:
    """A version is its group's own; the one that stands is everybody's while the class looks at it."""
    is_presented = standing(state, activity) == post.group and product(wall, post.group) == post
    return is_presented or group_of(state, activity, who) == post.group


def senders_of_photo(wall: Wall, post: Post) -> tuple[str, ...]:
    """Who may have sent the photo of a post, the likeliest first: who named it first, as others of a group keep it in
    what they write; its author; who changed it."""
    photo = (post.value or {}).get("photo")
    named = [p for p in wall.by(post.participant, post.group) if photo and (p.value or {}).get("photo") == photo]
    first = [min(named, key=lambda p: p.number).participant] if named else []
    return tuple(dict.fromkeys((*first, post.participant, *post.editors)))


def overlooked(composed: Versions) -> frozenset[int]:
    """Versions that whoever wrote the next one had not seen."""
    return frozenset(p.number for p, following in itertools.pairwise(composed) if following.on != p.number)


# --- who with whom --------------------------------------------------------------------------------------------------


def form(state: State, command: FormGroups, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """Before anything is handed in: afterwards members move one by one, and a product stays with its group."""
    named = [who for members in command.groups for who in members]
    if not has_groups(activity):
        return NOT_OPEN
    if not 0 <= command.draw < 1 or not SIZES[0] <= command.size <= SIZES[1] or not _are_ids(named):
        return INVALID
    if len(set(named)) < len(named) or len(command.groups) > MOST_GROUPS:
        return INVALID
    if any(p.group for p in posts.wall_of(state, activity.id, round_.number).posts.values()):
        return NOT_OPEN
    made = tuple(m for m in command.groups if m) or drawn(state, command.size, command.draw, mixes=command.mixes)
    made = joined(made, here(state))
    return GroupsFormed(activity.id, made) if made else NOT_OPEN


def is_by_group(activity: Activity) -> bool:
    """Its pupils make one product a group."""
    terms = activities.post_terms_of(activity)
    return terms is not None and terms.by_group


def is_of_groups(activity: Activity) -> bool:
    """Its pupils post in the name of their groups."""
    terms = activities.post_terms_of(activity)
    return terms is not None and terms.as_groups


def has_groups(activity: Activity) -> bool:
    """Its pupils are in groups, for whatever they do together."""
    return is_by_group(activity) or is_of_groups(activity)


def _are_ids(named: Sequence[str]) -> bool:
    return len(named) <= MOST_MEMBERS and all(0 < len(who) <= LONGEST_ID and who.isprintable() for who in named)


def here(state: State) -> Sequence[str]:
    """Everybody who holds a seat, in the order of coming."""
    return [p.id for p in state.participants.values() if p.active]


def drawn(state: State, size: int, draw: float, *, mixes: bool) -> Groups:
    """By lot, as equal as can be. Mixed, each group has its part of the home row."""
    order = sorted(here(state), key=lambda who: sha256(f"{draw!r} {who}".encode()).digest())
    sides = [[who for who in order if state.participants[who].mode is mode] for mode in (Mode.HOME, Mode.ROOM)]
    parts = [[*sides[0], *sides[1]]] if mixes else sides
    return tuple(group for part in parts for group in _dealt(part, size))


def _dealt(order: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    """As few groups as hold them, and nobody alone where there is somebody else."""
    count = -(-len(order) // size)
    while count > 1 and len(order) // count < 2:
        count -= 1
    return (tuple(order[n::count]) for n in range(count))


def joined(groups: Groups, pupils: Iterable[str]) -> Groups:
    """With these pupils in the smallest group, one after another; who is in one already stays."""
    made = [list(members) for members in groups]
    known = {who for members in made for who in members}
    for who in pupils:
        if who not in known and made:
            min(made, key=len).append(who)
    return tuple(tuple(members) for members in made)


def move(state: State, command: MoveMember, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """By hand. Who has a seat is always in a group."""
    groups = groups_of(state, activity.id)
    before = group_of(state, activity.id, command.participant)
    if not groups or command.to == before:
        return NOT_OPEN
    is_new = command.to == len(groups) + 1
    if not 0 <= command.to <= len(groups) + is_new or command.to > MOST_GROUPS or not _are_ids([command.participant]):
        return INVALID
    if not before and sum(map(len, groups)) >= MOST_MEMBERS:
        return FULL
    if not command.to and command.participant in here(state):
        return NOT_OPEN
    return MemberMoved(activity.id, command.participant, command.to)


def present(state: State, command: Present, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """A group that there is, on the screen that the class looks at."""
    stands = standing(state, activity.id)
    if command.group == stands or activity.id != state.current or not is_by_group(activity):
        return NOT_OPEN
    if command.group is not None and not 1 <= command.group <= len(groups_of(state, activity.id)):
        return INVALID
    return GroupPresented(activity.id, command.group)


def standing(state: State, activity: str) -> int | None:
    """The group of this activity that the class looks at."""
    now = state.presented
    return now.group if now and now.activity == activity else None


def next_to_present(state: State, activity: Activity) -> int | None:
    """The group after the one that presents, of those that have members; None after the last."""
    last = standing(state, activity.id) or 0
    numbered = enumerate(groups_of(state, activity.id) if is_by_group(activity) else (), 1)
    return next((n for n, members in numbered if n > last and members), None)


def before_presented(state: State, activity: str) -> int | None:
    """The group before the one that presents; None before the first."""
    now = standing(state, activity) or 0
    earlier = [n for n, members in enumerate(groups_of(state, activity), 1) if n < now and members]
    return earlier[-1] if earlier else None


def asked_about(state: State, activity: Activity | None) -> int:
    """The group that a question asks about, if it asks about the one that has just presented; 0 for none."""
    if activity is None or state.presented is None:
        return 0
    return state.presented.group if is_about_group(activity) else 0


def is_about_group(activity: Activity) -> bool:
    """It asks the class about the group that presents."""
    return activities.type_of(activity.kind).is_about_group(activities.content_of(activity))


# --- what it does ---------------------------------------------------------------------------------------------------


def settled(state: State) -> State:
    """Whoever came late is in the smallest group of what the class is doing."""
    groups = groups_of(state, state.current or "")
    whole = joined(groups, here(state)) if groups else groups
    return state if whole == groups or state.current is None else _with(state, state.current, whole)


def formed(state: State, event: GroupsFormed, at: Millis) -> State:
    return _with(state, event.activity, event.groups)


def moved(state: State, event: MemberMoved, at: Millis) -> State:
    left = [tuple(who for who in members if who != event.participant) for members in groups_of(state, event.activity)]
    if event.to > len(left):
        left.append(())
    if event.to:
        left[event.to - 1] = (*left[event.to - 1], event.participant)
    return _with(state, event.activity, tuple(left))


def presented(state: State, event: GroupPresented, at: Millis) -> State:
    return replace(state, presented=None if event.group is None else Presented(event.activity, event.group))


def _with(state: State, activity: str, groups: Groups) -> State:
    return replace(state, groups={**state.groups, activity: groups})


ASK: Mapping[type, Callable[..., Event | Refusal]] = {FormGroups: form, MoveMember: move, Present: present}
