"""Files of forms that are not sent yet."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_held_files")),
    )
    op.create_index("ix_held_files_until", "held_files", ["until"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_held_files_until", table_name="held_files")
    op.drop_table("held_files")
