"""How good the items are: classical test theory on first attempts, each flag with its bound and its n. Pure.

Below its least n a flag is silent: p and r of thirty pupils are mostly noise. A bound is one-sided at 95 % for each
item by itself, so among forty items some flags are false; nothing is ever hidden by one.

A blank of a pupil who was asked counts as wrong (share 0, nothing chosen); who was not asked has no reply at all. A
pupil's rest score on an item is the mean share right on the other items of the set, so nobody who joined late drags
an item down.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from math import atanh, log, sqrt, tanh
from statistics import fmean, median, pvariance
from typing import TypeAlias

import msgspec

from analytics.mastery.model import Difficulty

ONE_SIDED = 1.645
LEAST_EXTREME = 10
LEAST_WEAK = 45
LEAST_MISKEY = 30
MISKEY_LEAD = 0.1
LEAST_DISTRACTORS = 30
LEAST_CURVE, GROUPS = 30, 3
"""Answers below which no curve is drawn, and its groups: a third of thirty is ten."""
LEAST_DEAD = 60
LEAST_TIME = 30
LEAST_RAPID = 10
"""Timed answers below which their median says too little of what is quick."""
LEAST_DRIFT = 30
LEAST_CHANGE = 0.43
"""Logits below which two groups or periods differ by nothing worth a word, however many answers say so."""
LEAST_ALPHA = (20, 8)
"""Pupils, items."""
LEAST_GROUP = 100
RAPID_SECONDS = 2.0
RAPID_SHARE = 0.1
"""A rapid guess is quicker than 2 s or a tenth of the item's median (after Wise), whichever is longer."""


class Place(StrEnum):
    """Where an answer was given."""

    ROOM = "room"
    HOME = "home"


class Reply(msgspec.Struct, frozen=True):
    """One pupil's first attempt. `item` names a version; `chosen` are the options picked, () for a blank; `seconds`
    from the server's clock, None where unknown."""

    pupil: str
    item: str
    share: float
    chosen: tuple[str, ...] = ()
    seconds: float | None = None
    place: Place | None = None


class Trait(msgspec.Struct, frozen=True):
    """What an item offers: its options and those of the key; both () where nothing is chosen from a list."""

    options: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def guess(self) -> float:
        """The share right of who knows nothing: one option of several."""
        return 1 / len(self.options) if len(self.key) == 1 and self.options else 0.0


class Concern(StrEnum):
    """What may be wrong with an item."""

    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    WEAK = "weak"
    MISKEY = "miskey"
    DEAD_DISTRACTOR = "dead_distractor"
    SLOW = "slow"
    DRIFT = "drift"
    PLACES_DIFFER = "places_differ"


class Flag(msgspec.Struct, frozen=True):
    """`value` passed `bound`, from `n` answers. `option` where the concern is about one."""

    concern: Concern
    value: float
    bound: float
    n: int
    option: str | None = None


class Distractor(msgspec.Struct, frozen=True):
    """An option: the share who chose it, and their mean rest score (None where nobody did)."""

    option: str
    share: float
    rest: float | None
    is_key: bool


class CurvePoint(msgspec.Struct, frozen=True):
    """A third of the pupils by their rest score, whose mean is `rest`: of these `n`, the share who chose each option.
    `options` are (option, whether it is of the key), the key's first; ("", True) alone stands for "right" where nothing
    is chosen from a list."""

    n: int
    rest: float
    options: tuple[tuple[str, bool], ...]
    shares: tuple[float, ...]


class ItemReport(msgspec.Struct, frozen=True):
    """One item. `p` is its mean share right with its Wilson interval of 90 %; `r` the corrected discrimination with
    Fisher's, from the `compared` answers that have a rest score; None where it has no meaning or they are too few.
    `options` is () below its least n. `rapid` are those of the `timed` answers that were too quick to have been read:
    quicker than `rapid_bound` seconds, None where nothing was timed."""

    item: str
    n: int
    p: float
    low: float
    high: float
    r: float | None
    options: Sequence[Distractor]
    rapid: int
    timed: int
    flags: Sequence[Flag]
    compared: int = 0
    r_low: float | None = None
    r_high: float | None = None
    curve: Sequence[CurvePoint] = ()
    rapid_bound: float | None = None


