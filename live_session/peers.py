"""Peer assessment by a rubric: whose work each pupil is given to assess, and what that came to. Pure.

Lots are drawn when a round opens, from the log alone, so that a replay draws the same. Nobody is given their own work;
every work goes to as many as any other, as nearly as that can be. What several made together, a group its product or a
team at one phone its answer, is one work, and none of them is given it. Nobody but the teacher is told who assesses
whom, and what was said is never a mark.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from live_session import activities, groups, naming, posts
from live_session.activities.base import PeerTerms
from live_session.model import NOTHING, Activity, Json, PeerWork, Response, RoundKey, State, Visibility

GROUP = "group:"
"""Stands before a group's number where others have the id of a work's author; no pupil's id has a colon."""

Owners: TypeAlias = Mapping[str, frozenset[str]]
Given: TypeAlias = dict[str, list[str]]
May: TypeAlias = Callable[[str, str], bool]


def terms_of(activity: Activity | None) -> PeerTerms | None:
    """On which terms pupils assess each other here; None where they do not."""
    return None if activity is None else activities.type_of(activity.kind).peer_terms(activities.content_of(activity))


# --- drawing lots ---------------------------------------------------------------------------------------------------


def dealt(assessors: Sequence[str], works: Sequence[str], each: int, may: May) -> Mapping[str, tuple[str, ...]]:
    """Of everybody's works, by their authors, `each` different ones to every assessor who `may` have so many, so that
    no other dealing would give them to more equal numbers."""
    given: Given = {who: [] for who in assessors}
    load = dict.fromkeys(works, 0)
    place = {work: n for n, work in enumerate(works)}
    for _ in range(each):
        for turn, who in enumerate(assessors):
            free = [work for work in works if may(who, work) and work not in given[who]]
            if free:
                least = min(free, key=lambda w: (load[w], (place[w] - turn - 1) % len(works)))
                given[who].append(least)
                load[least] += 1
    while _is_evened(given, load, may):
        pass
    return {who: tuple(found) for who, found in given.items()}


def _is_evened(given: Given, load: dict[str, int], may: May) -> bool:
    """One work that too many have goes, by as many exchanges as it takes, to the good of one that too few have. Where
    there is no such way no dealing is more equal: a matching is the best one when no path improves it (Berge 1957)."""
    for much in sorted(load, key=lambda w: -load[w]):
        if path := _path(given, load, much, may):
            for who, work, other in path:
                given[who][given[who].index(work)] = other
            load[much] -= 1
            load[path[-1][2]] += 1
            return True
    return False


def _path(given: Given, load: Mapping[str, int], much: str, may: May) -> list[tuple[str, str, str]]:
    """Exchanges (who, of which work, for which) that lead from this work to one that two fewer have, if any do."""
    came: dict[str, tuple[str, str, str] | None] = {much: None}
    waiting = deque([much])
    while waiting:
        work = waiting.popleft()
        if load[work] <= load[much] - 2:
            return _back(came, work)
        for who, found in given.items():
            for other in load if work in found else ():
                if other not in came and other not in found and may(who, other):
                    came[other] = (who, work, other)
                    waiting.append(other)
    return []


def _back(came: Mapping[str, tuple[str, str, str] | None], last: str) -> list[tuple[str, str, str]]:
    path = []
    while step := came[last]:
        path.append(step)
        last = step[1]
    return path[::-1]


# --- what it does ---------------------------------------------------------------------------------------------------


def source_of(state: State, activity: Activity) -> RoundKey | None:
    """The round of the work that is assessed here: the last one, before this activity, that pupils handed in, each
    alone under their name or one a group, and a teacher reads."""
    before = state.deck[: next(n for n, one in enumerate(state.deck) if one.id == activity.id)]
    for one in reversed(before):
        round_ = state.round(one.id)
        is_work = activities.type_of(one.kind).is_work and not naming.is_unnamed(one)
        if round_ and (is_work or groups.is_by_group(one)):
            return one.id, round_.number
    return None


def begun(state: State, activity: str) -> State:
    """The newest round of an activity opens: lots are drawn among those who are here."""
    asked, round_ = state.activity(activity), state.round(activity)
    terms = terms_of(asked)
    if asked is None or round_ is None or terms is None:
        return state
    source = source_of(state, asked) or ("", 0)
    seed = f"{state.started_at} {activity} {round_.number} {round_.opened_at}"
    owners = _handed_in(state, source)
    may = _may(state, asked, terms, owners)
    given = dealt(_shuffled(groups.here(state), seed), _shuffled(owners, seed), terms.each, may)
    return _with(state, (activity, round_.number), PeerWork(*source, given))


def settled(state: State) -> State:
    """Whoever came late is given works too: those that the fewest have. What others were given they keep."""
    asked, round_ = state.activity(state.current), state.round(state.current)
    terms = terms_of(asked)
    stands = state.peers.get((asked.id, round_.number)) if asked and round_ else None
    if asked is None or round_ is None or terms is None or stands is None:
        return state
    given, works = dict(stands.given), _handed_in(state, (stands.activity, stands.round))
    may = _may(state, asked, terms, works)
    for who in groups.here(state):
        if not given.get(who):
            load = {work: sum(work in found for found in given.values()) for work in works if may(who, work)}
            given[who] = tuple(sorted(load, key=lambda w: (load[w], w))[: terms.each])
    changed = replace(stands, given=given)
    return state if changed == stands else _with(state, (asked.id, round_.number), changed)


def _with(state: State, key: RoundKey, work: PeerWork) -> State:
    return replace(state, peers={**state.peers, key: work})


