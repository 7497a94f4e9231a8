"""who saw which question's key without an answer that counts

Revision: 0050
After: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "mastery_seen",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pupil", sa.String(length=32), nullable=False),
        sa.Column("activity", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("school", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", "pupil", "activity", name=op.f("pk_mastery_seen")),
    )
    op.create_index(op.f("ix_mastery_seen_run_id"), "mastery_seen", ["run_id"])
    op.create_index("ix_mastery_seen_pupil", "mastery_seen", ["pupil", "school", "subject", "item"])
