"""Typed facts of one run, read from its log once: who was seen when and where, what was asked, what was answered."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from analytics import keys, rubrics
from analytics.keys import KeyTold, KeyUp
from analytics.rubrics import RubricShare
from analytics.spans import Span, Spans
from analytics.tenures import Act, Held, Seats
from live_session import activities, clocks, groups, naming, posts, teams
from live_session.events import (
    Answered,
    HandRaised,
    Logged,
    PresenceSeen,
    PupilCalled,
    RunEnded,
    RunResumed,
    RunStarted,
    SeatMoved,
    SeatTaken,
)
from live_session.goal import LEAST_TOLD
from live_session.model import Activity, Confidence, Json, Mate, Millis, Mode, Proof, State, Team
from live_session.naming import Unsigned
from live_session.reducer import EMPTY, NEVER, apply, fold


class Sign(msgspec.Struct, frozen=True):
    """A pupil was there from `first` to `last`: heartbeats of a minute, an answer, taking the seat."""

    first: Millis
    last: Millis


class Place(msgspec.Struct, frozen=True):
    """From this moment on, in the room or at home, and what stands behind it."""

    at: Millis
    mode: Mode
    proof: Proof


class Asking(msgspec.Struct, frozen=True):
    """One round of one activity. `is_key_shown`: the class was shown its key, be it hidden again since."""

    activity: str
    round: int
    opened_at: Millis
    closed_at: Millis
    is_key_shown: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """The answer of a pupil in one round: their last in time, or a late one. Vouched for, so it may count.

    `latency`: from when the phone showed the question to the pupil's first answer, both by the phone, so that no way
    over a network is in it; None where the phone did not say. `took`: by the fair clock, where the
    question has one. `is_credited`: it came after the pupil's own time was over, which is longer for who needs more,
    and was taken as on time because of what the network cost. `is_team`: given by several at a group phone, or after
    such an answer in the same round: never an own first attempt. It has a latency for the sender alone.
    `composed_at`: when the phone had it, by the server's clock; None for posts.
    """

    participant: str
    activity: str
    round: int
    value: Json
    at: Millis
    is_late: bool
    latency: Millis | None = None
    is_credited: bool = False
    confidence: Confidence | None = None
    took: Millis | None = None
    is_team: bool = False
    composed_at: Millis | None = None


class Voice(msgspec.Struct, frozen=True):
    """A contribution besides answering: the word, taken after a raised hand. `activity`: what was up then, "" before
    anything was."""

    participant: str
    activity: str
    at: Millis


class GroupShare(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pupil's part in a group's work: how many versions the pupil `wrote`, how many the product has, and whether
    the own question was answered. `share`: how much of that answer was right, where one can be."""

    activity: str
    round: int
    title: str
    group: int
    size: int
    wrote: int = 0
    versions: int = 0
    is_answered: bool = False
    share: float | None = None


