"""In whose name a case was opened."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_representations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("capacity", sa.String(length=64), nullable=False),
        sa.Column("tie", sa.String(length=64), nullable=False),
        sa.Column("family_name", sa.String(length=255), nullable=False),
        sa.Column("given_names", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=255), nullable=False),
        sa.Column("address_line", sa.String(length=255), nullable=False),
        sa.Column("postcode", sa.String(length=64), nullable=False),
        sa.Column("city", sa.String(length=255), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_case_representations_authority_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_representations_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_representations")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_representations_case_id")),
    )


def downgrade() -> None:
    op.drop_table("case_representations")
