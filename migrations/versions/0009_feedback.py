"""Feedback: whether an answer helped, said once by the citizen who got it."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_feedback_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_feedback_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("case_id", "closed_at", name=op.f("uq_feedback_case_id_closed_at")),
    )
    op.create_index("ix_feedback_authority", "feedback", ["authority_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_feedback_authority", table_name="feedback")
    op.drop_table("feedback")
