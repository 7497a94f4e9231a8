"""The neighbour spot check: who is looked for in the room, and how often a proof of it was wrong. Pure.

Whom to look for is drawn by weight: a scanned code before a mere word, because it is the proof that the estimate is
about, and who was looked for seldom before who was often. Within one kind of proof and one count every pupil is as
likely as any other, so that the rate of misses says something of the proof. A miss is a pupil whose phone said "in
the room" and whom the teacher did not see; a step outside is one too.
"""

from collections.abc import Iterable, Sequence
from math import comb
from typing import NamedTuple

import msgspec

from live_session.model import Proof

DRAWN = 3
CONFIDENCE = 0.95
WEIGHTS = {Proof.CODE: 2.0, Proof.CARD: 1.0, Proof.DECLARED: 1.0, Proof.NONE: 1.0}


class Candidate(NamedTuple):
    """Somebody whose phone says that they are in the room, how it knows, and how often they were looked for before."""

    who: str
    proof: Proof
    checked: int = 0


class Look(NamedTuple):
    """One pupil looked for: what the phone's word rested on, and whether the teacher saw them."""

    proof: Proof
    seen: bool


class ErrorRate(msgspec.Struct, frozen=True):
    """Of `n` looks at pupils with this proof, `missed` were not there. `most`: the true rate is hardly above this."""

    proof: Proof
    n: int
    missed: int
    most: float


def draw(candidates: Iterable[Candidate], dice: Sequence[float], count: int = DRAWN) -> tuple[str, ...]:
    """Up to `count` of them by weight, without putting back; `dice` has a number from 0 to below 1 for each candidate
    (Efraimidis and Spirakis 2006: the largest u ** (1 / weight))."""
    pool = sorted(candidates)
    luck = [(die ** (1 / weight(one)), one.who) for one, die in zip(pool, dice, strict=True)]
    return tuple(who for _, who in sorted(luck, reverse=True)[:count])


def weight(one: Candidate) -> float:
    """How likely somebody is, beside others."""
    return WEIGHTS[one.proof] / (1 + one.checked) ** 2


def rates(looks: Iterable[Look]) -> tuple[ErrorRate, ...]:
    """How often each kind of proof was wrong, for those that were looked at."""
    found: dict[Proof, list[bool]] = {proof: [] for proof in Proof}
    for one in looks:
        found[one.proof].append(one.seen)
    return tuple(_rate(proof, seen) for proof, seen in found.items() if seen)


def _rate(proof: Proof, seen: Sequence[bool]) -> ErrorRate:
    missed = seen.count(False)
    return ErrorRate(proof, len(seen), missed, upper(missed, len(seen)))


def upper(missed: int, n: int) -> float:
    """The exact one-sided upper bound of a share at 95 % (Clopper and Pearson 1934): the rate at which so few misses
    would come up once in twenty times. 1 without any look."""
    if missed >= n:
        return 1.0
    low, high = missed / n, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(missed, n, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(missed: int, n: int, rate: float) -> float:
    """How likely that many misses or fewer are."""
    return sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(missed + 1))
