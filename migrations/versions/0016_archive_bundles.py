"""Bundles for the archives beside those for evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bundles", sa.Column("kind", sa.String(length=64), server_default="evidence", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM bundles WHERE kind <> 'evidence'")
    op.drop_column("bundles", "kind")
