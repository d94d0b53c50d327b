"""Drafts: forms begun and not sent yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("procedure_id", NUMBER, nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("citizen_id", NUMBER, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("content", JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_drafts_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_drafts_citizen_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_drafts_procedure_id")),
        sa.ForeignKeyConstraint(["version_id"], ["procedure_versions.id"], name=op.f("fk_drafts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("key", name=op.f("uq_drafts_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_drafts_token_hash")),
    )
    op.create_index("ix_drafts_citizen", "drafts", ["citizen_id", "saved_at"], unique=False)
    op.create_index("ix_drafts_expires", "drafts", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_drafts_expires", table_name="drafts")
    op.drop_index("ix_drafts_citizen", table_name="drafts")
    op.drop_table("drafts")
