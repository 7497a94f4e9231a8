"""Who has seen a question's key without an answer that counts: silent, too late, or copied. Pure.

Who was there while the key, or the explanation, stood on a lesson's screens has met the question, as who answered it:
whatever they say to the same version from then on may tell of nothing but that. There was who was heard then by a phone
with a line, or whose phone lay on its face between two signs; of a pupil with a paper card nothing is heard, so they
are there from their first sign on. Who was away, or not connected, has seen nothing.

At their own pace it is who was told. A question made up in the lesson is never asked elsewhere, and stays out.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from analytics.facts import RunFacts
from analytics.keys import KeyTold
from analytics.mastery.evidence import Counted, item_of
from analytics.presence import There, Thresholds, is_by_card, presence, without
from analytics.spans import Span
from live_session.model import Millis

BY = Thresholds()


class Seen(msgspec.Struct, frozen=True, gc=False, order=True):
    """A pupil saw the key of an item for the first time in a run, at an activity of it."""

    at: Millis
    pupil: str
    activity: str
    item: str


def seen(
    run_id: str, facts: RunFacts, pupils: Collection[str], found: Sequence[Counted], by: Thresholds
) -> Sequence[Seen]:
    """Of these pupils, in the order of time; without those whose answer counts (`found`) and came before."""
    items = {activity.id: item_of(run_id, activity) for activity in facts.deck if activity.item is not None}
    answered: dict[tuple[str, str], Millis] = {}
    for one in found:
        answered.setdefault((one.answer.pupil, one.answer.item), one.at)
    first: dict[tuple[str, str], Seen] = {}
    for told in _told(facts, by):
        who, item = told.participant, items.get(told.activity)
        if item is not None and who in pupils and answered.get((who, item), told.at + 1) > told.at:
            first.setdefault((who, told.activity), Seen(told.at, who, told.activity, item))
    return sorted(first.values())


def _told(facts: RunFacts, by: Thresholds) -> Iterable[KeyTold]:
    """Whom the run showed which key, when; of one pupil and activity the first time comes first."""
    yield from facts.keys_told
    there = presence(facts, by) if facts.keys_up else {}
    spans = {who: _connected(facts, who, one) for who, one in there.items()}
    for up in facts.keys_up:
        for who, own in spans.items():
            if (at := _first_moment(own, up.span)) is not None:
                yield KeyTold(who, up.activity, at)


def _connected(facts: RunFacts, who: str, there: There) -> Sequence[Span]:
    """When this pupil was there, but for when their phone had no line."""
    if is_by_card(facts, who):
        return [Span(min(sign.first for sign in facts.signs[who]), facts.ended_at)]
    if there.awake:
        return [part for span in there.present for part in without(span, there.awake)]
    return there.present


def _first_moment(own: Sequence[Span], other: Span) -> Millis | None:
    """The first moment that both have."""
    return next((both.start for span in own if (both := span.within(other))), None)
