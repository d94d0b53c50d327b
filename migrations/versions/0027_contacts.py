"""Contacts answered at once, and what the desk is writing down."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_by_id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("citizen_id", NUMBER, nullable=True),
        sa.Column("motive", sa.String(length=64), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("ready_answer_version_id", NUMBER, nullable=True),
        sa.Column("call_id", NUMBER, nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("about_case_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_contacts_authority_id")),
        sa.ForeignKeyConstraint(["about_case_id"], ["cases.id"], name=op.f("fk_contacts_about_case_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contacts_case_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_contacts_citizen_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_contacts_department_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_contacts_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("authority_id", "source_id", name=op.f("uq_contacts_authority_id_source_id")),
    )
    op.create_index("ix_contacts_authority", "contacts", ["authority_id", "at"], unique=False)
    op.create_index("ix_contacts_citizen", "contacts", ["citizen_id", "at"], unique=False)
    op.create_index(op.f("ix_contacts_case_id"), "contacts", ["case_id"], unique=False)
    op.create_table(
        "desk_drafts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_desk_drafts_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_drafts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_drafts")),
        sa.UniqueConstraint("authority_id", "key", name=op.f("uq_desk_drafts_authority_id_key")),
    )
    op.create_index("ix_desk_drafts_staff", "desk_drafts", ["staff_id", "saved_at"], unique=False)
    op.create_index("ix_desk_drafts_expires", "desk_drafts", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_desk_drafts_expires", table_name="desk_drafts")
    op.drop_index("ix_desk_drafts_staff", table_name="desk_drafts")
    op.drop_table("desk_drafts")
    op.drop_index(op.f("ix_contacts_case_id"), table_name="contacts")
    op.drop_index("ix_contacts_citizen", table_name="contacts")
    op.drop_index("ix_contacts_authority", table_name="contacts")
    op.drop_table("contacts")
