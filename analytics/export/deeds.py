"""What pupils did in a lesson, and what teachers judged of it, as the standards for learning events can say it. Pure.

As little as says something: when, to which question, how much of it was right, how long it took. No word that a pupil
wrote, no chosen option, no heartbeat, nothing of who looked away. Only who was vouched for stands here, by opaque id.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

import msgspec

from analytics.facts import Attempt, RunFacts
from analytics.presence import Thresholds, presence
from live_session import activities, naming
from live_session.events import Answered, HandRaised, Logged
from live_session.model import Activity, Millis

SPACE = UUID("5f0a3a1e-6d0b-5c57-9d0f-6b0f0c1d7a11")
"""The name space of the ids made here: the same deed has the same id in every export."""


class Did(StrEnum):
    """What a pupil did. `ANSWERED` what can be right or wrong, `RESPONDED` what cannot."""

    JOINED = "joined"
    ANSWERED = "answered"
    RESPONDED = "responded"
    POSTED = "posted"
    RAISED_HAND = "raised_hand"
    LEFT = "left"
    ATTENDED = "attended"


class Deed(msgspec.Struct, frozen=True):
    """One deed. `activity` names a question of the lesson, "" for the lesson itself; `number` which post of the pupil,
    or which raising of the hand. `took`: how long an answer, or being there, took (ms), None where nobody knows.
    `share`: how much was right."""

    did: Did
    pupil: str
    at: Millis
    activity: str = ""
    round: int = 1
    number: int = 1
    took: Millis | None = None
    share: float | None = None


class Judged(msgspec.Struct, frozen=True):
    """A mark or a score that a teacher made or confirmed; no machine's. `of`: what it is for, as the end of an address
    in the course (a place of a term, a lesson), with its `title`. `by`: the teacher, "" where nobody knows any more."""

    of: str
    title: str
    pupil: str
    by: str
    at: Millis
    value: float
    most: float

    @property
    def id(self) -> UUID:
        return uuid5(SPACE, f"judged:{self.of}:{self.pupil}:{self.at}:{self.value}")


class Course(msgspec.Struct, frozen=True):
    """Where lessons were taught, in addresses that stand for things: the tool, and one course of it. `objectives` maps
    the words of an objective to its identifier (CASE), where the school has said one."""

    tool: str
    id: str
    subject: str
    objectives: Mapping[str, str] = {}

    @property
    def address(self) -> str:
        return f"{self.tool}/courses/{self.id}"

    def objective(self, words: str) -> str:
        """An objective's identifier: the one that the school has said, else one made from its words."""
        return identifier_of(words, self.objectives)


def identifier_of(words: str, said: Mapping[str, str] = MappingProxyType({})) -> str:
    """An objective's identifier: the one that was said for it, else one made of its words, always the same."""
    return said.get(words) or uuid5(SPACE, f"objective:{words}").urn


class Lesson(msgspec.Struct, frozen=True):
    """A lesson as it was taught, with what pupils did in it, in the order of time. Pupils stand in `deeds` by the name
    that the receiver knows them by."""

    run_id: str
    title: str
    started_at: Millis
    ended_at: Millis
    deck: Mapping[str, Activity]
    deeds: Sequence[Deed]

    @property
    def id(self) -> UUID:
        return uuid5(SPACE, f"run:{self.run_id}")

    def deed_id(self, deed: Deed, what: str = "") -> UUID:
        """Of one deed in this lesson; `what` tells several statements about it apart."""
        parts = (self.run_id, deed.did, deed.pupil, deed.activity, deed.round, deed.number, what)
        return uuid5(SPACE, ":".join(map(str, parts)))


def lesson_of(
    run_id: str, title: str, facts: RunFacts, log: Sequence[Logged], names: Mapping[str, str], by: Thresholds | None
) -> Lesson:
    """A lesson for export. `names` gives each pupil the name that goes out; who has none stays out. `by`: how presence
    is told; None for work at the pupils' own pace, in which nobody is there or not."""
    deck = {activity.id: activity for activity in facts.deck}
    found = [
        msgspec.structs.replace(deed, pupil=names[deed.pupil])
        for deed in (*_attempted(facts, deck), *_said(facts, log), *(_attended(facts, by) if by else ()))
        if deed.pupil in names
    ]
    found.sort(key=lambda d: (d.at, list(Did).index(d.did), d.pupil, d.activity, d.round, d.number))
    return Lesson(run_id, title, facts.started_at, facts.ended_at, deck, found)


def _attempted(facts: RunFacts, deck: Mapping[str, Activity]) -> Iterable[Deed]:
    for one in facts.attempts:
        activity = deck[one.activity]
        if activities.post_terms_of(activity) is None:
            share = None if one.is_late else activities.share_of(activity, one.value)
            did = Did.ANSWERED if activities.type_of(activity.kind).has_key else Did.RESPONDED
            yield _answer(one, did, None if share is None else float(share))


def _answer(one: Attempt, did: Did, share: float | None) -> Deed:
    return Deed(did, one.participant, one.at, one.activity, one.round, took=one.latency, share=share)


def _said(facts: RunFacts, log: Sequence[Logged]) -> Iterable[Deed]:
    """Posts, each once however often it was edited, and raised hands; never who has posted where nobody is told."""
    posted, raised = set[tuple[str, str, int, int]](), dict[str, int]()
    veiled = {activity.id for activity in facts.deck if naming.is_veiled(activity)}
    for entry in log:
        match entry.event:
            case Answered(participant=who, activity=activity, round=number, post=post, number=which) if (
                post
                and who in facts.trusted
                and activity not in veiled
                and (who, activity, number, which) not in posted
            ):
                posted.add((who, activity, number, which))
                yield Deed(Did.POSTED, who, entry.at, activity, number, which)
            case HandRaised(participant=who) if who in facts.trusted:
                raised[who] = raised.get(who, 0) + 1
                yield Deed(Did.RAISED_HAND, who, entry.at, number=raised[who])


def _attended(facts: RunFacts, by: Thresholds) -> Iterable[Deed]:
    """From the first sign to the last, and how long of that with signs."""
    for who, there in presence(facts, by).items():
        if there.present:
            first, last = there.present[0].start, there.present[-1].end
            yield Deed(Did.JOINED, who, first)
            yield Deed(Did.LEFT, who, last)
            yield Deed(Did.ATTENDED, who, last, took=sum(span.length for span in there.present))
