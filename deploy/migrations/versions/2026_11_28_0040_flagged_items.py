"""which questions a flag says to look at, without a look at their analysis

Revision: 0040
After: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

SNAPSHOT = sa.table("item_snapshot", sa.column("body", sa.Text()), sa.column("is_flagged", sa.Boolean()))


def upgrade() -> None:
    """Bring the schema up, and say it of the questions that were analysed before."""
    op.add_column("item_snapshot", sa.Column("is_flagged", sa.Boolean(), nullable=False, server_default=sa.false()))
    has_flags = SNAPSHOT.c.body.not_like('%"flags":[]%')
    op.execute(SNAPSHOT.update().where(has_flags).values(is_flagged=True))
