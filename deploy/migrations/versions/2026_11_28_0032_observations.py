"""notes of those who sat in on a lesson

Revision: 0032
After: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "observation",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("teacher_id", ID, nullable=True),
        sa.Column("observer_id", ID, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["person.id"], name=op.f("fk_observation_teacher_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["person.id"], name=op.f("fk_observation_observer_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    for column in ("run_id", "teacher_id", "observer_id"):
        op.create_index(op.f(f"ix_observation_{column}"), "observation", [column])
