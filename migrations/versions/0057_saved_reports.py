"""Reports under a name: whom they are sent to, and their versions with their files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_reports",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("owner_id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("span", sa.String(length=64), nullable=False),
        sa.Column("outward", sa.Boolean(), nullable=False),
        sa.Column("rhythm", sa.String(length=64), nullable=False),
        sa.Column("scheduled_from", sa.Date(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_reports_owner_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_saved_reports_department_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_saved_reports_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reports")),
    )
    op.create_index("ix_saved_reports_owner", "saved_reports", ["owner_id"], unique=False)
    op.create_index("ix_saved_reports_authority", "saved_reports", ["authority_id", "retired_at"], unique=False)
    op.create_table(
        "report_recipients",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("report_id", NUMBER, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["saved_reports.id"], name=op.f("fk_report_recipients_report_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_report_recipients_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipients")),
        sa.UniqueConstraint("report_id", "email", name=op.f("uq_report_recipients_report_id_email")),
    )
    op.create_table(
        "report_versions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("report_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("period", sa.String(length=255), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["saved_reports.id"], name=op.f("fk_report_versions_report_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_report_versions_staff_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_report_versions_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_versions")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_versions_report_id_number")),
        sa.UniqueConstraint("report_id", "slot", name=op.f("uq_report_versions_report_id_slot")),
    )
    op.create_table(
        "report_files",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("format", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["report_versions.id"], name=op.f("fk_report_files_version_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_report_files_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_files")),
        sa.UniqueConstraint("version_id", "format", name=op.f("uq_report_files_version_id_format")),
    )
    op.create_index("ix_report_files_digest", "report_files", ["digest"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_report_files_digest", table_name="report_files")
    op.drop_table("report_files")
    op.drop_table("report_versions")
    op.drop_table("report_recipients")
    op.drop_index("ix_saved_reports_authority", table_name="saved_reports")
    op.drop_index("ix_saved_reports_owner", table_name="saved_reports")
    op.drop_table("saved_reports")
