"""When each pupil was there, by the signs that a lesson leaves anyway; and of which time nobody knows. Pure.

Signs with gaps up to 90 s are one interval, which ends at its last sign and is never filled to the end. While the
teacher has phones lie on their faces silence is no evidence: such a span counts as present for a pupil with a sign
shortly before and shortly after it, from the one to the other, and says nothing of the rest. Outages are unknown: of a
server that wrote no word, and of the school's network, when a good part of the room falls silent at once. A paper card
says that its pupil was in the room when it was read, and nothing of the time between. Where two or three share a phone,
one's silence while another has it says nothing either, and between two signs of one's own it is presence.
(Measurement, section 3.)
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from analytics.facts import Place, RunFacts, Sign
from analytics.spans import Span
from live_session.model import Millis, Mode, Proof

MINUTE = 60_000


class Thresholds(msgspec.Struct, frozen=True):
    """A school's settings, in ms and as shares; `version` stands with every value computed by them.

    `face_down_before`, `face_down_after`: how near to a span with phones on their faces a sign must be.
    An outage of the school: at least `outage_share` and at least `outage_least` of the pupils in the room fall silent
    within `outage_within`. `code_lasts`: how long a scan of the room's code proves the room; a later one renews it.
    """

    merge_gap: Millis = 90_000
    late_after: Millis = 5 * MINUTE
    early_before: Millis = 10 * MINUTE
    server_gap: Millis = 150_000
    present_share: float = 0.8
    face_down_before: Millis = 2 * MINUTE
    face_down_after: Millis = 3 * MINUTE
    outage_share: float = 0.5
    outage_least: int = 5
    outage_within: Millis = 30_000
    code_lasts: Millis = 60 * MINUTE
    version: int = 1


class There(msgspec.Struct, frozen=True):
    """One pupil in the lesson: when they were there, which parts of that only because the phone lay on its face, or
    because it says that it was looked at while it had no line, the outages that concern them, and all that says nothing
    of them. The spans of each do not overlap one another."""

    present: Sequence[Span] = ()
    face_down: Sequence[Span] = ()
    awake: Sequence[Span] = ()
    outages: Sequence[Span] = ()
    unknown: Sequence[Span] = ()


def intervals(signs: Iterable[Sign], lesson: Span, gap: Millis) -> Sequence[Span]:
    """Signs inside the lesson, merged where not more than `gap` lies between them. Order and repetition change
    nothing."""
    return merged((s for sign in signs if (s := Span(sign.first, sign.last).within(lesson))), gap)


def merged(spans: Iterable[Span], gap: Millis = 0) -> Sequence[Span]:
    """Spans in the order of time, joined where not more than `gap` lies between them."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if found and span.start - found[-1].end <= gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def outages(beats: Sequence[Millis], notes: Sequence[Millis], lesson: Span, gap: Millis) -> Sequence[Span]:
    """Spans of the lesson in which no server wrote a word or heard a phone, though it writes every minute. Whom a
    process had heard since its last note died with it: of that time nobody knows either."""
    moments = [lesson.start, *sorted(b for b in beats if lesson.start < b < lesson.end), lesson.end]
    silent = [Span(a, b) for a, b in pairwise(moments) if b - a > gap]
    return [Span(max((n for n in notes if s.start - MINUTE <= n <= s.start), default=s.start), s.end) for s in silent]


def widened(outages: Sequence[Span], present: Sequence[Span], by: Thresholds) -> Sequence[Span]:
    """Outages of one pupil, each from the last sign before it to the first after it where silence is short there:
    90 s of silence say nothing, and say no more when an outage makes the silence longer."""
    found = []
    for out in outages:
        before = max((s.end for s in present if out.start - by.merge_gap <= s.end <= out.start), default=out.start)
        after = min((s.start for s in present if out.end <= s.start <= out.end + by.merge_gap), default=out.end)
        found.append(Span(before, after))
    return merged(found)


def presence(facts: RunFacts, by: Thresholds) -> Mapping[str, There]:
    """Each pupil who was vouched for. Between an end and opening again nobody is there."""
    signs = {who: _seen(facts, facts.signs[who], by) for who in facts.trusted}
    # What a phone without a network was used for says that its pupil was there, and not that the network was.
    quiet = {
        who: (*facts.composed.get(who, ()), *facts.awake.get(who, ())) for who in {**facts.composed, **facts.awake}
    }
    more = {who: _seen(facts, (*facts.signs[who], *used), by) for who, used in quiet.items()}
    heard, seen = (_passed_on(facts, spans, by.merge_gap) for spans in (signs, {**signs, **more}))
    nobody_knows = [one for live in facts.live for one in outages(facts.beats, facts.notes, live, by.server_gap)]
    phones = {who: spans for who, spans in heard.items() if not is_by_card(facts, who)}
    cuts = [one for live in facts.live for one in network_outages(facts.places, phones, live, by)]
    cuts += [one for span in facts.face_down if (one := hidden_outage(facts, span, by))]
    outages_of = {who: widened(merged([*nobody_knows, *_of_room(facts, who, cuts)]), seen[who], by) for who in seen}
    return {who: _there(facts, who, seen, outages_of[who], by.merge_gap) for who in seen}


