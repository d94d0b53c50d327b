"""Who has a case open."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_presences",
        sa.Column("case_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("staff_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_presences_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_presences_staff_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_presences_authority_id")),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_presences")),
    )
    op.create_index("ix_case_presences_expires", "case_presences", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_presences_expires", table_name="case_presences")
    op.drop_table("case_presences")
