"""teachers' leaves to speak to Google Classroom under their name; coursework that is wanted before a score is

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "teacher_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scopes", sa.String(1000), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("is_dead", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_teacher_consent_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teacher_consent")),
        sa.UniqueConstraint("person_id", name=op.f("uq_teacher_consent_person_id")),
    )
    op.add_column("line_item", sa.Column("wanted_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("line_item", sa.Column("fault", sa.String(64), nullable=False, server_default=""))
