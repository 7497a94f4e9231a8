"""what the LMS side needs to explain itself: refusals, findings, grades that were changed in the LMS, copied lessons

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_refusal_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
    )
    op.create_index(op.f("ix_refusal_at"), "refusal", ["at"], unique=False)
    op.create_index(op.f("ix_refusal_registration_id"), "refusal", ["registration_id"], unique=False)
    # Columns are added, no table is made anew: on SQLite that would drop it, and what hangs on its rows with it.
    op.add_column("registration", sa.Column("protocol", sa.String(length=32), nullable=False, server_default="lti"))
    for name in ("launched_at", "clock_ahead", "probe_wanted_at", "probed_at"):
        op.add_column("deployment", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("deployment", sa.Column("sends_names", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("deployment", sa.Column("findings", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("score", sa.Column("sent_value", sa.String(length=8), nullable=True))
    op.add_column("score", sa.Column("theirs", sa.String(length=16), nullable=True))
    op.add_column("score", sa.Column("insists", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE score SET sent_value = value WHERE state = 'sent'")
    op.add_column("lesson", sa.Column("copied_from_uid", sa.String(length=32), nullable=True))
    op.add_column("lesson", sa.Column("copied_from", sa.String(length=500), nullable=False, server_default=""))
    op.create_index(op.f("ix_lesson_copied_from_uid"), "lesson", ["copied_from_uid"], unique=False)
