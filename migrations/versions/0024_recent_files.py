"""Recent files, found along an index: they are scanned again with new signatures."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_received_files_first_at", "received_files", ["first_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_received_files_first_at", table_name="received_files")
