"""Attendance proposed from presence. Pure; the teacher decides, and nobody becomes absent but by that act.

Late: first seen when more than 5 min of the lesson were over; left early: last seen when more than 10 min of it were
still to come. Who was there for less than 80 % of what is known of it, and silent for more than a fifth of all, is
not proposed as present: the minutes are shown and the teacher says. What is unknown (`presence`) is never absence.
What is held against a pupil is the lesson as it was planned: a teacher who runs on past the bell, or opens the lesson
again at noon, makes nobody leave early. Thresholds are settings.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

import msgspec

from analytics.facts import Place, RunFacts
from analytics.presence import (
    MINUTE,
    There,
    Thresholds,
    common,
    in_mode,
    merged,
    mode_at,
    outages,
    overlap,
    proved,
    without,
)
from analytics.spans import Span
from live_session.model import Millis, Mode, Proof

NONE: Mapping[str, Sequence[Span]] = MappingProxyType({})


class Status(StrEnum):
    """The one list of statuses in the whole product. The last two only by the teacher's act; the two of `Edge` go with
    the first two."""

    ROOM = "room"
    HOME = "home"
    NOT_SEEN = "not_seen"
    UNCONFIRMED = "unconfirmed"
    EXCUSED = "excused"
    ABSENT = "absent"


class Edge(StrEnum):
    """What may be added to somebody's being there."""

    LATE = "late"
    EARLY = "early"


class Proposal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the signs say of one pupil, with the evidence: minutes in the room and at home, first and last sign,
    `places` (from when on they were where, and what stands behind it). `share` is the part of the planned lesson,
    without what is unknown, with presence; None where all of it is unknown. `is_partial`: too small a part to propose
    that the pupil was present. `gaps`: when, between the first and the last sign, a phone was silent though others
    could be heard. `outages`: when none could be. `awake`: when a phone had no line and was looked at, as it said
    later. `face_down_ms`: how much of presence was with the phone on its face. `shares`: the phone was another pupil's
    too. `team`: it was a group phone, of so many, and its signs are theirs all.
    """

    participant: str
    status: Status
    is_late: bool = False
    left_early: bool = False
    is_partial: bool = False
    share: float | None = None
    room_ms: Millis = 0
    home_ms: Millis = 0
    unknown_ms: Millis = 0
    face_down_ms: Millis = 0
    first: Millis | None = None
    last: Millis | None = None
    proof: Proof | None = None
    places: tuple[Place, ...] = ()
    gaps: tuple[Span, ...] = ()
    outages: tuple[Span, ...] = ()
    awake: tuple[Span, ...] = ()
    shares: bool = False
    team: int = 0
    version: int = 1


class Minute(msgspec.Struct, frozen=True, array_like=True):
    """How many were there in one minute of the lesson: in the room, at home; whether the minute is unknown (an outage
    of all, or of most), and whether phones lay on their faces."""

    room: int
    home: int
    is_unknown: bool
    is_face_down: bool = False

    @property
    def tells(self) -> bool:
        """There is something of it to draw."""
        return bool(self.room or self.home or self.is_unknown or self.is_face_down)


def propose(
    facts: RunFacts, there: Mapping[str, There], by: Thresholds, excused: Mapping[str, Sequence[Span]] = NONE
) -> Mapping[str, Proposal]:
    """A proposal for everybody who holds or held a seat. Who never did is "not seen", which the caller's roster
    knows. `excused`: spans in which a pupil was allowed to be away; they are no more held against them than what is
    unknown."""
    lesson = _planned(facts)
    proposals = {who: Proposal(who, Status.UNCONFIRMED, version=by.version) for who in facts.unconfirmed}
    for who, one in there.items():
        proposed = _propose(who, one, facts.places.get(who, ()), lesson, by, excused.get(who, ()))
        team = facts.at_group_phone.get(who, 0)
        proposals[who] = msgspec.structs.replace(proposed, shares=who in facts.mates, team=team)
    return proposals


def _planned(facts: RunFacts) -> Sequence[Span]:
    """The lesson as far as it was planned."""
    planned = [Span(live.start, min(live.end, facts.planned_end)) for live in facts.live]
    return [span for span in planned if span.length] or facts.live


def _propose(
    who: str,
    there: There,
    places: Sequence[Place],
    lesson: Sequence[Span],
    by: Thresholds,
    excused: Sequence[Span],
) -> Proposal:
    present, unknown = there.present, merged([*there.unknown, *excused])
    if not present:
        return Proposal(who, Status.NOT_SEEN, version=by.version)
    first, last = present[0].start, present[-1].end
    by_mode = {mode: sum(span.length for span in in_mode(present, places, mode)) for mode in Mode}
    # A pupil of one sign has no length; the place last said then decides.
    longer = max(Mode, key=lambda mode: by_mode[mode]) if any(by_mode.values()) else mode_at(places, last)
    share = _share(present, lesson, unknown)
    return Proposal(
        participant=who,
        status=Status.HOME if longer is Mode.HOME else Status.ROOM,
        is_late=_is_silent([Span(s.start, min(s.end, first)) for s in lesson], by.late_after, unknown),
        left_early=_is_silent([Span(max(s.start, last), s.end) for s in lesson], by.early_before, unknown),
        is_partial=_is_too_little(share, present, lesson, unknown, excused, by.present_share),
        share=share,
        room_ms=by_mode[Mode.ROOM],
        home_ms=by_mode[Mode.HOME],
        # Like the minutes, of all the lesson; and who is heard when a silence ends may have come while it lasted.
        unknown_ms=sum(s.length for span in there.unknown for s in without(span, present) if s.end >= first),
        face_down_ms=sum(s.length for s in there.face_down),
        first=first,
        last=last,
        proof=places[-1].proof if places else None,
        places=tuple(_changes(proved(places, by.code_lasts, last))),
        gaps=tuple(_gaps(present, lesson, unknown)),
        outages=tuple(s for s in _unseen(there.outages, present, lesson) if s.length >= LEAST_TOLD),
        awake=tuple(s for s in there.awake if s.length >= LEAST_TOLD),
        version=by.version,
    )


LEAST_TOLD: Millis = MINUTE
"""An outage or a line that was gone for less than this is not worth a word."""


def _unseen(unknown: Sequence[Span], present: Sequence[Span], lesson: Sequence[Span]) -> Sequence[Span]:
    """What of these spans lies in the lesson and was not spent there."""
    return [rest for span in merged(_within(unknown, lesson)) for rest in without(span, present)]


def _within(spans: Sequence[Span], lesson: Sequence[Span]) -> Sequence[Span]:
    """The parts of these spans that lie in the lesson."""
    return [Span(max(u.start, s.start), min(u.end, s.end)) for u in spans for s in lesson if overlap(u, s)]


def _changes(places: Sequence[Place]) -> Iterable[Place]:
    """Each word on the place that says something new."""
    before = None
    for place in places:
        if before is None or (before.mode, before.proof) != (place.mode, place.proof):
            yield place
        before = place


def _gaps(present: Sequence[Span], lesson: Sequence[Span], unknown: Sequence[Span]) -> Iterable[Span]:
    """Silences inside each part of the lesson; one that lies mostly in unknown spans says nothing and is left out. A
    break between an end and opening again is nobody's silence."""
    for part in lesson:
        for before, after in pairwise(p for p in present if overlap(p, part) or part.start <= p.start < part.end):
            gap = Span(before.end, min(after.start, part.end))
            if gap.length and common(unknown, [gap]) * 2 < gap.length:
                yield gap


