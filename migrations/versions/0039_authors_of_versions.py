"""Who published each version of a procedure, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # No foreign key: SQLite would have to drop the table to add one, while the cases hold on to its rows.
    op.add_column("procedure_versions", sa.Column("staff_id", NUMBER, nullable=True))
    op.add_column("procedure_versions", sa.Column("reason", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("procedure_versions", "reason")
    op.drop_column("procedure_versions", "staff_id")
