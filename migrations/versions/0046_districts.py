"""The districts of an authority with the history of their changes, and the district of each case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("closed_at IS NULL AND district_id IS NOT NULL")
CLOSED = sa.text("closed_on IS NOT NULL AND district_id IS NOT NULL")

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "districts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("outlines", JSON, nullable=False),
        sa.Column("streets", sa.Text(), nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_districts_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("authority_id", "folded", name=op.f("uq_districts_authority_id_folded")),
    )
    op.create_table(
        "district_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_district_changes_authority_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_district_changes_district_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_district_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_changes")),
    )
    op.create_index("ix_district_changes_district", "district_changes", ["district_id", "id"], unique=False)
    op.add_column("cases", sa.Column("district_id", NUMBER, nullable=True))
    op.create_index(
        "ix_cases_district_queue",
        "cases",
        ["authority_id", "district_id", "due_on", "id", "department_id", "restricted"],
        unique=False,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index(
        "ix_cases_district_closed",
        "cases",
        ["authority_id", "district_id", "closed_on", "id"],
        unique=False,
        postgresql_where=CLOSED,
        sqlite_where=CLOSED,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_district_closed", table_name="cases")
    op.drop_index("ix_cases_district_queue", table_name="cases")
    op.drop_column("cases", "district_id")
    op.drop_index("ix_district_changes_district", table_name="district_changes")
    op.drop_table("district_changes")
    op.drop_table("districts")
