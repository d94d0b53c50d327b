"""What is known of received bytes: the antivirus' word and the pictures made from them, one row a content."""

import sqlalchemy as sa
from alembic import op

INSTANT = sa.DateTime(timezone=True)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "received_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("scan", sa.String(length=64), nullable=False),
        sa.Column("virus", sa.String(length=255), nullable=False),
        sa.Column("scanned_at", INSTANT, nullable=True),
        sa.Column("retry_at", INSTANT, nullable=True),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.Column("erased_by", sa.String(length=255), nullable=False),
        sa.Column("prepared_at", INSTANT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("preview", sa.String(length=64), nullable=False),
        sa.Column("thumbnail", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_received_files")),
    )
    op.create_index("ix_received_files_scan", "received_files", ["scan", "retry_at"], unique=False)
    op.create_index("ix_attachments_digest", "attachments", ["digest"], unique=False)
    op.create_index("ix_mail_records_raw", "mail_records", ["raw_digest"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_mail_records_raw", table_name="mail_records")
    op.drop_index("ix_attachments_digest", table_name="attachments")
    op.drop_index("ix_received_files_scan", table_name="received_files")
    op.drop_table("received_files")
