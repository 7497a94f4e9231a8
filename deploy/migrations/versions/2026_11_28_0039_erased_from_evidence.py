"""a lesson's evidence says that somebody was erased from it

Revision: 0039
After: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("mastery_run", sa.Column("erased_as", sa.String(length=32), nullable=True))
