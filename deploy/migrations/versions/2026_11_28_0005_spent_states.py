"""a login writes nothing: what is kept are the states that launches have used up

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up. Logins under way begin again: the LMS opens the activity once more."""
    op.drop_table("launch_state")
    op.create_table(
        "spent_state",
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_spent_state")),
    )
    op.create_index(op.f("ix_spent_state_expires_at"), "spent_state", ["expires_at"], unique=False)
