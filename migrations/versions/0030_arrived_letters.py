"""The register of letters that arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "arrived_letters",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("nature", sa.String(length=64), nullable=False),
        sa.Column("registered_number", sa.String(length=64), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_arrived_letters_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_arrived_letters_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_arrived_letters_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrived_letters")),
        sa.UniqueConstraint("authority_id", "source_id", name=op.f("uq_arrived_letters_authority_id_source_id")),
        sa.UniqueConstraint("authority_id", "year", "number", name=op.f("uq_arrived_letters_authority_id_year_number")),
    )
    op.create_index("ix_arrived_letters_case", "arrived_letters", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_arrived_letters_case", table_name="arrived_letters")
    op.drop_table("arrived_letters")