class RunFacts(msgspec.Struct, frozen=True):
    """A run as analytics sees it. `trusted` are the participants whom the LMS or the teacher vouched for; facts of
    others stay out. `unconfirmed` hold a seat by a picked name alone; a pick that was sent away leaves nobody.

    `signs` are what a server heard, `composed` when a phone without a network was answered on, `awake` when one was
    looked at, as it said when it was back.
    `face_down` are the spans in which the teacher had phones on their faces: silence then says nothing.
    `voices` are contributions besides answers, `raised` the hands that went up, taken or not.
    `live` are the spans in which the lesson went on: one, and one more each
    time it was opened again. `planned_end` is what was planned at the start. `beats` are the moments at which a server
    wrote, or heard a phone; `notes` those at which one wrote down whom it had heard. `mates`: who was at the same phone
    as a pupil. `at_group_phone`: with how many, at most, a pupil sat at one phone to answer together, themselves among
    them.
    `unsigned`: answers in time to each round of a question that is answered without one's name, from five on, in an
    order that tells nothing; the attempt of each pupil at it has no value, and stands for having answered. Of posts
    without names it has each, by its number, and there are no attempts.
    `is_self_paced`: nobody taught, and each pupil is told after each answer: attempts are first ones.
    `keys_up`: when keys stood on the screens of a lesson; `keys_told`: whom self-paced work told one.
    """

    started_at: Millis
    ended_at: Millis
    planned_end: Millis
    is_over: bool
    live: Sequence[Span]
    deck: Sequence[Activity]
    askings: Sequence[Asking]
    signs: Mapping[str, Sequence[Sign]]
    composed: Mapping[str, Sequence[Sign]]
    places: Mapping[str, Sequence[Place]]
    attempts: Sequence[Attempt]
    trusted: frozenset[str]
    unconfirmed: frozenset[str]
    joined_at: Mapping[str, Millis]
    beats: Sequence[Millis]
    face_down: Sequence[Span] = ()
    voices: Sequence[Voice] = ()
    raised: Sequence[Voice] = ()
    notes: Sequence[Millis] = ()
    mates: Mapping[str, frozenset[str]] = MappingProxyType({})
    at_group_phone: Mapping[str, int] = MappingProxyType({})
    is_self_paced: bool = False
    awake: Mapping[str, Sequence[Sign]] = MappingProxyType({})
    group_shares: Mapping[str, Sequence[GroupShare]] = {}
    rubrics: Mapping[str, Sequence[RubricShare]] = {}
    unsigned: Mapping[tuple[str, int], Sequence[Unsigned]] = MappingProxyType({})
    keys_up: Sequence[KeyUp] = ()
    keys_told: Sequence[KeyTold] = ()


def gather(log: Sequence[Logged], now: Millis) -> RunFacts:
    """The facts of a run's whole log. A run that has not ended is taken as it stands `now`."""
    way = _follow(log, now)
    state, held, ended = way.state, way.held, way.ended
    own = [one for e in log if (one := held.vouched_part(e, Act)) is not None]
    trusted = frozenset(tenure.participant for tenure in held.vouched)
    unconfirmed = {p.id for p in state.participants.values() if any(c.is_unconfirmed for c in p.claims.values())}
    counted = _counted(log, way)
    holders = _holders(held, trusted, state.teams)
    return RunFacts(
        started_at=state.started_at,
        ended_at=ended,
        planned_end=next((e.event.planned_end for e in log if isinstance(e.event, RunStarted)), ended),
        is_over=state.ended_at is not None,
        live=way.live,
        deck=state.deck,
        askings=tuple(_askings(state, ended)),
        signs=_signs(own, holders, trusted),
        composed=_composed(own, held),
        places=_places(own),
        attempts=tuple(_without_words(one, state) for one in _timed(_attempts(counted), own, state)),
        trusted=trusted,
        unconfirmed=frozenset(unconfirmed) - trusted,
        joined_at={p.id: p.joined_at for p in state.participants.values()},
        beats=tuple(_beats(log)),
        face_down=way.face_down,
        notes=tuple(e.at for e in log if isinstance(e.event, PresenceSeen)),
        mates=_mates(own),
        at_group_phone=_at_group_phone(state.teams, trusted),
        voices=tuple(voice for voice in way.voices if voice.participant in trusted),
        raised=tuple(hand for hand in way.raised if hand.participant in trusted),
        is_self_paced=state.is_self_paced,
        awake=_awake(log, holders),
        group_shares=_shares_of_all(counted, trusted),
        rubrics=rubrics.of_all(counted, trusted),
        unsigned=_unsigned(way.state),
        keys_up=way.keys_up,
        keys_told=tuple(keys.told(own, state, trusted)),
    )


def _counted(log: Sequence[Logged], way: "Way") -> State:
    """The run as it would stand with those answers alone that count: of seats that were vouched for, and of self-paced
    work the first to each activity. Most logs hold no others, and are not folded twice."""
    vouched = [one for e in log if (one := way.held.vouched_part(e, Answered)) is not None]
    if way.state.is_self_paced:
        vouched = list(_first_tries(vouched))
    return way.state if all(map(operator.is_, vouched, log)) and len(vouched) == len(log) else fold(vouched)


