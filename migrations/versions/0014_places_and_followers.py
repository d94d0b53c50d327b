"""Where a report is, to find those near it, and who follows one that somebody else made."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PLACED = sa.text("closed_at IS NULL AND latitude IS NOT NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("cases", sa.Column("longitude", sa.Double(), nullable=True))
    op.add_column("cases", sa.Column("near_street", sa.String(length=255), server_default="", nullable=False))
    op.create_index(
        "ix_cases_places",
        "cases",
        ["authority_id", "procedure_code", "latitude", "longitude"],
        unique=False,
        postgresql_where=PLACED,
        sqlite_where=PLACED,
    )
    op.create_table(
        "followers",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_followers_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_followers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followers")),
        sa.UniqueConstraint("case_id", "email", name=op.f("uq_followers_case_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_followers_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("followers")
    op.drop_index("ix_cases_places", table_name="cases")
    op.drop_column("cases", "near_street")
    op.drop_column("cases", "longitude")
    op.drop_column("cases", "latitude")
