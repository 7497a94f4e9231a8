"""item analysis of work at the pupils' own pace, apart from that of lessons

Revision: 0038
After: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up. The analysis of lessons stays: it is kept longer than what it was made of."""
    op.add_column("item_asked", origin())
    with op.batch_alter_table("item_snapshot") as table:
        table.add_column(origin())
        table.drop_constraint("pk_item_snapshot", type_="primary")
        table.create_primary_key("pk_item_snapshot", ["item", "origin"])


def origin() -> sa.Column[str]:
    """Where answers are from."""
    return sa.Column("origin", sa.String(length=10), nullable=False, server_default="class")
