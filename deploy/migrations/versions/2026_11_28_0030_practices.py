"""work at the pupils' own pace

Revision: 0030
After: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "practice",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=True),
        sa.Column("of_run", sa.String(length=32), nullable=True),
        sa.Column("is_catch_up", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opened_by", ID, nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["context_id"], ["context.id"], name=op.f("fk_practice_context_id_context"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_practice_class_id_school_class"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["person.id"], name=op.f("fk_practice_opened_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_practice")),
    )
    for column in ("context_id", "of_run", "opened_at"):
        op.create_index(op.f(f"ix_practice_{column}"), "practice", [column])
    op.create_table(
        "practice_pupil",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("added_by", ID, nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_practice_pupil_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["person.id"], name=op.f("fk_practice_pupil_added_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("run_id", "person_id", name=op.f("pk_practice_pupil")),
    )
    op.create_index(op.f("ix_practice_pupil_person_id"), "practice_pupil", ["person_id"])
