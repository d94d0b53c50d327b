"""What left is kept as it left, and threads under all that was said before."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outgoing_mails", sa.Column("thread", sa.Text(), server_default="", nullable=False))
    op.add_column("outgoing_mails", sa.Column("raw_digest", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("outgoing_mails") as table:
        table.drop_column("raw_digest")
        table.drop_column("thread")
