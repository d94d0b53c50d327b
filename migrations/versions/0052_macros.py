"""Macros: what they do, who changed them, and the forms that applied them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "macros",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_macros_department_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_macros_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
        sa.UniqueConstraint("authority_id", "folded", name=op.f("uq_macros_authority_id_folded")),
    )
    op.create_table(
        "macro_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("macro_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["macro_id"], ["macros.id"], name=op.f("fk_macro_changes_macro_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_macro_changes_staff_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_macro_changes_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro_changes")),
    )
    op.create_index("ix_macro_changes_macro", "macro_changes", ["macro_id", "id"], unique=False)
    op.create_table(
        "macro_runs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("macro_id", NUMBER, nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_macro_runs_case_id")),
        sa.ForeignKeyConstraint(["macro_id"], ["macros.id"], name=op.f("fk_macro_runs_macro_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_macro_runs_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro_runs")),
        sa.UniqueConstraint("case_id", "form_key", name=op.f("uq_macro_runs_case_id_form_key")),
    )


def downgrade() -> None:
    op.drop_table("macro_runs")
    op.drop_index("ix_macro_changes_macro", table_name="macro_changes")
    op.drop_table("macro_changes")
    op.drop_table("macros")
