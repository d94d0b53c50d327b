"""The address that opened a session, now that an account may have several."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_sessions", sa.Column("address", sa.String(length=255), server_default="", nullable=False))
    op.execute(
        "UPDATE web_sessions SET address = (SELECT email FROM citizens WHERE citizens.id = web_sessions.citizen_id)"
        " WHERE provider = 'email' AND citizen_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("web_sessions", "address")
