"""Departments that work for several authorities, and their agents there."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign key: SQLite adds none to a table with children.
    op.add_column("staff", sa.Column("home_id", NUMBER, nullable=True))
    op.add_column("web_sessions", sa.Column("opened_from_id", NUMBER, nullable=True))
    op.create_table(
        "shared_services",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=False),
        sa.Column("partner_id", NUMBER, nullable=False),
        sa.Column("partner_department_id", NUMBER, nullable=True),
        sa.Column("agreement", sa.String(length=255), nullable=False),
        sa.Column("home_site", sa.String(length=255), nullable=False),
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=255), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=255), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_shared_services_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_shared_services_department_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["authorities.id"], name=op.f("fk_shared_services_partner_id")),
        sa.ForeignKeyConstraint(
            ["partner_department_id"], ["departments.id"], name=op.f("fk_shared_services_partner_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_services")),
    )
    op.create_index("ix_shared_services_authority", "shared_services", ["authority_id", "id"], unique=False)
    op.create_index("ix_shared_services_partner", "shared_services", ["partner_id", "id"], unique=False)
    op.create_table(
        "shared_members",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("shared_service_id", NUMBER, nullable=False),
        sa.Column("home_staff_id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(length=255), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_shared_members_authority_id")),
        sa.ForeignKeyConstraint(
            ["shared_service_id"], ["shared_services.id"], name=op.f("fk_shared_members_shared_service_id")
        ),
        sa.ForeignKeyConstraint(["home_staff_id"], ["staff.id"], name=op.f("fk_shared_members_home_staff_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shared_members_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_members")),
    )
    op.create_index("ix_shared_members_service", "shared_members", ["shared_service_id", "id"], unique=False)
    op.create_index("ix_shared_members_home_staff", "shared_members", ["home_staff_id", "id"], unique=False)
    op.create_index("ix_shared_members_staff", "shared_members", ["staff_id"], unique=False)


def downgrade() -> None:
    op.drop_table("shared_members")
    op.drop_table("shared_services")
    op.drop_column("web_sessions", "opened_from_id")
    op.drop_column("staff", "home_id")
