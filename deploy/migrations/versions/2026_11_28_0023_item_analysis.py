"""item analysis: which lesson asked which question, and how good questions are

Revision: 0023
After: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "item_asked",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_pooled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "item", name=op.f("pk_item_asked")),
    )
    op.create_index("ix_item_asked_item", "item_asked", ["item"])
    op.create_index(op.f("ix_item_asked_is_pooled"), "item_asked", ["is_pooled"])
    op.create_table(
        "item_snapshot",
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_item_snapshot")),
    )
