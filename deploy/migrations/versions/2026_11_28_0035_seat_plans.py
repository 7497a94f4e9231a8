"""seat plans

Revision: 0035
After: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0038"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "seat_plan",
        sa.Column("id", ID, nullable=False),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["context.id"], name=op.f("fk_seat_plan_context_id_context"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_seat_plan_class_id_school_class"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_plan")),
        sa.UniqueConstraint("context_id", "class_id", name=op.f("uq_seat_plan_context_id_class_id")),
    )
    op.create_table(
        "planned_seat",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["seat_plan.id"], name=op.f("fk_planned_seat_plan_id_seat_plan"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_planned_seat_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_seat")),
        sa.UniqueConstraint("plan_id", "person_id", name=op.f("uq_planned_seat_plan_id_person_id")),
    )
    op.create_index(op.f("ix_planned_seat_person_id"), "planned_seat", ["person_id"])
