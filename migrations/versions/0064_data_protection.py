"""Requests of people about their data, and what the register of processings says beside the procedures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", NUMBER, nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_at", INSTANT, nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("acts", JSON, nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_rights_requests_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_rights_requests_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_requests")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_rights_requests_authority_id_number")),
    )
    op.create_index(
        "ix_rights_requests_due", "rights_requests", ["authority_id", "answered_on", "due_on", "id"], unique=False
    )
    op.create_index("ix_rights_requests_citizen", "rights_requests", ["citizen_id"], unique=False)
    op.create_table(
        "processing_entries",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_processing_entries_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_processing_entries_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_entries")),
    )
    op.create_index(
        "ix_processing_entries_procedure", "processing_entries", ["authority_id", "procedure_code", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_processing_entries_procedure", table_name="processing_entries")
    op.drop_table("processing_entries")
    op.drop_index("ix_rights_requests_citizen", table_name="rights_requests")
    op.drop_index("ix_rights_requests_due", table_name="rights_requests")
    op.drop_table("rights_requests")
