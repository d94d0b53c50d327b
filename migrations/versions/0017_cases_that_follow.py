"""The case that follows one that was closed too long ago to be opened again."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FOLLOWING = sa.text("follows_case_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("follows_case_id", NUMBER, nullable=True))
    op.create_index(
        "ix_cases_follows",
        "cases",
        ["follows_case_id"],
        unique=False,
        postgresql_where=FOLLOWING,
        sqlite_where=FOLLOWING,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_follows", table_name="cases")
    op.drop_column("cases", "follows_case_id")
