"""When a letter was handed over or posted, and the form that answers were given to when the procedure changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("posted_on", sa.Date(), nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("cases", sa.Column("answers_version_id", number, nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "answers_version_id")
    op.drop_column("documents", "posted_on")
