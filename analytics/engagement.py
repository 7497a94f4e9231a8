"""How much each pupil took part in one lesson, of what there was to take part in. Pure. (Measurement, section 4.)

Four parts in [0, 1], None where there was no opportunity: presence, answers of questions asked, effort (not answering
faster than one can read), and contributions. Nobody's value depends on how loud anybody else was, none says where a
pupil sat, and none enters a mark. Shown is a band with its parts; below three opportunities there is none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from statistics import median
from typing import TypeAlias

import msgspec

from analytics.attendance import Proposal
from analytics.facts import Attempt, RunFacts
from analytics.items import rapid_below
from analytics.results import QuestionResult
from live_session import activities, groups
from live_session.model import Millis

LEAST_OPPORTUNITIES = 3
LEAST_TIMED = 5
"""Answers below which nothing is said of effort."""

Asking: TypeAlias = tuple[str, int]
"""A round of an activity."""


class Part(StrEnum):
    """What engagement is made of."""

    PRESENCE = "presence"
    RESPONSE = "response"
    EFFORT = "effort"
    VOICE = "voice"


WEIGHTS: Mapping[Part, float] = {Part.PRESENCE: 0.25, Part.RESPONSE: 0.40, Part.EFFORT: 0.15, Part.VOICE: 0.20}


class Band(StrEnum):
    """Three bands; no decimal and no rank."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


BOUNDS = (0.5, 0.75)


class Norm(msgspec.Struct, frozen=True):
    """What a school says of it: how many contributions to a lesson are a whole one."""

    voice_target: int = 1
    version: int = 1


class Engagement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pupil in one lesson, with the counts behind each part: `answered` of `eligible`; `rapid` of `timed` answers;
    contributions `given`, at most one an activity, where `target` are a whole one (0: neither asked for nor given).
    `value` is None where there were too few opportunities."""

    participant: str
    presence: float | None = None
    answered: int = 0
    eligible: int = 0
    rapid: int = 0
    timed: int = 0
    given: int = 0
    target: int = 0
    value: float | None = None
    version: int = 1

    @property
    def parts(self) -> Mapping[Part, float | None]:
        """Each part, None without opportunity."""
        return {
            Part.PRESENCE: self.presence,
            Part.RESPONSE: self.answered / self.eligible if self.eligible else None,
            Part.EFFORT: 1 - self.rapid / self.timed if self.timed >= LEAST_TIMED else None,
            Part.VOICE: min(1.0, self.given / self.target) if self.target else None,
        }

    @property
    def band(self) -> Band | None:
        """Where the value lies."""
        if self.value is None:
            return None
        return Band.LOW if self.value < BOUNDS[0] else Band.MIDDLE if self.value < BOUNDS[1] else Band.HIGH


def engagement(
    facts: RunFacts, asked: Sequence[QuestionResult], proposals: Mapping[str, Proposal], norm: Norm
) -> Mapping[str, Engagement]:
    """Everybody who was vouched for. Whoever had no phone has no values here: the teacher has eyes."""
    typical = {key: median(times) for key, times in _latencies(facts.attempts).items()}
    work = {who: _Work() for who in sorted(facts.trusted)}
    for attempt in facts.attempts:
        work[attempt.participant].attempts[attempt.activity, attempt.round] = attempt
    shared = {activity.id for activity in facts.deck if groups.is_of_groups(activity)}
    checks = {activity.id for activity in facts.deck if activities.is_check(activity)}
    for question in asked:
        if question.activity in checks:
            continue  # a sign of who is there: presence has it already
        for who in question.asked:
            asking = (question.activity, question.round)
            # What one typed for the whole group says nothing against those who did not.
            if question.activity not in shared or asking in work[who].attempts:
                work[who].eligible.add(asking)
    # At most one an activity: a hundred posts to one are one.
    for voice in facts.voices:
        work[voice.participant].voices.add(voice.activity)
    walls = {activity.id for activity in facts.deck if activities.post_terms_of(activity) is not None}
    for one in work.values():
        # What a team posted at one phone says of none of them that they spoke up.
        together = {activity for (activity, _), attempt in one.attempts.items() if attempt.is_team}
        one.voices |= {activity for activity, _ in one.attempts if activity in walls - together}
        one.is_invited = any(activity in walls - together for activity, _ in one.eligible)
    return {who: _of_one(who, proposals.get(who), one, typical, norm) for who, one in work.items()}


class _Work:
    """What one pupil was asked and did."""

    def __init__(self) -> None:
        self.eligible: set[Asking] = set()
        self.attempts: dict[Asking, Attempt] = {}
        self.voices: set[str] = set()
        self.is_invited = False


def _of_one(
    who: str, proposal: Proposal | None, work: _Work, typical: Mapping[Asking, float], norm: Norm
) -> Engagement:
    answered = [work.attempts[key] for key in work.eligible if key in work.attempts]
    timed = [(a.latency, typical[a.activity, a.round]) for a in answered if a.latency is not None]
    one = Engagement(
        participant=who,
        presence=None if proposal is None else proposal.share,
        answered=len(answered),
        eligible=len(work.eligible),
        rapid=sum(is_rapid(latency, usual) for latency, usual in timed),
        timed=len(timed),
        given=len(work.voices),
        # Nobody is marked down for a hand that was never asked for: there, what counts is what was given.
        target=norm.voice_target if work.voices or work.is_invited else 0,
        version=norm.version,
    )
    return msgspec.structs.replace(one, value=value_of(one))


def value_of(one: Engagement) -> float | None:
    """The weighted mean of the parts there are; None below three opportunities."""
    if one.eligible + one.given < LEAST_OPPORTUNITIES:
        return None
    parts = {part: value for part, value in one.parts.items() if value is not None}
    return sum(WEIGHTS[p] * value for p, value in parts.items()) / sum(WEIGHTS[p] for p in parts)


def is_rapid(latency: Millis, typical: float) -> bool:
    """Too quick to have been read, where the class usually took so many ms."""
    return latency < rapid_below(typical, 1_000)


def _latencies(attempts: Iterable[Attempt]) -> Mapping[Asking, list[Millis]]:
    found: dict[Asking, list[Millis]] = {}
    for a in attempts:
        if a.latency is not None:
            found.setdefault((a.activity, a.round), []).append(a.latency)
    return found


def unheard(lessons: Iterable[Mapping[str, Engagement]]) -> Collection[str] | None:
    """Who took part in these lessons and contributed nothing to any of them but answers; None where nobody did: then
    there was nothing to be heard in. Silence is no fault: it says whom to ask next."""
    given: dict[str, int] = {}
    for one in lessons:
        for who, engaged in one.items():
            given[who] = given.get(who, 0) + engaged.given
    return {who for who, count in given.items() if not count} if any(given.values()) else None
