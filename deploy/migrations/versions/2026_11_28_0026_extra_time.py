"""more time for a pupil who needs it

Revision: 0026
After: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("membership", sa.Column("extra_time", sa.Integer(), nullable=False, server_default="0"))
