"""The tables of a run. Times are whole milliseconds since 1970-01-01 UTC."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names are the same on every database, so that migrations can name them."""

metadata = MetaData(naming_convention=NAMING)

run = Table(
    "run",
    metadata,
    Column("id", String(32), primary_key=True),
    # Random; a restore from backup writes a new one, and phones then offer again what was acknowledged.
    Column("epoch", String(32), nullable=False),
    Column("seq", Integer, nullable=False, default=0),
    Column("phase", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

event = Table(
    "event",
    metadata,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    # "who:id". The id is made on the phone; who asked stands before it, so that nobody can use up another's ids.
    Column("command_id", String(160), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("type", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("run_id", "command_id"),
)

# The newest state of a run as bytes (`store.snapshots`), one row a run: recovery reads it and the events after `seq`.
# Never truth: void unless `epoch` is the run's and `made_by` this release's way of folding. Holds no pupil's words.
snapshot = Table(
    "snapshot",
    metadata,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("made_by", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Free text and uploads. The log keeps only the reference, so that one pupil's words can be erased and the log stays
# whole. `id` is the command's key for texts, "who/id" for uploads.
content = Table(
    "content",
    metadata,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(160), primary_key=True),
    Column("participant", String(64), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text),
    Column("data", LargeBinary),
    Column("size", Integer, nullable=False, default=0),
)