def _first_tries(log: Sequence[Logged]) -> Iterable[Logged]:
    """Without the answers that came after a first one to the same activity: they followed what was said of it."""
    tried = set[tuple[str, str]]()
    for entry in log:
        if isinstance(event := entry.event, Answered):
            if (event.participant, event.activity) in tried:
                continue
            tried.add((event.participant, event.activity))
        yield entry


def _beats(log: Sequence[Logged]) -> Iterable[Millis]:
    for entry in log:
        yield entry.at
        if isinstance(entry.event, PresenceSeen):
            for heard in entry.event.seen.values():
                yield from heard


def _askings(state: State, ended: Millis) -> Iterable[Asking]:
    for activity, rounds in state.rounds.items():
        for one in rounds:
            closed = one.closed_at if one.closed_at is not None else ended
            yield Asking(activity, one.number, one.opened_at, closed, one.is_spent)


class Way(msgspec.Struct, frozen=True):
    """What one walk through a log shows: the state after it, who held which seat, when the lesson went on and when
    phones lay on their faces, when keys were up, who took the word and who asked for it. `ended`: when the lesson was
    over, or now."""

    state: State
    held: Held
    ended: Millis
    live: tuple[Span, ...]
    face_down: tuple[Span, ...]
    voices: tuple[Voice, ...]
    raised: tuple[Voice, ...]
    keys_up: tuple[KeyUp, ...]


def _follow(log: Sequence[Logged], now: Millis) -> Way:
    """Walk through a log once: applying an event is what a lesson's close mostly costs."""
    state, seats, live, down, up = EMPTY, Seats(), Spans(), Spans(), keys.Keys()
    voices: list[Voice] = []
    raised: list[Voice] = []
    for entry in log:
        before, state = state, apply(state, entry)
        seats.see(before, state, entry)
        match entry.event:
            case RunStarted() | RunResumed():
                live.begin(entry.at, anew=True)
            case RunEnded() if state.ended_at is not None:
                live.end(state.ended_at)
            case HandRaised(participant=who):
                raised.append(Voice(who, before.current or "", entry.at))
            # Who was called without a hand was asked, and did not ask.
            case PupilCalled(participant=who) if who in before.hands:
                voices.append(Voice(who, before.current or "", entry.at))
        if state.paused is not before.paused:
            if state.paused is not None and state.paused.face_down:
                down.begin(entry.at)
            else:
                down.end(entry.at)
        if state.rounds is not before.rounds or state.current != before.current or state.phase is not before.phase:
            up.see(state, entry.at)
    ended = state.ended_at if state.ended_at is not None else now
    face_down = tuple(Span(span.start, min(span.end, ended)) for span in down.until(ended))
    return Way(state, seats.held, ended, live.until(ended), face_down, tuple(voices), tuple(raised), up.until(ended))


Holders: TypeAlias = Mapping[str, Sequence[tuple[str, Millis, Millis]]]
"""Whose the signs of a seat are, from when to when."""


def _holders(held: Held, trusted: frozenset[str], at_phones: Sequence[Team]) -> Holders:
    """Signs of life name the seat only, so they count while a browser that was vouched for held it. Those of a group
    phone are its members', as long as they are of the team."""
    spans = {who: [(who, span.start, span.end) for span in held.spans(who)] for who in trusted}
    for seat, member, together in _together(at_phones):
        inside = [one for span in held.spans(member) if (one := span.within(together))] if member in trusted else []
        spans.setdefault(seat, []).extend((member, one.start, one.end) for one in inside)
    return spans


