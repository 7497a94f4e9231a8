"""columns for attendance and participation where a teacher wants them; whom an LMS lets into an activity

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    for name in ("writes_attendance", "writes_participation"):
        op.add_column("course", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("resource_link", sa.Column("audience", sa.JSON(), nullable=True))
