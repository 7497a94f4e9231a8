"""where an LMS opens an activity, if the activity says so

Revision: 0025
After: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("resource_link", sa.Column("activity_url", sa.String(500), nullable=True))
