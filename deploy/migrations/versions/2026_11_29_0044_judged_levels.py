"""a teacher's levels on presentations and products

Revision: 0044
After: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("assessment", sa.Column("by_levels", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "judged_level",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("activity", sa.String(length=64), nullable=False),
        sa.Column("criterion", sa.String(length=1), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("judged_by", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_judged_level_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["judged_by"], ["person.id"], name=op.f("fk_judged_level_judged_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judged_level")),
    )
    for column in ("run_id", "person_id"):
        op.create_index(op.f(f"ix_judged_level_{column}"), "judged_level", [column])
