"""The time that a text gives to answer, kept for lists and warnings; computed again whenever a case moves."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("answer_by", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "answer_by")
