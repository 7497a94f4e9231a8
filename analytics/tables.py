"""Snapshots that jobs write and pages read. Participants stand in them by the log's opaque ids."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

from live_session.store.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

# One run, computed: attendance proposals, questions, pupils, the lesson by minute.
run_snapshot = Table(
    "run_snapshot",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("computed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

# What a lesson adds to its class's week. Counts only; nobody can be found in it.
lesson_count = Table(
    "lesson_count",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("school", Integer, nullable=False, index=True),
    Column("class_id", Integer, nullable=False, index=True),
    Column("subject", String(100), nullable=False),
    Column("week", String(10), nullable=False, index=True),
    Column("pupils", Integer, nullable=False),
    Column("room", Integer, nullable=False),
    Column("home", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("absent", Integer, nullable=False),
    Column("not_seen", Integer, nullable=False),
    Column("unconfirmed", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("scored", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("answerers", Integer, nullable=False),
)

# A class in a week (Monday's date), summed by a job: what the department's page reads.
class_week = Table(
    "class_week",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("week", String(10), primary_key=True),
    Column("lessons", Integer, nullable=False),
    Column("pupils", Integer, nullable=False),
    Column("room", Integer, nullable=False),
    Column("home", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("absent", Integer, nullable=False),
    Column("not_seen", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("scored", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("answerers", Integer, nullable=False),
    Column("computed_at", BigInteger, nullable=False),
)
