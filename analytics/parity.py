"""Whether a seat at home is as good as one in the room. Pure. (Measurement, section 4.)

Of one lesson: plain figures of each side, hidden where few pupils stand behind one. Over weeks: within the same
pupils, those who took part both ways; what differs then is the seat and not who sits in it. It is told to the teacher
in one sentence, and corrects nothing by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import sqrt
from statistics import mean, stdev
from types import MappingProxyType

import msgspec

from analytics.attendance import Proposal, Status
from analytics.engagement import Engagement, Part
from analytics.facts import RunFacts
from analytics.presence import mode_at
from analytics.results import PupilResult, QuestionResult
from live_session.model import Millis, Mode

LEAST_A_SIDE = 5
"""Pupils of one lesson on one side below which a figure is a matter of one or two of them."""
LEAST_BOTH = 5
"""Pupils who took part both ways, below which nothing is said over weeks."""
WORTH_A_WORD = 0.10


class Side(msgspec.Struct, frozen=True):
    """Those in the room, or those at home: how many, answers given of those asked for, right answers of those that can
    be, hands `raised` and taken, answers that were on time only because the way of the network was taken off."""

    pupils: int = 0
    asked: int = 0
    answered: int = 0
    scored: int = 0
    right: int = 0
    raised: int = 0
    hands: int = 0
    credited: int = 0


class LessonParity(msgspec.Struct, frozen=True):
    """Both sides of one lesson. `is_shown`: enough pupils stand on each. `hands` and `credited`: whose each was, for
    the weeks; nobody's is 0."""

    room: Side
    home: Side
    hands: Mapping[str, int] = MappingProxyType({})
    credited: Mapping[str, int] = MappingProxyType({})

    @property
    def is_shown(self) -> bool:
        return min(self.room.pupils, self.home.pupils) >= LEAST_A_SIDE


def of_lesson(
    facts: RunFacts,
    asked: Sequence[QuestionResult],
    results: Mapping[str, PupilResult],
    proposals: Mapping[str, Proposal],
) -> LessonParity:
    """One lesson. A pupil is counted on the side where they were longer; what they were asked and did, on the side
    where they were then."""
    sides = {mode: {who for who, p in proposals.items() if p.status == SEAT[mode]} for mode in Mode}
    opened = {(one.activity, one.round): one.opened_at for one in facts.askings}
    given: dict[Mode, list[tuple[QuestionResult, str]]] = {mode: [] for mode in Mode}
    for q in asked:
        for who in q.asked if q.round == 1 else ():
            if who in sides[Mode.ROOM] | sides[Mode.HOME]:
                given[mode_at(facts.places.get(who, ()), opened[q.activity, 1])].append((q, who))
    room, home = (_side(facts, given[m], results, len(sides[m]), m) for m in (Mode.ROOM, Mode.HOME))
    hands = Counter(voice.participant for voice in facts.voices)
    return LessonParity(room, home, hands, Counter(a.participant for a in facts.attempts if a.is_credited))


SEAT = {Mode.ROOM: Status.ROOM, Mode.HOME: Status.HOME}


def _side(
    facts: RunFacts,
    given: Sequence[tuple[QuestionResult, str]],
    results: Mapping[str, PupilResult],
    pupils: int,
    mode: Mode,
) -> Side:
    shares = [results[who].given[q.activity].share for q, who in given if q.key is not None]
    scored = [share for share in shares if share is not None]
    raised, taken = (
        [v for v in some if _is_in(facts, v.participant, v.at, mode)] for some in (facts.raised, facts.voices)
    )
    credited = [a for a in facts.attempts if a.is_credited and _is_in(facts, a.participant, a.at, mode)]
    return Side(
        pupils=pupils,
        asked=len(given),
        answered=sum(who not in q.silent for q, who in given),
        scored=len(scored),
        right=sum(share == 1 for share in scored),
        raised=len(raised),
        hands=len(taken),
        credited=len(credited),
    )


def _is_in(facts: RunFacts, who: str, at: Millis, mode: Mode) -> bool:
    return mode_at(facts.places.get(who, ()), at) is mode


