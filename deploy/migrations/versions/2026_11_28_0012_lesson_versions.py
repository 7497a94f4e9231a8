"""earlier states of prepared lessons

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "lesson_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("lesson_id", ID, nullable=False),
        sa.Column("saved_by", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("which", sa.String(length=32), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_version_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["person.id"], name=op.f("fk_lesson_version_saved_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_version")),
    )
    op.create_index(op.f("ix_lesson_version_lesson_id"), "lesson_version", ["lesson_id"])
    op.create_index(op.f("ix_lesson_version_saved_by"), "lesson_version", ["saved_by"])
    op.add_column("lesson", sa.Column("shared_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_lesson_shared_at"), "lesson", ["shared_at"])
