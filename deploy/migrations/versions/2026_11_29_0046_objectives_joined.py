"""words of objectives that are read as others

Revision: 0046
After: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "mastery_alias",
        sa.Column("school", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("objective", sa.String(length=300), nullable=False),
        sa.Column("stands_for", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("school", "subject", "objective", name=op.f("pk_mastery_alias")),
    )