Table: TypeAlias = Mapping[str, Mapping[str, Reply]]


def analyse(replies: Iterable[Reply], traits: Mapping[str, Trait]) -> Mapping[str, ItemReport]:
    """Every item of a set, by its name. Pool classes by giving the replies of all of them: a pupil's name must be
    theirs alone. A second reply of a pupil to an item is no first attempt, and is passed over."""
    by_item: dict[str, dict[str, Reply]] = defaultdict(dict)
    by_pupil: dict[str, dict[str, Reply]] = defaultdict(dict)
    for reply in replies:
        if reply.pupil not in by_item[reply.item]:
            by_item[reply.item][reply.pupil] = by_pupil[reply.pupil][reply.item] = reply
    typical = _medians(by_item)
    return {
        item: _item(item, list(given.values()), by_pupil, traits.get(item, Trait()), typical)
        for item, given in by_item.items()
    }


def reliability(scores: Sequence[Sequence[float]]) -> tuple[float | None, float | None]:
    """Cronbach's alpha and the standard error of a total, from a row for each pupil; None for too few of either.

    alpha = k/(k-1) * (1 - sum of items' variances / variance of totals), sem = sd of totals * sqrt(1 - alpha).
    """
    pupils, k = len(scores), len(scores[0]) if scores else 0
    spread = pvariance([sum(row) for row in scores]) if scores else 0.0
    if pupils < LEAST_ALPHA[0] or k < LEAST_ALPHA[1] or not spread:
        return None, None
    alpha = k / (k - 1) * (1 - sum(pvariance(column) for column in zip(*scores, strict=True)) / spread)
    return alpha, sqrt(spread * (1 - min(alpha, 1)))


def rapid_below(typical: float, second: float = 1.0) -> float:
    """The time below which an answer is too quick to have been read, where the class usually took so long; `second` is
    a second in the unit of both."""
    return max(RAPID_SECONDS * second, RAPID_SHARE * typical)


def wilson(p: float, n: float, z: float = ONE_SIDED) -> tuple[float, float]:
    """Wilson's interval of a share; (0, 1) without answers."""
    if not n:
        return 0.0, 1.0
    middle, width = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - width) / (1 + z * z / n)), min(1.0, (middle + width) / (1 + z * z / n))


def fisher(r: float, n: int, z: float = ONE_SIDED) -> tuple[float | None, float | None]:
    """Fisher's interval of a correlation; none below the least n for distractors."""
    if n < LEAST_DISTRACTORS:
        return None, None
    middle, width = atanh(max(-0.999, min(0.999, r))), z / sqrt(n - 3)
    return tanh(middle - width), tanh(middle + width)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's; None where either does not vary."""
    if len(xs) < 2:
        return None
    mean_x, mean_y = fmean(xs), fmean(ys)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = sqrt(sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys))
    return both / spread if spread > 1e-12 else None


def _rest(reply: Reply, given: Mapping[str, Reply]) -> float | None:
    others = [r.share for item, r in given.items() if item != reply.item]
    return fmean(others) if others else None