def _signs(own: Sequence[Logged], holders: Holders, trusted: frozenset[str]) -> Mapping[str, Sequence[Sign]]:
    found: dict[str, list[Sign]] = {who: [] for who in trusted}
    for entry in own:
        match entry.event:
            case PresenceSeen(seen):
                for who, sign in _of_holders(seen, holders):
                    found[who].append(sign)
            case Answered(team=team) if team:
                for who in team:
                    found[who].append(Sign(entry.at, entry.at))
            case Answered(participant=who) | SeatTaken(participant=who) | SeatMoved(participant=who):
                found[who].append(Sign(entry.at, entry.at))
    return found


def _awake(log: Sequence[Logged], holders: Holders) -> Mapping[str, Sequence[Sign]]:
    """When phones that could not be heard were looked at, by their own word."""
    found: dict[str, list[Sign]] = {}
    for entry in log:
        if isinstance(entry.event, PresenceSeen) and entry.event.awake:
            for who, sign in _of_holders(entry.event.awake, holders):
                found.setdefault(who, []).append(sign)
    return found


def _of_holders(seen: Mapping[str, tuple[Millis, Millis]], holders: Holders) -> Iterable[tuple[str, Sign]]:
    for heard, (first, last) in seen.items():
        for who, start, end in holders.get(heard, ()):
            sign = Sign(first if first > start else start, last if last < end else end)
            if sign.first <= sign.last:
                yield who, sign


def _composed(own: Sequence[Logged], held: Held) -> Mapping[str, Sequence[Sign]]:
    """When answers were composed that lay on a phone without a network: within what the server had heard of it, and in
    a tenure that was vouched for."""
    found: dict[str, list[Sign]] = {}
    for entry in own:
        if isinstance(event := entry.event, Answered) and event.composed_at < entry.at:
            then = event.composed_at
            for who in teams.members_of(event):
                if any(span.start <= then <= span.end for span in held.spans(who)):
                    found.setdefault(who, []).append(Sign(then, then))
    return found


def _together(at_phones: Sequence[Team]) -> Iterable[tuple[str, str, Span]]:
    """(seat, member, when) of each two of a team: the phone shows the page of one of them, and is there for all."""
    for team in at_phones:
        for one, other in permutations(team.mates, 2):
            start, end = max(one.since, other.since), min(_until(one), _until(other))
            if one.who != other.who and start <= end:
                yield one.who, other.who, Span(start, end)


def _until(mate: Mate) -> Millis:
    return NEVER if mate.until is None else mate.until


