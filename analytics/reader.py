"""The only SQL of analytics: reads the log, reads and writes snapshots."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from analytics.attendance import Minute, Proposal
from analytics.results import PupilResult, QuestionResult
from analytics.rollup import LessonCount
from analytics.tables import class_week, lesson_count, run_snapshot
from live_session.events import Logged
from live_session.model import Millis
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.tables import run

VERSION = 1
"""Of the formulas behind a snapshot."""


class RunSnapshot(msgspec.Struct, frozen=True):
    """A run, computed. Times in ms; participants by opaque id."""

    started_at: Millis
    ended_at: Millis
    is_over: bool
    proposals: Mapping[str, Proposal]
    questions: Sequence[QuestionResult]
    pupils: Mapping[str, PupilResult]
    minutes: Sequence[Minute]


class Stored(msgspec.Struct, frozen=True):
    """A snapshot with the place in the log up to which it knows."""

    seq: int
    computed_at: Millis
    snapshot: RunSnapshot


class ClassWeek(msgspec.Struct, frozen=True):
    """A class in a week, as the department's page reads it."""

    class_id: int
    subject: str
    week: str
    lessons: int
    pupils: int
    room: int
    home: int
    late: int
    absent: int
    not_seen: int
    asked: int
    answered: int
    scored: int
    right: int
    answerers: int


_decoder = msgspec.json.Decoder(RunSnapshot)


def read_log(connection: Connection, run_id: str) -> Sequence[Logged]:
    """The whole log of a run."""
    return drive(connection, log.read(run_id))


def snapshot_of(connection: Connection, run_id: str) -> Stored | None:
    """The newest snapshot of a run; None while no job has made one."""
    row = connection.execute(select(run_snapshot).where(run_snapshot.c.run_id == run_id)).one_or_none()
    return Stored(row.seq, row.computed_at, _decoder.decode(row.body)) if row else None


def stale_runs(connection: Connection, run_ids: Sequence[str]) -> Sequence[str]:
    """Those of these runs whose log has grown since their snapshot."""
    query = (
        select(run.c.id)
        .outerjoin(run_snapshot, run_snapshot.c.run_id == run.c.id)
        .where(run.c.id.in_(run_ids), run.c.seq > func.coalesce(run_snapshot.c.seq, 0))
    )
    return [row.id for row in connection.execute(query)]


def write_snapshot(connection: Connection, run_id: str, seq: int, at: Millis, snapshot: RunSnapshot) -> None:
    """Replace a run's snapshot."""
    connection.execute(delete(run_snapshot).where(run_snapshot.c.run_id == run_id))
    body = msgspec.json.encode(snapshot).decode()
    row = {"run_id": run_id, "seq": seq, "computed_at": at, "version": VERSION, "body": body}
    connection.execute(insert(run_snapshot), [row])


def write_count(connection: Connection, keys: Mapping[str, Any], counted: LessonCount, at: Millis) -> None:
    """Replace what a lesson adds to its class's week, and sum that week anew."""
    connection.execute(delete(lesson_count).where(lesson_count.c.run_id == keys["run_id"]))
    connection.execute(insert(lesson_count), [{**keys, **msgspec.structs.asdict(counted)}])
    _sum_week(connection, keys, at)


SUMMED = ("pupils", "room", "home", "late", "absent", "not_seen", "asked", "answered", "scored", "right")


def _sum_week(connection: Connection, keys: Mapping[str, Any], at: Millis) -> None:
    group = ("school", "class_id", "subject", "week")
    where = [lesson_count.c[name] == keys[name] for name in group]
    sums = [func.coalesce(func.sum(lesson_count.c[name]), 0).label(name) for name in SUMMED]
    # The pupils behind a week's shares: at least as many as behind its fullest lesson, by counts alone.
    most = func.coalesce(func.max(lesson_count.c.answerers), 0).label("answerers")
    row = connection.execute(select(func.count().label("lessons"), most, *sums).where(*where)).one()
    connection.execute(delete(class_week).where(*(class_week.c[name] == keys[name] for name in group)))
    if row.lessons:
        values = {**{name: keys[name] for name in group}, **row._mapping, "computed_at": at}
        connection.execute(insert(class_week), [values])


def forget_snapshot(connection: Connection, run_id: str) -> None:
    """Drop a run's snapshot; while its log is there, a job writes a new one. Finished counts name nobody and stay."""
    connection.execute(delete(run_snapshot).where(run_snapshot.c.run_id == run_id))


def class_weeks(connection: Connection, school: int, weeks: Sequence[str] | None = None) -> Sequence[ClassWeek]:
    """The school's classes by week, newest week first."""
    query = (
        select(class_week)
        .where(class_week.c.school == school)
        .order_by(class_week.c.week.desc(), class_week.c.class_id)
    )
    if weeks is not None:
        query = query.where(class_week.c.week.in_(weeks))
    names = ClassWeek.__struct_fields__
    return [ClassWeek(*(getattr(row, name) for name in names)) for row in connection.execute(query)]
