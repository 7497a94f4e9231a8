"""Log -> snapshots: what a job does to one run. Doing it again gives the same."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection

from analytics import reader, rollup
from analytics.attendance import Status, Thresholds, by_minute, propose
from analytics.facts import gather
from analytics.reader import RunSnapshot
from analytics.results import pupils, questions
from live_session.events import Logged
from live_session.model import Millis


class RunInfo(msgspec.Struct, frozen=True):
    """What analytics cannot know of a run: its school, class, subject, day, its roster (opaque ids), the decisions."""

    run_id: str
    school: int
    class_id: int | None
    subject: str
    day: date
    roster: Sequence[str] = ()
    decided: Mapping[str, Status] = {}


def compute(log: Sequence[Logged], now: Millis, by: Thresholds) -> RunSnapshot:
    """A run's snapshot from its whole log. Pure."""
    facts = gather(log, now)
    asked = questions(facts, by)
    return RunSnapshot(
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        is_over=facts.is_over,
        proposals=propose(facts, by),
        questions=asked,
        pupils=pupils(facts, asked),
        minutes=by_minute(facts, by),
    )


def refresh(connection: Connection, info: RunInfo, now: Millis, by: Thresholds) -> RunSnapshot | None:
    """Write a run's snapshot, and its counts once it is over. None for a run without a log."""
    log = reader.read_log(connection, info.run_id)
    if not log:
        return None
    snapshot = compute(log, now, by)
    reader.write_snapshot(connection, info.run_id, log[-1].seq, now, snapshot)
    if snapshot.is_over and info.class_id is not None:
        keys = {
            "run_id": info.run_id,
            "school": info.school,
            "class_id": info.class_id,
            "subject": info.subject,
            "week": rollup.week_of(info.day),
        }
        counted = rollup.count(info.roster, snapshot.proposals, info.decided, snapshot.questions)
        reader.write_count(connection, keys, counted, now)
    return snapshot
