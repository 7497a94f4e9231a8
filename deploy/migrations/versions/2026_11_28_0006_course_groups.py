"""groups of a course where the LMS lists them (LTI Course Groups)

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("context", sa.Column("groups_url", sa.String(2000), nullable=True))
    op.add_column("context", sa.Column("group_names", sa.JSON(), nullable=False, server_default="{}"))
