"""links to a pupil's sheet, families' words, consent by purpose

Revision: 0020
After: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "family_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("class_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        _key("family_link", "class_id", "school_class", "CASCADE"),
        _key("family_link", "person_id", "person", "CASCADE"),
        _key("family_link", "made_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_link")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_family_link_fingerprint")),
    )
    op.create_index(op.f("ix_family_link_class_id"), "family_link", ["class_id"])
    op.create_index(op.f("ix_family_link_person_id"), "family_link", ["person_id"])
    op.create_table(
        "family_opening",
        sa.Column("id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _key("family_opening", "link_id", "family_link", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_opening")),
    )
    op.create_index(op.f("ix_family_opening_link_id"), "family_opening", ["link_id"])
    op.create_table(
        "family_word",
        sa.Column("id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("attitude", sa.String(length=16), nullable=False),
        sa.Column("diligence", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _key("family_word", "class_id", "school_class", "CASCADE"),
        _key("family_word", "person_id", "person", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_word")),
    )
    op.create_index(op.f("ix_family_word_class_id"), "family_word", ["class_id"])
    op.create_index(op.f("ix_family_word_person_id"), "family_word", ["person_id"])
    op.create_table(
        "consent",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("voice", sa.String(length=16), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _key("consent", "person_id", "person", "CASCADE"),
        _key("consent", "recorded_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_person_id_purpose", "consent", ["person_id", "purpose"])
