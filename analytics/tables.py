"""Snapshots that jobs write and pages read. Participants stand in them by the log's opaque ids."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text, false, text

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

# What a lesson adds to its class's week. Counts only; nobody can be found in it: a share of fewer than ten pupils is
# not even kept.
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
    Column("high", Integer, nullable=False, server_default="0"),
    Column("middle", Integer, nullable=False, server_default="0"),
    Column("low", Integer, nullable=False, server_default="0"),
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
    Column("high", Integer, nullable=False, server_default="0"),
    Column("middle", Integer, nullable=False, server_default="0"),
    Column("low", Integer, nullable=False, server_default="0"),
    Column("computed_at", BigInteger, nullable=False),
)

# Which version of which question a lesson asked, or work at the pupils' own pace (`origin`). `is_pooled`: its answers
# are in the question's analysis.
item_asked = Table(
    "item_asked",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("item", String(120), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_pooled", Boolean, nullable=False, index=True),
    Column("origin", String(10), nullable=False, server_default="class"),
    Index("ix_item_asked_item", "item"),
)

# How good a question is, by version, pooled over lessons, or over work at the pupils' own pace, never over both: counts
# and correlations that name nobody. `is_flagged`: there are flags in
# its body; a head's page asks that of thousands.
item_snapshot = Table(
    "item_snapshot",
    metadata,
    Column("item", String(120), primary_key=True),
    Column("origin", String(10), primary_key=True, server_default="class"),
    Column("computed_at", BigInteger, nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("is_flagged", Boolean, nullable=False, server_default=false()),
    # Of the flagged ones alone: few, and without their bodies.
    Index(
        "ix_item_snapshot_flagged",
        "item",
        "origin",
        unique=True,
        sqlite_where=text("is_flagged = 1"),
        postgresql_where=text("is_flagged"),
    ),
)

# A class in a subject: room against home over the last weeks, within the same pupils. Aggregates of at least five.
class_parity = Table(
    "class_parity",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("computed_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

# --- the student model ------------------------------------------------------------------------------------------------
# A school and a subject have one model. Pupils stand in it by their opaque id.

# Where the one consumer stands: the last global position that it gave.
mastery_cursor = Table(
    "mastery_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)

# A lesson that the model has read: its global position, and how much of its log stands behind it. `erased_as`: the
# name that the pupil who was erased from its evidence last has there now.
mastery_run = Table(
    "mastery_run",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True),
    Column("school", Integer, nullable=False),
    Column("subject", String(100), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("erased_as", String(32)),
    Index("ix_mastery_run_school_subject", "school", "subject", "position"),
)

# The evidence: one answer that counts. All other tables of the model follow from these rows in this order.
mastery_answer = Table(
    "mastery_answer",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("run_id", String(32), nullable=False, index=True),
    Column("school", Integer, nullable=False),
    Column("subject", String(100), nullable=False),
    Column("pupil", String(32), nullable=False),
    Column("activity", String(64), nullable=False),
    Column("item", String(120), nullable=False),
    Column("objective", String(300)),
    Column("share", Double, nullable=False),
    Column("weight", Double, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Index("ix_mastery_answer_pupil", "pupil", "school", "subject", "item"),
)

# Who saw an item's key without an answer that counts: what they answer to it later says nothing. Apart from the
# answers, so that no count of those holds any of it.
mastery_seen = Table(
    "mastery_seen",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("pupil", String(32), primary_key=True),
    Column("activity", String(64), primary_key=True),
    Column("run_id", String(32), nullable=False, index=True),
    Column("school", Integer, nullable=False),
    Column("subject", String(100), nullable=False),
    Column("item", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_mastery_seen_pupil", "pupil", "school", "subject", "item"),
)

# Words of an objective that are read as others, because a teacher has reworded it or made two into one. The evidence
# keeps the words of its lesson.
mastery_alias = Table(
    "mastery_alias",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("objective", String(300), primary_key=True),
    Column("stands_for", String(300), nullable=False),
)

# A model as a whole. `is_stale`: evidence behind it was changed or forgotten, so it must be made anew.
mastery_model = Table(
    "mastery_model",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("answers", Integer, nullable=False),
    Column("is_stale", Boolean, nullable=False),
)

# Heads of a model, each fitted from its evidence; weights that name nobody. A version speaks of lessons after its
# `position`; none is ever changed, so that what it said can be computed again.
mastery_head = Table(
    "mastery_head",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

# How hard items (by version) and objectives are. `objective` of an item: what it is asked for, "" for nothing.
mastery_difficulty = Table(
    "mastery_difficulty",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("objective", String(300), nullable=False),
    Column("value", Double, nullable=False),
    Column("variance", Double, nullable=False),
    Column("n", Integer, nullable=False),
)

# A pupil, and a pupil on an objective (`objective` "": the pupil as a whole): values of the model, and what they mean.
mastery_estimate = Table(
    "mastery_estimate",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("pupil", String(32), primary_key=True),
    Column("objective", String(300), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_mastery_estimate_pupil", "pupil"),
)

# A pupil on an objective as a lesson that goes on would leave them, with its answers so far; gone once it is read.
mastery_underway = Table(
    "mastery_underway",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("pupil", String(32), primary_key=True),
    Column("objective", String(300), primary_key=True),
    Column("school", Integer, nullable=False),
    Column("subject", String(100), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_mastery_underway_pupil", "pupil"),
)

# Where a pupil stood after each lesson: the share right expected on a question of middle difficulty, with its band.
mastery_point = Table(
    "mastery_point",
    metadata,
    Column("school", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(100), primary_key=True),
    Column("pupil", String(32), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("day", String(10), nullable=False),
    Column("value", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("n", Integer, nullable=False),
    Index("ix_mastery_point_pupil", "pupil"),
)
