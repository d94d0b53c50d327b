"""Two sheets that looked like one person's, and that are not: nobody is asked again."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_matches_set_aside",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("account_id", NUMBER, nullable=False),
        sa.Column("sheet_id", NUMBER, nullable=False),
        sa.Column("set_aside_at", INSTANT, nullable=False),
        sa.Column("set_aside_by", sa.String(length=255), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_citizen_matches_set_aside_authority_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["citizens.id"], name=op.f("fk_citizen_matches_set_aside_account_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["citizens.id"], name=op.f("fk_citizen_matches_set_aside_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_matches_set_aside")),
        sa.UniqueConstraint("account_id", "sheet_id", name=op.f("uq_citizen_matches_set_aside_account_id_sheet_id")),
    )


def downgrade() -> None:
    op.drop_table("citizen_matches_set_aside")