def _item(item: str, given: Sequence[Reply], by_pupil: Table, trait: Trait, typical: "Typical") -> ItemReport:
    n, p = len(given), fmean(r.share for r in given)
    low, high = wilson(p, n)
    rests = [(r, rest) for r in given if (rest := _rest(r, by_pupil[r.pupil])) is not None]
    r = correlation([reply.share for reply, _ in rests], [rest for _, rest in rests])
    options = _options(rests, trait) if n >= LEAST_DISTRACTORS else ()
    timed = [reply.seconds for reply in given if reply.seconds is not None]
    middle = typical.items.get(item)
    limit = rapid_below(middle) if middle is not None else None
    flags = [
        *_extremes(n, low, high, trait),
        *_weak(r, len(rests)),
        *_miskey(rests, trait),
        *_dead(options, n),
        *_slow(middle, typical.whole, len(timed)),
    ]
    rapid = sum(s < limit for s in timed) if limit is not None else 0
    band = fisher(r, len(rests)) if r is not None else (None, None)
    drawn = _curve(rests, trait)
    return ItemReport(item, n, p, low, high, r, options, rapid, len(timed), flags, len(rests), *band, drawn, limit)


class Typical(msgspec.Struct, frozen=True):
    """Median seconds of each item, and of the set's items."""

    items: Mapping[str, float]
    whole: float | None


def _medians(by_item: Mapping[str, Mapping[str, Reply]]) -> Typical:
    seconds = {item: [r.seconds for r in given.values() if r.seconds is not None] for item, given in by_item.items()}
    items = {item: median(values) for item, values in seconds.items() if values}
    return Typical(items, median(items.values()) if items else None)


def _options(rests: Sequence[tuple[Reply, float]], trait: Trait) -> tuple[Distractor, ...]:
    found = []
    for option in trait.options:
        theirs = [rest for reply, rest in rests if option in reply.chosen]
        share = len(theirs) / len(rests) if rests else 0.0
        found.append(Distractor(option, share, fmean(theirs) if theirs else None, option in trait.key))
    return tuple(found)


def _curve(rests: Sequence[tuple[Reply, float]], trait: Trait) -> Sequence[CurvePoint]:
    """Empirical trace lines, from the weakest third to the strongest; none below the least n."""
    if len(rests) < LEAST_CURVE:
        return ()
    ranked = sorted(rests, key=lambda pair: (pair[1], pair[0].pupil))
    named = sorted(((option, option in trait.key) for option in trait.options), key=lambda one: not one[1])
    options = tuple(named) or (("", True),)
    found = []
    for a, b in pairwise(round(len(ranked) * k / GROUPS) for k in range(GROUPS + 1)):
        part = ranked[a:b]
        shares = (fmean(option in r.chosen if option else r.share for r, _ in part) for option, _ in options)
        found.append(CurvePoint(len(part), fmean(rest for _, rest in part), options, tuple(shares)))
    return found


# --- flags ----------------------------------------------------------------------------------------------------------


def _extremes(n: int, low: float, high: float, trait: Trait) -> Iterable[Flag]:
    if n < LEAST_EXTREME:
        return
    if high < (bound := max(0.25, trait.guess + 0.05)):
        yield Flag(Concern.TOO_HARD, high, bound, n)
    if low > 0.95:
        yield Flag(Concern.TOO_EASY, low, 0.95, n)


def _weak(r: float | None, n: int) -> Iterable[Flag]:
    """The upper bound of r, by Fisher's transformation, is still low."""
    if r is None or n < LEAST_WEAK:
        return
    _, upper = fisher(r, n)
    if upper is not None and upper < 0.15:
        yield Flag(Concern.WEAK, upper, 0.15, n)