def _at_group_phone(at_phones: Sequence[Team], trusted: frozenset[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for team in at_phones:
        names = {mate.who for mate in team.mates}
        for who in names & trusted:
            found[who] = max(found.get(who, 0), len(names))
    return found


def _places(own: Sequence[Logged]) -> Mapping[str, Sequence[Place]]:
    """Where each pupil said or proved to be, by browsers that were vouched for, in the order of time."""
    found: dict[str, list[Place]] = {}
    for entry in sorted(own, key=lambda e: e.at):
        event = entry.event
        if isinstance(event, SeatTaken | SeatMoved):
            found.setdefault(event.participant, []).append(Place(entry.at, event.mode, event.proof))
    return found


def _mates(own: Sequence[Logged]) -> Mapping[str, frozenset[str]]:
    """Who shared a phone with whom, for those who did."""
    at_phone: dict[str, set[str]] = {}
    for entry in own:
        if isinstance(entry.event, SeatTaken) and entry.event.phone:
            at_phone.setdefault(entry.event.phone, set()).add(entry.event.participant)
    found: dict[str, frozenset[str]] = {}
    for several in at_phone.values():
        for who in several if len(several) > 1 else ():
            found[who] = found.get(who, frozenset()) | several - {who}
    return found


def _attempts(state: State) -> Iterable[Attempt]:
    """The current answer of each round; where only a late one came, that one. All posts of a pupil are one answer."""
    for table, is_late in ((state.responses, False), (state.late, True)):
        for (activity, number), given in table.items():
            in_time = state.responses.get((activity, number), {})
            for who, response in given.items():
                if not (is_late and who in in_time):
                    yield Attempt(
                        who,
                        activity,
                        number,
                        response.value,
                        response.at,
                        is_late,
                        confidence=response.confidence,
                        took=response.took,
                        is_team=response.is_team,
                        composed_at=response.composed_at,
                    )
    for (activity, number), wall in state.walls.items():
        if (asked := state.activity(activity)) and (groups.is_by_group(asked) or naming.is_veiled(asked)):
            continue  # a group's product; each member's own answer stands above. Or nobody is told who has posted
        for is_late in (False, True):
            for who, posted in posts.answers(wall, late=is_late).items():
                yield Attempt(who, activity, number, posted.value, posted.at, is_late, is_team=posted.is_team)


def _without_words(one: Attempt, state: State) -> Attempt:
    """Only that somebody answered, where nobody is told what."""
    activity = state.activity(one.activity)
    if activity is None or not naming.is_unnamed(activity):
        return one
    return msgspec.structs.replace(one, value=None, confidence=None, took=None)


def _unsigned(everybody: State) -> Mapping[tuple[str, int], Sequence[Unsigned]]:
    """Everybody's, also of who was not vouched for: the report says what the teacher read in the lesson. Else the
    answer that comes in when a name is confirmed would be that name's."""
    found: dict[tuple[str, int], Sequence[Unsigned]] = {}
    for activity in filter(naming.is_unnamed, everybody.deck):
        for round_ in everybody.rounds.get(activity.id, ()):
            key = activity.id, round_.number
            if naming.is_veiled(activity):
                found[key] = naming.unsigned_posts(everybody, activity, posts.wall_of(everybody, *key))
            elif len(told := naming.unsigned(everybody, activity, everybody.responses.get(key, {}))) >= LEAST_TOLD:
                found[key] = told
    return found


def _shares_of_all(state: State, trusted: frozenset[str]) -> Mapping[str, Sequence[GroupShare]]:
    """Of whoever was vouched for, and of members without a phone, whom the teacher put in."""
    members = {who for made in state.groups.values() for group in made for who in group}
    known = members - (state.participants.keys() - trusted)
    return {who: tuple(_group_shares(state, who)) for who in sorted(known)}


def _group_shares(state: State, who: str) -> Iterable[GroupShare]:
    """A pupil's part in each round of group work."""
    for activity in filter(groups.is_by_group, state.deck):
        number = groups.group_of(state, activity.id, who)
        for round_ in state.rounds.get(activity.id, ()) if number else ():
            key = (activity.id, round_.number)
            own = state.responses.get(key, {}).get(who)
            wall = posts.wall_of(state, *key)
            right = None if own is None else activities.share_of(activity, own.value)
            yield GroupShare(
                activity=activity.id,
                round=round_.number,
                title=activity.title,
                group=number,
                size=len(groups.groups_of(state, activity.id)[number - 1]),
                wrote=sum(p.participant == who for p in wall.readable),
                versions=len(groups.versions(wall, number)),
                is_answered=own is not None,
                share=None if right is None else float(right),
            )


def _timed(attempts: Iterable[Attempt], own: Sequence[Logged], state: State) -> Iterable[Attempt]:
    """With how long each pupil looked at the question before the first answer, and whether the last was let through."""
    looked: dict[tuple[str, str, int], Millis | None] = {}
    for entry in own:
        if isinstance(event := entry.event, Answered) and not event.group:
            shown = event.shown_at
            took = None if shown is None or event.composed_at < shown else event.composed_at - shown
            for who in teams.members_of(event):  # they looked at one screen: one of them was timed
                looked.setdefault((who, event.activity, event.round), took if who == event.participant else None)
    for one in attempts:
        asked = state.rounds[one.activity][one.round - 1]
        activity = state.activity(one.activity)
        end = None if activity is None else clocks.end_of(state, activity, asked, one.participant)
        yield msgspec.structs.replace(
            one,
            latency=looked.get((one.participant, one.activity, one.round)),
            is_credited=end is not None and not one.is_late and one.at > end,
        )
