"""what a lesson that goes on comes to so far

Revision: 0049
After: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "mastery_underway",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("pupil", sa.String(32), nullable=False),
        sa.Column("objective", sa.String(300), nullable=False),
        sa.Column("school", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "pupil", "objective", name=op.f("pk_mastery_underway")),
    )
    op.create_index("ix_mastery_underway_pupil", "mastery_underway", ["pupil"])
