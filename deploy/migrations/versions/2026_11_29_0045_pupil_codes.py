"""a pupil's id in the school

Revision: 0045
After: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("person", sa.Column("code", sa.String(length=64), nullable=False, server_default=""))
