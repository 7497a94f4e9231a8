"""which questions are flagged, from an index alone

Revision: 0041
After: 0040
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_index("ix_item_snapshot_flagged", "item_snapshot", ["item", "origin", "is_flagged"])
