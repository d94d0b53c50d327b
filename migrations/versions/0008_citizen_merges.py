"""Merges of two sheets of one person, with all that it takes to undo them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("citizens", sa.Column("merged_into_id", NUMBER, nullable=True))
    op.create_table(
        "citizen_merges",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kept_id", NUMBER, nullable=False),
        sa.Column("merged_id", NUMBER, nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("moved", JSON, nullable=False),
        sa.Column("merged_at", INSTANT, nullable=False),
        sa.Column("merged_by", sa.String(length=255), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=False),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_citizen_merges_authority_id")),
        sa.ForeignKeyConstraint(["kept_id"], ["citizens.id"], name=op.f("fk_citizen_merges_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["citizens.id"], name=op.f("fk_citizen_merges_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_merges")),
    )
    op.create_index(op.f("ix_citizen_merges_kept_id"), "citizen_merges", ["kept_id"], unique=False)
    op.create_index(op.f("ix_citizen_merges_merged_id"), "citizen_merges", ["merged_id"], unique=False)


def downgrade() -> None:
    op.drop_table("citizen_merges")
    op.drop_column("citizens", "merged_into_id")