def _passed_on(facts: RunFacts, seen: Mapping[str, Sequence[Span]], gap: Millis) -> Mapping[str, Sequence[Span]]:
    """The same, and for whoever shares a phone the time between two signs of theirs in which it was heard at others'
    hands without a break: it was passed on and came back."""
    return {who: _between(spans, facts.mates.get(who, ()), seen, gap) for who, spans in seen.items()}


def _between(
    own: Sequence[Span], mates: Collection[str], seen: Mapping[str, Sequence[Span]], gap: Millis
) -> Sequence[Span]:
    found = []
    for whole in merged([*own, *(span for mate in mates for span in seen.get(mate, ()))], gap) if mates else ():
        inside = [span for span in own if whole.start <= span.start <= whole.end]
        found += [Span(inside[0].start, inside[-1].end)] if inside else []
    return found if mates else own


def is_by_card(facts: RunFacts, who: str) -> bool:
    """A pupil without a phone: whatever is known of them comes from their card."""
    places = facts.places.get(who, ())
    return bool(places) and all(place.proof is Proof.CARD for place in places)


def _seen(facts: RunFacts, signs: Sequence[Sign], by: Thresholds) -> Sequence[Span]:
    """By signs, and by spans with the phone on its face that signs stand around."""
    down = [sign for span in facts.face_down if (sign := vouched(span, signs, by))]
    return [one for live in facts.live for one in intervals((*signs, *down), live, by.merge_gap)]


def vouched(span: Span, signs: Sequence[Sign], by: Thresholds) -> Sign | None:
    """What a span with phones on their faces says of this pupil: there from the first to the last of all signs from
    shortly before phones were laid down to shortly after they were taken up. None where that is no two: who is heard
    on one side alone may have come meanwhile, or gone. It is the first and the last, because with the nearest ones a
    sign more would make presence shorter."""
    befores = [s.last for s in signs if span.start - by.face_down_before <= s.last and s.first <= span.end]
    afters = [s.first for s in signs if span.start <= s.last and s.first <= span.end + by.face_down_after]
    if not befores or not afters or min(befores) >= max(afters):
        return None
    return Sign(min(befores), max(afters))


def _there(
    facts: RunFacts, who: str, seen: Mapping[str, Sequence[Span]], outages: Sequence[Span], gap: Millis
) -> There:
    present = seen[who]
    others = [span for mate in facts.mates.get(who, ()) for span in seen.get(mate, ())]
    if others:  # passing a phone on takes a moment, and is no absence
        others = list(merged([*present, *others], gap))
    awake = [one for live in facts.live for one in intervals(facts.awake.get(who, ()), live, 0)]
    is_asked = awake or facts.face_down
    own = [one for live in facts.live for one in intervals(facts.signs[who], live, gap)] if is_asked else ()
    down = [part for span in facts.face_down for here in present if (part := span.within(here))]
    return There(
        present=present,
        face_down=[rest for span in merged(down) for rest in without(span, own)],
        awake=[rest for span in awake for rest in without(span, own)],
        outages=outages,
        # Short silence between two spans that say nothing says no more than they do.
        unknown=merged([*outages, *facts.face_down, *others, *(facts.live if is_by_card(facts, who) else ())], gap),
    )


def _of_room(facts: RunFacts, who: str, cuts: Sequence[Span]) -> Sequence[Span]:
    """The school's network carries those in the room, and perhaps whoever nobody has said the place of: who comes by
    the course's link and says nothing is counted as at home, and may sit in the room all the same."""
    own = facts.places.get(who, ())
    return [cut for cut in cuts if own and _is_perhaps_in_room(place_at(own, cut.start))]


def _is_perhaps_in_room(place: Place) -> bool:
    return place.mode is Mode.ROOM or place.proof is Proof.NONE


# --- the school's network -------------------------------------------------------------------------------------------


NEARLY_ALL = 0.9
"""A class takes its phones up when it needs them, so half of it being slow says nothing."""


