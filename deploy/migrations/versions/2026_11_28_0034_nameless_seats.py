"""lessons in which somebody whom the LMS does not name may take a seat

Revision: 0034
After: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("lesson", sa.Column("takes_nameless", sa.Boolean(), nullable=False, server_default=sa.false()))