def _share(present: Sequence[Span], lesson: Sequence[Span], unknown: Sequence[Span]) -> float | None:
    """The part with signs of what is known of the lesson."""
    there = common(present, lesson)
    inside = _within(unknown, lesson)
    known = sum(s.length for s in lesson) - sum(s.length for s in inside) + common(inside, present)
    return there / known if known else None


def _is_too_little(
    share: float | None,
    present: Sequence[Span],
    lesson: Sequence[Span],
    unknown: Sequence[Span],
    excused: Sequence[Span],
    least: float,
) -> bool:
    """Less than this part; and the silence is more than the rest of the whole lesson. Of a lesson of which little is
    known, three minutes before the first sign would be a good part of that."""
    if share is None or share >= least:
        return False
    asked_for = sum(s.length for part in lesson for s in without(part, merged(excused)))
    silent = sum(s.length for part in lesson for s in without(part, merged([*present, *unknown])))
    return silent > (1 - least) * asked_for


def _is_silent(silence: Sequence[Span], most: Millis, unknown: Sequence[Span]) -> bool:
    """More silence than that, and less than half of it in spans that say nothing."""
    length = sum(s.length for s in silence)
    return length > most and common(unknown, silence) * 2 < length


def by_minute(facts: RunFacts, there: Mapping[str, There], by: Thresholds) -> Sequence[Minute]:
    """The lesson minute by minute, for one picture of it. Who changed places within a minute counts once, where they
    were at its end."""
    moments = range(facts.started_at, max(facts.ended_at, facts.started_at + 1), MINUTE)
    everybody = [one for live in facts.live for one in outages(facts.beats, facts.notes, live, by.server_gap)]
    return [_minute(Span(at, at + MINUTE), there, facts, everybody) for at in moments]


def _minute(minute: Span, there: Mapping[str, There], facts: RunFacts, silent: Sequence[Span]) -> Minute:
    seen = [who for who, one in there.items() if any(_touches(span, minute) for span in one.present)]
    room = sum(mode_at(facts.places.get(who, ()), minute.end - 1) is Mode.ROOM for who in seen)
    cut = sum(common(one.outages, [minute]) * 2 > MINUTE for one in there.values() if one.outages)
    is_unknown = common(silent, [minute]) * 2 > MINUTE or cut * 2 > len(there) > 0
    return Minute(room, len(seen) - room, is_unknown, common(facts.face_down, [minute]) * 2 > MINUTE)


def _touches(span: Span, minute: Span) -> bool:
    """Some of it lies in the minute, be it a single sign."""
    return span.start < minute.end and (span.end > minute.start or span.start >= minute.start)
