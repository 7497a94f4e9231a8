"""Attendance proposed from signs of presence. Pure; the teacher decides, and nobody becomes absent but by that act.

Signs with gaps up to 90 s are one interval, which ends at its last sign and is never filled to the end. Late: first
seen more than 5 min after the start; left early: last seen more than 10 min before the end. Spans in which no server
wrote anything are unknown, and unknown is never absence (docs/reference/measurement.md §3; thresholds are settings).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from analytics.facts import Place, RunFacts, Sign
from live_session.model import Millis, Mode, Proof

MINUTE = 60_000


class Thresholds(msgspec.Struct, frozen=True):
    """A school's settings, in ms; `version` stands with every value computed by them."""

    merge_gap: Millis = 90_000
    late_after: Millis = 5 * MINUTE
    early_before: Millis = 10 * MINUTE
    server_gap: Millis = 150_000
    version: int = 1


class Status(StrEnum):
    """The one list of statuses. The last two only by the teacher's act; late and left early go with the first two."""

    ROOM = "room"
    HOME = "home"
    NOT_SEEN = "not_seen"
    UNCONFIRMED = "unconfirmed"
    EXCUSED = "excused"
    ABSENT = "absent"


class Span(msgspec.Struct, frozen=True):
    """From one moment to another, in ms."""

    start: Millis
    end: Millis

    @property
    def length(self) -> Millis:
        return max(0, self.end - self.start)


class Proposal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the signs say of one pupil, with the evidence: minutes in the room and at home, first and last sign,
    where the mode comes from, answers given and asked for."""

    participant: str
    status: Status
    is_late: bool = False
    left_early: bool = False
    room_ms: Millis = 0
    home_ms: Millis = 0
    unknown_ms: Millis = 0
    first: Millis | None = None
    last: Millis | None = None
    proof: Proof | None = None


class Minute(msgspec.Struct, frozen=True, array_like=True):
    """How many were there in one minute of the lesson: in the room, at home; whether the minute is unknown."""

    room: int
    home: int
    is_unknown: bool


def intervals(signs: Iterable[Sign], lesson: Span, gap: Millis) -> Sequence[Span]:
    """Signs inside the lesson, merged where not more than `gap` lies between them. Order and repetition change
    nothing."""
    inside = sorted(
        (max(s.first, lesson.start), min(s.last, lesson.end))
        for s in signs
        if s.last >= lesson.start and s.first <= lesson.end
    )
    merged: list[Span] = []
    for start, end in inside:
        if merged and start - merged[-1].end <= gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Span(start, end))
    return merged


def outages(beats: Sequence[Millis], lesson: Span, gap: Millis) -> Sequence[Span]:
    """Spans of the lesson in which no server wrote a word, though it writes every minute."""
    moments = [lesson.start, *sorted(b for b in beats if lesson.start < b < lesson.end), lesson.end]
    return [Span(a, b) for a, b in pairwise(moments) if b - a > gap]


def propose(facts: RunFacts, thresholds: Thresholds) -> Mapping[str, Proposal]:
    """A proposal for everybody who took a seat. Who never did is "not seen", which the caller's roster knows."""
    lesson = Span(facts.started_at, facts.ended_at)
    unknown = outages(facts.beats, lesson, thresholds.server_gap)
    proposals = {who: Proposal(who, Status.UNCONFIRMED) for who in facts.unconfirmed}
    for who in facts.trusted:
        present = intervals(facts.signs[who], lesson, thresholds.merge_gap)
        proposals[who] = _propose(who, present, facts.places.get(who, ()), lesson, unknown, thresholds)
    return proposals


def _propose(
    who: str, present: Sequence[Span], places: Sequence[Place], lesson: Span, unknown: Sequence[Span], by: Thresholds
) -> Proposal:
    if not present:
        return Proposal(who, Status.NOT_SEEN)
    first, last = present[0].start, present[-1].end
    by_mode = {mode: sum(span.length for span in _in_mode(present, places, mode)) for mode in Mode}
    # A pupil of one sign has no length; the place last said then decides.
    longer = max(Mode, key=lambda mode: by_mode[mode]) if any(by_mode.values()) else _mode_at(places, last)
    after_first = [Span(max(u.start, first), u.end) for u in unknown]
    hidden = sum(u.length - sum(_overlap(u, p) for p in present) for u in after_first)
    return Proposal(
        participant=who,
        status=Status.HOME if longer is Mode.HOME else Status.ROOM,
        is_late=first - lesson.start > by.late_after and not _covers(unknown, lesson.start, first),
        left_early=lesson.end - last > by.early_before and not _covers(unknown, last, lesson.end),
        room_ms=by_mode[Mode.ROOM],
        home_ms=by_mode[Mode.HOME],
        unknown_ms=max(0, hidden),
        first=first,
        last=last,
        proof=places[-1].proof if places else None,
    )


def _in_mode(present: Sequence[Span], places: Sequence[Place], mode: Mode) -> Iterable[Span]:
    """The parts of these spans in which the pupil took part this way."""
    for index, place in enumerate(places):
        ends = places[index + 1].at if index + 1 < len(places) else None
        if place.mode is not mode:
            continue
        for span in present:
            start = max(span.start, place.at) if index else span.start
            yield Span(start, span.end if ends is None else min(span.end, ends))


def _mode_at(places: Sequence[Place], at: Millis) -> Mode:
    before = [p for p in places if p.at <= at]
    return (before or list(places))[-1].mode if places else Mode.HOME


def _overlap(one: Span, other: Span) -> Millis:
    return Span(max(one.start, other.start), min(one.end, other.end)).length


def _covers(unknown: Sequence[Span], start: Millis, end: Millis) -> bool:
    """The silence lies in spans that say nothing, at least for half of it."""
    silent = Span(start, end)
    return sum(_overlap(u, silent) for u in unknown) * 2 >= silent.length > 0


def by_minute(facts: RunFacts, thresholds: Thresholds) -> Sequence[Minute]:
    """The lesson minute by minute, for one picture of it."""
    lesson = Span(facts.started_at, facts.ended_at)
    unknown = outages(facts.beats, lesson, thresholds.server_gap)
    present = {who: intervals(facts.signs[who], lesson, thresholds.merge_gap) for who in facts.trusted}
    spans = {
        mode: [span for who, mine in present.items() for span in _in_mode(mine, facts.places.get(who, ()), mode)]
        for mode in Mode
    }
    minutes = range(lesson.start, max(lesson.end, lesson.start + 1), MINUTE)
    return [
        Minute(
            _there(spans[Mode.ROOM], start),
            _there(spans[Mode.HOME], start),
            any(_overlap(u, Span(start, start + MINUTE)) * 2 > MINUTE for u in unknown),
        )
        for start in minutes
    ]


def _there(spans: Sequence[Span], start: Millis) -> int:
    return sum(span.start < start + MINUTE and span.end >= start for span in spans)
