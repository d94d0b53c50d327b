"""Who follows a report proves their address first; those who follow one already were written to."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("followers", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE followers SET confirmed_at = created_at")


def downgrade() -> None:
    op.execute("DELETE FROM followers WHERE confirmed_at IS NULL")
    op.drop_column("followers", "confirmed_at")
