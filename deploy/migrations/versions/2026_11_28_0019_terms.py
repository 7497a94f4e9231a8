"""on which terms a question is asked

Revision: 0019
After: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("lesson_activity", sa.Column("terms", sa.JSON(), nullable=False, server_default="{}"))
