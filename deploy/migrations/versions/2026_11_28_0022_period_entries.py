"""the period log

Revision: 0022
After: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "period_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("line", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=True),
        sa.Column("teacher_id", ID, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half_day", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=300), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("absent_p", sa.Integer(), nullable=False),
        sa.Column("absent_k", sa.Integer(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("saved_by", ID, nullable=True),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["context.id"], name=op.f("fk_period_entry_context_id_context"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_period_entry_class_id_school_class"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["person.id"], name=op.f("fk_period_entry_teacher_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["person.id"], name=op.f("fk_period_entry_saved_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_entry")),
    )
    for column in ("line", "context_id", "class_id", "teacher_id", "day"):
        op.create_index(op.f(f"ix_period_entry_{column}"), "period_entry", [column])
