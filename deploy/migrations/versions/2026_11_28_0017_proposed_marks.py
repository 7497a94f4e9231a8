"""assessments, the questions tagged for them, comments of a term, and what a mark went by

Revision: 0017
After: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("mark", sa.Column("basis", sa.JSON(), nullable=True))
    op.create_table(
        "assessment",
        sa.Column("id", ID, nullable=False),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["context.id"], name=op.f("fk_assessment_context_id_context"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_assessment_made_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_context_id"), "assessment", ["context_id"])
    op.create_table(
        "assessed_question",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("activity", sa.String(length=64), nullable=False),
        sa.Column("assessment_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["lesson_run.run_id"], name=op.f("fk_assessed_question_run_id_lesson_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_assessed_question_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "activity", name=op.f("pk_assessed_question")),
    )
    op.create_index(op.f("ix_assessed_question_assessment_id"), "assessed_question", ["assessment_id"])
    op.create_table(
        "term_comment",
        sa.Column("id", ID, nullable=False),
        sa.Column("context_id", ID, nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["context.id"], name=op.f("fk_term_comment_context_id_context"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_term_comment_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_term_comment_made_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_comment")),
    )
    op.create_index("ix_term_comment_context_id_term", "term_comment", ["context_id", "term"])
    op.create_index(op.f("ix_term_comment_person_id"), "term_comment", ["person_id"])
