"""an index of the flagged questions alone

Revision: 0042
After: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_item_snapshot_flagged", "item_snapshot"


def upgrade() -> None:
    """Bring the schema up."""
    op.drop_index(INDEX, TABLE)
    op.create_index(
        INDEX,
        TABLE,
        ["item", "origin"],
        unique=True,
        sqlite_where=sa.text("is_flagged = 1"),
        postgresql_where=sa.text("is_flagged"),
    )
