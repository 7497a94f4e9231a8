"""how many pupils took part how much, in a class and a week

Revision: 0029
After: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up. The counts of lessons taught before come when a job computes them anew."""
    for table in ("lesson_count", "class_week"):
        for column in ("high", "middle", "low"):
            op.add_column(table, sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
