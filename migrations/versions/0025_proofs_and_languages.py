"""An older mandate proves nothing for another person; who follows a report is written to in their language."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_representations", sa.Column("proof_after", NUMBER, server_default="0", nullable=False))
    op.add_column("followers", sa.Column("language", sa.String(length=64), server_default="fr", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("followers") as table:
        table.drop_column("language")
    with op.batch_alter_table("case_representations") as table:
        table.drop_column("proof_after")