def _miskey(rests: Sequence[tuple[Reply, float]], trait: Trait) -> Iterable[Flag]:
    """The best third by the rest score prefers another option, and that one goes with the rest better than the key.

    The second half stands for "r < 0" of the usual rule, which misses one miskey in six at n = 45: an option that wins
    what the key loses is seen sooner than the key's own loss.
    """
    n = len(rests)
    if n < LEAST_MISKEY or len(trait.key) != 1 or len(trait.options) < 2:
        return
    best = sorted(rests, key=lambda pair: -pair[1])[: n // 3]
    votes = {option: sum(option in reply.chosen for reply, _ in best) for option in trait.options}
    preferred = max(trait.options, key=lambda option: votes[option])
    if votes[preferred] <= votes[trait.key[0]]:
        return
    lead = _goes_with(rests, preferred) - _goes_with(rests, trait.key[0])
    if lead > MISKEY_LEAD:
        yield Flag(Concern.MISKEY, lead, MISKEY_LEAD, n, preferred)


def _goes_with(rests: Sequence[tuple[Reply, float]], option: str) -> float:
    """How choosing an option goes with the rest score; 0 where everybody or nobody chose it."""
    chose = [float(option in reply.chosen) for reply, _ in rests]
    return correlation(chose, [rest for _, rest in rests]) or 0.0


def _dead(options: Iterable[Distractor], n: int) -> Iterable[Flag]:
    if n >= LEAST_DEAD:
        for one in options:
            if not one.is_key and one.share < 0.03:
                yield Flag(Concern.DEAD_DISTRACTOR, one.share, 0.03, n, one.option)


def _slow(middle: float | None, whole: float | None, n: int) -> Iterable[Flag]:
    if middle is not None and whole is not None and n >= LEAST_TIME and middle > 3 * whole:
        yield Flag(Concern.SLOW, middle, 3 * whole, n)


def drift(before: Difficulty, after: Difficulty) -> Flag | None:
    """An item's difficulty in two periods, each learnt by itself, differs by more than three standard errors, and by
    more than .43 (1 on the delta scale of ETS). `analytics.drift` learns them."""
    n = min(before.n, after.n)
    change = abs(after.value - before.value)
    bound = max(LEAST_CHANGE, 3 * sqrt(before.variance + after.variance))
    return Flag(Concern.DRIFT, change, bound, n) if n >= LEAST_DRIFT and change > bound else None


def places_differ(item: str, replies: Iterable[Reply], strata: int = 5) -> Flag | None:
    """Pupils as good as each other do differently in the room and at home: the logarithm of Mantel and Haenszel's odds
    ratio over strata of the rest score, beyond its interval of 95 % (Robins, Breslow and Greenland 1986) and beyond
    .43 (1 on the delta scale of ETS). None below 100 answers from either place. Partial credit counts as wrong."""
    by_pupil: dict[str, dict[str, Reply]] = defaultdict(dict)
    for reply in replies:
        by_pupil[reply.pupil].setdefault(reply.item, reply)
    own = [(g[item], rest) for g in by_pupil.values() if item in g and (rest := _rest(g[item], g)) is not None]
    own.sort(key=lambda pair: pair[1])
    groups = [sum(r.place is place for r, _ in own) for place in Place]
    if min(groups) < LEAST_GROUP:
        return None
    edges = [round(len(own) * k / strata) for k in range(strata + 1)]
    found = _common_odds([_counts(own[a:b]) for a, b in pairwise(edges)])
    if found is None:
        return None
    value, error = found
    bound = max(LEAST_CHANGE, 1.96 * error)
    return Flag(Concern.PLACES_DIFFER, value, bound, min(groups)) if abs(value) > bound else None


def _counts(part: Iterable[tuple[Reply, float]]) -> tuple[int, int, int, int]:
    """Right and wrong in the room, right and wrong at home."""
    cells = [0, 0, 0, 0]
    for reply, _ in part:
        if reply.place is not None:
            cells[(2 if reply.place is Place.HOME else 0) + (reply.share < 1)] += 1
    return cells[0], cells[1], cells[2], cells[3]


def _common_odds(tables: Iterable[tuple[int, int, int, int]]) -> tuple[float, float] | None:
    """The logarithm of the common odds ratio, and its standard error; None where it is not finite."""
    up = down = pr = both = qs = 0.0
    for a, b, c, d in tables:
        n = a + b + c + d
        if not n:
            continue
        p, q, x, y = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        up, down = up + x, down + y
        pr, both, qs = pr + p * x, both + p * y + q * x, qs + q * y
    if not up or not down:
        return None
    return log(up / down), sqrt(pr / (2 * up * up) + both / (2 * up * down) + qs / (2 * down * down))
