"""the student model: evidence, difficulties, estimates

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "mastery_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mastery_cursor")),
    )
    _lessons()
    _values()


def _scope() -> list[sa.Column[object]]:
    return [
        sa.Column("school", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
    ]


def _lessons() -> None:
    op.create_table(
        "mastery_run",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *_scope(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_mastery_run")),
        sa.UniqueConstraint("position", name=op.f("uq_mastery_run_position")),
    )
    op.create_index("ix_mastery_run_school_subject", "mastery_run", ["school", "subject", "position"])
    op.create_table(
        "mastery_answer",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        *_scope(),
        sa.Column("pupil", sa.String(length=32), nullable=False),
        sa.Column("activity", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("objective", sa.String(length=300), nullable=True),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("position", "n", name=op.f("pk_mastery_answer")),
    )
    op.create_index(op.f("ix_mastery_answer_run_id"), "mastery_answer", ["run_id"])
    op.create_index("ix_mastery_answer_pupil", "mastery_answer", ["pupil", "school", "subject"])


def _values() -> None:
    op.create_table(
        "mastery_model",
        *_scope(),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school", "subject", name=op.f("pk_mastery_model")),
    )
    op.create_table(
        "mastery_difficulty",
        *_scope(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("objective", sa.String(length=300), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("variance", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school", "subject", "kind", "name", name=op.f("pk_mastery_difficulty")),
    )
    op.create_table(
        "mastery_estimate",
        *_scope(),
        sa.Column("pupil", sa.String(length=32), nullable=False),
        sa.Column("objective", sa.String(length=300), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school", "subject", "pupil", "objective", name=op.f("pk_mastery_estimate")),
    )
    op.create_index("ix_mastery_estimate_pupil", "mastery_estimate", ["pupil"])
    op.create_table(
        "mastery_point",
        *_scope(),
        sa.Column("pupil", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school", "subject", "pupil", "position", name=op.f("pk_mastery_point")),
    )
    op.create_index("ix_mastery_point_pupil", "mastery_point", ["pupil"])
