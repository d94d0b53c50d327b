"""What agents ticked on the checklists of cases."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_checks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_checks_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_checks_staff_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_checks_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_checks")),
        sa.UniqueConstraint("case_id", "code", name=op.f("uq_case_checks_case_id_code")),
    )


def downgrade() -> None:
    op.drop_table("case_checks")