# --- over weeks -----------------------------------------------------------------------------------------------------


class Measure(StrEnum):
    """What is compared within a pupil, a lesson: the parts of engagement but for presence, the share right, how many
    hands were taken, and the share of answers that were on time only by what the network was credited."""

    RESPONSE = "response"
    RIGHT = "right"
    EFFORT = "effort"
    VOICE = "voice"
    HANDS = "hands"
    CREDIT = "credit"


class Seat(msgspec.Struct, frozen=True):
    """One pupil in one lesson: where, and each measure (None without opportunity)."""

    pupil: str
    mode: Mode
    values: Mapping[Measure, float]


class Gap(msgspec.Struct, frozen=True):
    """Home less room, the mean over `pupils` who had both, with its 95 % interval."""

    measure: Measure
    mean: float
    low: float
    high: float
    pupils: int

    @property
    def key(self) -> str:
        """What differs and which way, as a key that pages have words for."""
        return f"{self.measure}.{'lower' if self.mean < 0 else 'higher'}"

    @property
    def least(self) -> float:
        """The nearer end of the interval, without its sign."""
        return min(abs(self.low), abs(self.high))

    @property
    def most(self) -> float:
        """The farther end of the interval, without its sign."""
        return max(abs(self.low), abs(self.high))

    @property
    def is_told(self) -> bool:
        """More than a tenth (of hands: one in ten lessons), and surely on one side of nothing."""
        return abs(self.mean) > WORTH_A_WORD and (self.low > 0 or self.high < 0)


class Stood(msgspec.Struct, frozen=True):
    """Of a proposal, where a pupil was."""

    status: Status


class Counted(msgspec.Struct, frozen=True):
    """Of a lesson's parity, what is each pupil's own."""

    hands: Mapping[str, int]
    credited: Mapping[str, int]


class Earned(msgspec.Struct, frozen=True):
    """Of a result, how much was right."""

    earned: float
    possible: float


def seats(
    proposals: Mapping[str, Stood],
    engagements: Mapping[str, Engagement],
    results: Mapping[str, Earned],
    counted: Counted,
) -> Iterable[Seat]:
    """A lesson's pupils as the weeks need them. Where nobody's hand was taken there was no word to be had."""
    for who, proposal in proposals.items():
        if proposal.status not in (Status.ROOM, Status.HOME) or who not in engagements:
            continue
        engaged, result = engagements[who], results.get(who)
        parts = engaged.parts
        right = result.earned / result.possible if result and result.possible else None
        values = {
            Measure.RESPONSE: parts[Part.RESPONSE],
            Measure.RIGHT: right,
            Measure.EFFORT: parts[Part.EFFORT],
            Measure.VOICE: float(engaged.given > 0),
            Measure.HANDS: float(counted.hands.get(who, 0)) if counted.hands else None,
            Measure.CREDIT: counted.credited.get(who, 0) / engaged.answered if engaged.answered else None,
        }
        mode = Mode.ROOM if proposal.status is Status.ROOM else Mode.HOME
        yield Seat(who, mode, {name: value for name, value in values.items() if value is not None})


def over_weeks(taken: Iterable[Seat]) -> Sequence[Gap]:
    """Each measure for which enough pupils took part both ways. One pupil is one difference, however many lessons."""
    found: dict[Measure, dict[str, dict[Mode, list[float]]]] = {measure: {} for measure in Measure}
    for seat in taken:
        for measure, value in seat.values.items():
            found[measure].setdefault(seat.pupil, {}).setdefault(seat.mode, []).append(value)
    gaps = []
    for measure, pupils in found.items():
        both = [mean(by[Mode.HOME]) - mean(by[Mode.ROOM]) for _, by in sorted(pupils.items()) if len(by) == len(Mode)]
        if len(both) >= LEAST_BOTH:
            middle, half = mean(both), student(len(both) - 1) * stdev(both) / sqrt(len(both))
            gaps.append(Gap(measure, middle, middle - half, middle + half, len(both)))
    return gaps


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: Cornish and Fisher's expansion, within 1 % from 4 degrees of freedom on."""
    z = 1.959964
    g1, g2 = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3
