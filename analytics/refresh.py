"""Log -> snapshots: what a job does to one run. Doing it again gives the same."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection

from analytics import parity, pool, reader, rollup
from analytics.attendance import NONE, Status, by_minute, propose
from analytics.engagement import Norm, engagement
from analytics.facts import RunFacts
from analytics.phones import spells
from analytics.pool import Origin
from analytics.presence import There, Thresholds, common, presence
from analytics.reader import RunSnapshot, Story
from analytics.results import pupils, questions
from analytics.rollup import LessonCount
from analytics.spans import Span
from live_session.model import Millis


class Rules(msgspec.Struct, frozen=True):
    """What a school has set."""

    thresholds: Thresholds = Thresholds()
    norm: Norm = Norm()


RULES = Rules()
NOWHERE = There()


class RunInfo(msgspec.Struct, frozen=True):
    """What analytics cannot know of a run: its school, class, subject, day, its roster (opaque ids), the decisions,
    and when whom a teacher had excused before it began."""

    run_id: str
    school: int
    class_id: int | None
    subject: str
    day: date
    roster: Sequence[str] = ()
    decided: Mapping[str, Status] = {}
    excused: Mapping[str, Sequence[Span]] = {}


def compute(facts: RunFacts, by: Rules = RULES, excused: Mapping[str, Sequence[Span]] = NONE) -> RunSnapshot:
    """A run's snapshot from its facts. Pure."""
    there = presence(facts, by.thresholds)
    asked = questions(facts, there)
    proposals = propose(facts, there, by.thresholds, excused)
    results = pupils(facts, asked)
    return RunSnapshot(
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        is_over=facts.is_over,
        proposals=proposals,
        questions=asked,
        pupils=results,
        minutes=by_minute(facts, there, by.thresholds),
        engagement=engagement(facts, asked, proposals, by.norm),
        parity=parity.of_lesson(facts, asked, results, proposals),
        phones=spells(facts),
        group_shares=facts.group_shares,
        rubrics=facts.rubrics,
    )


def compute_alone(facts: RunFacts) -> RunSnapshot:
    """Work at the pupils' own pace as it stands: what was asked of whom, which is of those who answered, and what each
    first said. Nobody was or was not there, and nothing is said of taking part. Pure."""
    asked = questions(facts, dict.fromkeys(facts.trusted, NOWHERE))
    return RunSnapshot(
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        is_over=facts.is_over,
        proposals={},
        questions=asked,
        pupils=pupils(facts, asked),
        minutes=(),
    )


def refresh_alone(connection: Connection, run_id: str, now: Millis, story: Story | None = None) -> RunSnapshot | None:
    """Write the snapshot of a work at the pupils' own pace, over or not. None for one without a log."""
    story = story or reader.story_of(connection, run_id, now)
    if story is None:
        return None
    snapshot = compute_alone(story.facts)
    reader.write_snapshot(connection, run_id, story.seq, now, snapshot)
    pool.note_asked(connection, run_id, snapshot, Origin.PRACTICE)
    return snapshot


def refresh(
    connection: Connection, info: RunInfo, now: Millis, by: Rules = RULES, story: Story | None = None
) -> RunSnapshot | None:
    """Write a run's snapshot, and its counts once it is over. None for a run without a log. `story`: the log, where it
    was read in this transaction."""
    story = story or reader.story_of(connection, info.run_id, now)
    if story is None:
        return None
    before = reader.kept_of(connection, info.run_id)
    computed = compute(story.facts, by, info.excused)
    was_over = before is not None and before.is_over and computed.is_over
    # A lesson whose snapshot was dropped after it was counted has lost somebody who was erased: its counts stay.
    counted = reader.counts_of(connection, [info.run_id]).get(info.run_id)
    is_settled = before.is_settled if before else counted is not None
    told = (before.told if before else ()) or rollup.told_whole(counted)
    snapshot = msgspec.structs.replace(
        computed,
        roster=before.roster if before and was_over else info.roster,
        is_settled=is_settled,
        told=rollup.tell(computed.questions, told) if computed.is_over and not is_settled else told,
        excused=[who for who, spans in info.excused.items() if is_excused(spans, computed)],
        reliability=pool.reliability_of(info.run_id, computed) if computed.is_over else None,
    )
    reader.write_snapshot(connection, info.run_id, story.seq, now, snapshot)
    if snapshot.is_over:
        pool.note_asked(connection, info.run_id, snapshot)
    if snapshot.is_over and not snapshot.is_settled:
        _count(connection, info, snapshot, counted, now)
    return snapshot


def _count(
    connection: Connection, info: RunInfo, snapshot: RunSnapshot, before: LessonCount | None, now: Millis
) -> None:
    """A lesson's counts, and what its class's weeks then come to; nothing of a lesson without a class."""
    if info.class_id is None:
        return
    keys = {
        "run_id": info.run_id,
        "school": info.school,
        "class_id": info.class_id,
        "subject": info.subject,
        "week": rollup.week_of(info.day),
    }
    counted = rollup.count(
        snapshot.roster,
        snapshot.proposals,
        info.decided,
        snapshot.questions,
        snapshot.excused,
        snapshot.engagement.values(),
        told=snapshot.told,
    )
    reader.write_count(connection, keys, rollup.with_bands_of(counted, before), now)
    reader.write_parity(connection, keys, now)


def is_excused(spans: Sequence[Span], snapshot: RunSnapshot) -> bool:
    """They reach over at least half of the lesson."""
    lesson = Span(snapshot.started_at, snapshot.ended_at)
    return common(spans, [lesson]) * 2 >= lesson.length
