"""An index on the few mails that came back or never left, for the tray of letters to post."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

UNDELIVERED = sa.text("bounced_at IS NOT NULL OR failed_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_outgoing_mails_undelivered",
        "outgoing_mails",
        ["authority_id", "case_id"],
        postgresql_where=UNDELIVERED,
        sqlite_where=UNDELIVERED,
    )


def downgrade() -> None:
    op.drop_index("ix_outgoing_mails_undelivered", table_name="outgoing_mails")
