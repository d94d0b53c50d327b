"""The sub-state of a case, and the lifecycles of procedures that somebody is drafting."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("sub_state", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("sub_state_label", sa.String(length=255), nullable=False, server_default=""))
    op.create_table(
        "lifecycle_drafts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_id", NUMBER, nullable=False),
        sa.Column("lifecycle", JSON, nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_lifecycle_drafts_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_lifecycle_drafts_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifecycle_drafts")),
        sa.UniqueConstraint("procedure_id", name=op.f("uq_lifecycle_drafts_procedure_id")),
    )


def downgrade() -> None:
    op.drop_table("lifecycle_drafts")
    op.drop_column("cases", "sub_state_label")
    op.drop_column("cases", "sub_state")
