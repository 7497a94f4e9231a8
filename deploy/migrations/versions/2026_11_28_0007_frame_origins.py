"""origins that may frame our pages besides an LMS's issuer

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("registration", sa.Column("frame_origins", sa.JSON(), nullable=False, server_default="[]"))
