"""What the mandate of a representative allows, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_representations", sa.Column("scope", sa.String(length=255), server_default="", nullable=False))
    op.add_column("case_representations", sa.Column("valid_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_representations", "valid_until")
    op.drop_column("case_representations", "scope")
