"""The state of the cases that a ready answer fits; empty for any."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ready_answers", sa.Column("status", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("ready_answers", "status")
