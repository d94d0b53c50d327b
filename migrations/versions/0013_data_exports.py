"""Copies of their data that citizens ask for."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_exports",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("citizen_id", NUMBER, nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("data_size", sa.Integer(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=True),
        sa.Column("page_size", sa.Integer(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_data_exports_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_data_exports_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exports")),
    )
    op.create_index("ix_data_exports_citizen", "data_exports", ["citizen_id", "id"], unique=False)
    op.create_index("ix_data_exports_expires", "data_exports", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_data_exports_expires", table_name="data_exports")
    op.drop_index("ix_data_exports_citizen", table_name="data_exports")
    op.drop_table("data_exports")
