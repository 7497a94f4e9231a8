"""who answered an item before is found by the index of a pupil's evidence

Revision: 0048
After: 0047
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

INDEX = "ix_mastery_answer_pupil"


def upgrade() -> None:
    """Bring the schema up."""
    op.drop_index(INDEX, "mastery_answer")
    op.create_index(INDEX, "mastery_answer", ["pupil", "school", "subject", "item"])
