"""Whether a question has become harder or easier from one group of lessons to a later one. Pure.

All first attempts of the lessons are read as one model (Elo-2), so that pupils are as able as everything they
answered says, in whichever period. Then each period by itself is asked how hard the question was for pupils of that
ability. What most questions of both periods share is no drift but better or weaker classes, so the middle change of all
is taken off (linking by common items). It is drift where the two then differ by more than three standard errors, and by
more than .43 logits (1 on the delta scale of ETS): among thousands of answers three errors are next to nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median

from msgspec.structs import replace

from analytics.items import LEAST_DRIFT, Flag, Reply, drift
from analytics.mastery.model import SPREAD_ITEM, Answer, Difficulty, Model, begin, learn, logistic

CLOSE = 1e-9
LEAST_COMMON = 3
"""Questions of both periods from which on their middle change says something of the classes."""


def drifts(lessons: Sequence[Iterable[Reply]], items: Collection[str]) -> Mapping[str, Flag]:
    """Those of the items that have drifted, from the replies of lessons in the order of time. Silent for an item below
    30 first attempts on either side of the lesson that parts them most evenly."""
    given = _first(lessons)
    asked = sorted({reply.item for lesson in given for reply in lesson})
    parts = {item: both for item in asked if (both := _parted(given, item))}
    if not parts.keys() & set(items):
        return {}
    model = _model([reply for lesson in given for reply in lesson])
    periods = {item: [_difficulty(model, period) for period in both] for item, both in parts.items()}
    common = [after.value - before.value for before, after in periods.values()]
    shift = median(common) if len(common) >= LEAST_COMMON else 0.0
    found = {
        item: drift(before, replace(after, value=after.value - shift)) for item, (before, after) in periods.items()
    }
    return {item: flag for item, flag in found.items() if flag is not None and item in items}


def _first(lessons: Sequence[Iterable[Reply]]) -> list[list[Reply]]:
    """First attempts alone, lesson by lesson."""
    seen = set[tuple[str, str]]()
    found = []
    for lesson in lessons:
        found.append([r for r in lesson if (r.pupil, r.item) not in seen])
        seen.update((r.pupil, r.item) for r in found[-1])
    return found


def _parted(lessons: Sequence[Sequence[Reply]], item: str) -> tuple[Sequence[Reply], Sequence[Reply]] | None:
    """An item's attempts before and after; None where either are too few."""
    own = [[reply for reply in lesson if reply.item == item] for lesson in lessons]
    total, before = sum(map(len, own)), 0
    cuts = []
    for place, lesson in enumerate(own, 1):
        before += len(lesson)
        cuts.append((abs(total - 2 * before), place))
    cut = min(cuts)[1] if cuts else 0
    parts = [[reply for lesson in half for reply in lesson] for half in (own[:cut], own[cut:])]
    return (parts[0], parts[1]) if min(map(len, parts)) >= LEAST_DRIFT else None


def _model(replies: Sequence[Reply]) -> Model:
    mean = sum(reply.share for reply in replies) / len(replies)
    model = begin(min(max(mean, 0.01), 0.99), counts_tries=False)
    for reply in replies:
        learn(model, Answer(reply.pupil, reply.item, (), reply.share))
    return model


def _difficulty(model: Model, replies: Sequence[Reply]) -> Difficulty:
    """How hard an item was for these pupils: the most probable value under the model's own prior, and its variance."""
    able = [(model.base + model.pupils[reply.pupil].theta, reply.share) for reply in replies]
    value, step, information = 0.0, 1.0, 0.0
    while abs(step) > CLOSE:
        chances = [logistic(ability - value) for ability, _ in able]
        information = sum([p * (1 - p) for p in chances]) + 1 / SPREAD_ITEM
        pull = sum([p - share for p, (_, share) in zip(chances, able, strict=True)]) - value / SPREAD_ITEM
        step = max(-1.0, min(1.0, pull / information))
        value += step
    return Difficulty(value, 1 / information, len(replies))
