"""pupils' own slips

Revision: 0036
After: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_pupil_slip_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "pupil_slip",
        sa.Column("id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        _key("context_id", "context", "CASCADE"),
        _key("person_id", "person", "CASCADE"),
        _key("made_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_slip")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_pupil_slip_fingerprint")),
    )
    op.create_index(op.f("ix_pupil_slip_person_id"), "pupil_slip", ["person_id"])
    op.create_index("ix_pupil_slip_context_id_person_id", "pupil_slip", ["context_id", "person_id"])