def hidden_outage(facts: RunFacts, down: Span, by: Thresholds) -> Span | None:
    """The network may go while phones lie on their faces, where silence is no evidence. It is seen when they are to be
    taken up: of those who had laid one down in the room nearly all are silent for longer than silence may be. It then
    lasts as any outage does; how long it lasted before that, phones on their faces say nothing of."""
    until = next((live.end for live in facts.live if live.start <= down.end <= live.end), down.end)
    up = sorted(
        min((max(s.first, down.end) for s in signs if s.last >= down.end), default=until)
        for who, signs in facts.signs.items()
        if _lay_down(facts, who, signs, down, by)
    )
    silent = [at for at in up if at - down.end > by.merge_gap]
    if len(silent) < max(by.outage_least, NEARLY_ALL * len(up)):
        return None
    return Span(down.end, min(until, silent[(len(silent) - 1) // 2] + by.merge_gap))


def _lay_down(facts: RunFacts, who: str, signs: Sequence[Sign], down: Span, by: Thresholds) -> bool:
    """In the room, with a phone that was heard shortly before it or meanwhile."""
    is_near = any(s.first <= down.end and s.last >= down.start - by.face_down_before for s in signs)
    return is_near and mode_at(facts.places.get(who, ()), down.start) is Mode.ROOM and not is_by_card(facts, who)


class Fall(msgspec.Struct, frozen=True):
    """A pupil in the room falls silent, and is heard again (or the lesson is over)."""

    at: Millis
    until: Millis
    who: str


def network_outages(
    places: Mapping[str, Sequence[Place]], seen: Mapping[str, Sequence[Span]], live: Span, by: Thresholds
) -> Sequence[Span]:
    """When the school's network was gone: from the first of many who fell silent at once, until half of them were
    heard again and the rest had the time that silence always has."""
    found: list[Span] = []
    falls = sorted(_falls(places, seen, live, by.merge_gap), key=lambda fall: (fall.at, fall.who))
    moments = [fall.at for fall in falls]
    for n, first in enumerate(falls):
        if found and first.at <= found[-1].end:
            continue
        fallen = {f.who: f for f in reversed(falls[n : bisect_right(moments, first.at + by.outage_within)])}
        if len(fallen) < by.outage_least or len(fallen) < by.outage_share * _in_room(places, seen, first.at):
            continue
        back = sorted(fall.until for fall in fallen.values())[(len(fallen) - 1) // 2]
        found.append(Span(first.at, min(live.end, back + by.merge_gap)))
    return found


def _falls(
    places: Mapping[str, Sequence[Place]], seen: Mapping[str, Sequence[Span]], live: Span, gap: Millis
) -> Iterable[Fall]:
    """What comes less than a gap before the end is the end."""
    for who, spans in seen.items():
        inside = [s for s in spans if live.start <= s.start <= live.end]
        for n, span in enumerate(inside, 1):
            until = inside[n].start if n < len(inside) else live.end
            if until - span.end > gap and mode_at(places.get(who, ()), span.end) is Mode.ROOM:
                yield Fall(span.end, until, who)


def _in_room(places: Mapping[str, Sequence[Place]], seen: Mapping[str, Sequence[Span]], at: Millis) -> int:
    """How many were there, in the room, at this moment."""
    return sum(
        any(s.start <= at <= s.end for s in spans) and mode_at(places.get(who, ()), at) is Mode.ROOM
        for who, spans in seen.items()
    )


# --- places and spans -----------------------------------------------------------------------------------------------


def mode_at(places: Sequence[Place], at: Millis) -> Mode:
    """Where a pupil was at this moment."""
    return place_at(places, at).mode if places else Mode.HOME


def place_at(places: Sequence[Place], at: Millis) -> Place:
    """The last word before this moment; the first word, before any. There must be one."""
    return places[max(0, bisect_right(places, at, key=lambda p: p.at) - 1)]


def proved(places: Sequence[Place], lasts: Millis, until: Millis) -> Sequence[Place]:
    """The same places, and each moment before `until` from which on a scan of the room's code is too long ago to prove
    it: the pupil stays where they were, without a proof."""
    found: list[Place] = []
    for place, after in zip(places, [*(p.at for p in places[1:]), until], strict=False):
        found.append(place)
        if place.proof is Proof.CODE and place.at + lasts < after:
            found.append(Place(place.at + lasts, place.mode, Proof.NONE))
    return found


def in_mode(present: Sequence[Span], places: Sequence[Place], mode: Mode) -> Sequence[Span]:
    """The parts of presence that were spent in this mode."""
    changes = [p.at for p in places]
    found = []
    for span in present:
        inside = [c for c in changes[bisect_left(changes, span.start) :] if c < span.end]
        edges = [span.start, *inside, span.end]
        found += [Span(a, b) for a, b in pairwise(edges) if mode_at(places, a) is mode and b > a]
    return found


def without(span: Span, others: Sequence[Span]) -> Sequence[Span]:
    """What of a span lies in none of the others, which are in order and do not overlap."""
    left, found = span.start, []
    for other in others:
        if other.start > left:
            found.append(Span(left, min(other.start, span.end)))
        left = max(left, other.end)
    found.append(Span(left, span.end))
    return [one for one in found if one.end > one.start]


def overlap(one: Span, other: Span) -> Millis:
    """How long both are."""
    return Span(max(one.start, other.start), min(one.end, other.end)).length


def common(ones: Sequence[Span], others: Sequence[Span]) -> Millis:
    """How long both are; the spans of either do not overlap one another."""
    return sum(overlap(one, other) for one in ones for other in others)