def _handed_in(state: State, source: RoundKey) -> Owners:
    """The works to be assessed, by author, and whose each is; words that were erased since are still work that was
    dealt."""
    activity = state.activity(source[0])
    if activity is not None and groups.is_by_group(activity):
        wall, made = posts.wall_of(state, *source), groups.groups_of(state, source[0])
        numbers = sorted({p.group for p in wall.posts.values() if p.group and p.visibility is Visibility.SHOWN})
        return {f"{GROUP}{n}": frozenset(made[n - 1]) for n in numbers}
    given = _given_in(state, source)
    return {who: _owners(state, who, said) for who, said in sorted(given.items()) if _author(given, who) == who}


def _given_in(state: State, source: RoundKey) -> Mapping[str, Response]:
    """Answers by pupil; the one in time before a late one."""
    return {**state.late.get(source, NOTHING), **state.responses.get(source, NOTHING)}


def _author(given: Mapping[str, Response], who: str) -> str:
    """Under whose name a pupil's answer is dealt: under one of all whose answer it is, where it came from one phone."""
    own = given[who]
    sent = given.get(own.sent_by)
    return own.sent_by if sent and (sent.at, sent.composed_at) == (own.at, own.composed_at) else who


def _owners(state: State, who: str, said: Response) -> frozenset[str]:
    """Whose work it is: all who were at that phone, where a team gave it."""
    at_one_phone = [{m.who for m in team.mates} for team in state.teams] if said.is_team else []
    return frozenset({who}.union(*(mates for mates in at_one_phone if who in mates)))


def _shuffled(who: Collection[str], seed: str) -> Sequence[str]:
    return sorted(who, key=lambda one: sha256(f"{seed} {one}".encode()).digest())


def _may(state: State, activity: Activity, terms: PeerTerms, owners: Owners) -> May:
    """Not one's own work and, where the teacher says so, none of the last group that one worked in."""
    before = [a.id for a in state.deck[: state.deck.index(activity)] if a.id in state.groups] if terms.is_apart else []
    group = {who: n for n, members in enumerate(state.groups[before[-1]]) for who in members} if before else {}

    def may(who: str, author: str) -> bool:
        return who not in owners[author] and (who not in group or group[who] != group.get(author))

    return may


# --- who sees what --------------------------------------------------------------------------------------------------


def given_to(state: State, activity: str, number: int, who: str) -> tuple[str, ...]:
    """Whose works a pupil assesses, in the order in which the phone shows them."""
    stands = state.peers.get((activity, number))
    return stands.given.get(who, ()) if stands else ()


def group_of(author: str) -> int:
    """The number of the group whose work it is; 0 for a pupil's."""
    return int(author.removeprefix(GROUP)) if author.startswith(GROUP) else 0


class Work(msgspec.Struct, frozen=True):
    """A work as it stands now: a text, or an object of `text`, `link` and `photo`; None once it was erased. `senders`:
    who may have sent its picture."""

    value: Json
    senders: tuple[str, ...]


def work_of(state: State, activity: str, number: int, author: str) -> Work | None:
    """A work that is assessed; the one in time before a late one, and what stands of a group's."""
    stands = state.peers.get((activity, number))
    source = (stands.activity, stands.round) if stands else ("", 0)
    if group := group_of(author):
        wall = posts.wall_of(state, *source)
        made = groups.product(wall, group)
        return Work(made.value, groups.senders_of_photo(wall, made)) if made else None
    said = _given_in(state, source).get(author)
    return Work(said.value, (said.sent_by or author, author)) if said else None


class Spread(msgspec.Struct, frozen=True):
    """How far those who assessed a work by one criterion are apart: the lowest and the highest level, of so many."""

    criterion: str
    low: int
    high: int
    count: int


class Assessed(msgspec.Struct, frozen=True):
    """One work, for the teacher: who assesses it and whether they have, wholly, and how far they are apart. Who said
    what does not stand beside it. `author` is a pupil, or `GROUP` with a group's number; `also`: whose answer it is
    besides, where a team gave it at one phone."""

    author: str
    also: tuple[str, ...] = ()
    by: tuple[tuple[str, bool], ...] = ()
    spread: tuple[Spread, ...] = ()


def assessed(state: State, activity: Activity, number: int) -> tuple[Assessed, ...]:
    """Every work that was handed in, groups by number; also one that nobody was given."""
    key = (activity.id, number)
    stands = state.peers.get(key)
    if stands is None:
        return ()
    said = {**state.late.get(key, NOTHING), **state.responses.get(key, NOTHING)}
    criteria = [row.name for row in getattr(activities.content_of(activity), "rows", ())]
    source = (stands.activity, stands.round)
    authors = {*_handed_in(state, source), *(work for works in stands.given.values() for work in works)}
    given = _given_in(state, source)
    shared = {who: _author(given, who) for who in sorted(given)}
    return tuple(
        _one(author, tuple(w for w, of in shared.items() if of == author != w), stands, said, criteria)
        for author in sorted(authors, key=lambda one: (len(one), one))
    )


def _one(
    author: str, also: tuple[str, ...], stands: PeerWork, said: Mapping[str, Response], criteria: Sequence[str]
) -> Assessed:
    by, levels = [], [list[int]() for _ in criteria]
    for who, works in sorted(stands.given.items()):
        if author in works:
            value: Json = (said[who].value if who in said else None) or {}
            slot = works.index(author) + 1
            found = [value.get(f"{slot}{name}") for name in criteria]
            by.append((who, all(found)))
            for level, known in zip(found, levels, strict=True):
                known.extend([int(level)] if level else [])
    spread = [Spread(name, min(at), max(at), len(at)) for name, at in zip(criteria, levels, strict=True) if at]
    return Assessed(author, also, tuple(by), tuple(spread))
