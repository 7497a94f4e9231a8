"""a mark says where its test was held, and what a periodic one online rests on

Revision: 0043
After: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("mark", sa.Column("held", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("mark", sa.Column("decision", sa.String(length=80), nullable=False, server_default=""))
