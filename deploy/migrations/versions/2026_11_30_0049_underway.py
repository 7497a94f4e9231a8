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
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("pupil", sa.String(32), primary_key=True),
        sa.Column("objective", sa.String(300), primary_key=True),
        sa.Column("school", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_mastery_underway_pupil", "mastery_underway", ["pupil"])
