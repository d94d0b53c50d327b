"""Received files that only some read, and when each macro was applied, so that its form is forgotten in time."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachments", sa.Column("reserved", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Those applied before have no day: their forms are old, and are forgotten at once.
    op.execute("DELETE FROM macro_runs")
    op.add_column("macro_runs", sa.Column("at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("macro_runs", "at")
    op.drop_column("attachments", "reserved")
