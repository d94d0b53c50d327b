"""Eliminations of files whose time is over, holds on files, looks at the log of readings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
HOLDING = sa.text("lifted_at IS NULL")
READINGS = sa.text("kind IN ('read_in_emergency', 'read_restricted')")

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "eliminations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=True),
        sa.Column("drawn_by", sa.String(length=255), nullable=False),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("pdf_digest", sa.String(length=64), nullable=False),
        sa.Column("visa_digest", sa.String(length=64), nullable=False),
        sa.Column("visa_at", INSTANT, nullable=True),
        sa.Column("visa_by", sa.String(length=255), nullable=False),
        sa.Column("signed_by", sa.String(length=255), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("begun_by", sa.String(length=255), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("certificate_digest", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_eliminations_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eliminations")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_eliminations_authority_id_number")),
    )
    op.create_index("ix_eliminations_authority", "eliminations", ["authority_id", "state", "id"], unique=False)
    op.create_table(
        "elimination_cases",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("elimination_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_elimination_cases_authority_id")),
        sa.ForeignKeyConstraint(
            ["elimination_id"], ["eliminations.id"], name=op.f("fk_elimination_cases_elimination_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elimination_cases")),
        sa.UniqueConstraint("elimination_id", "case_id", name=op.f("uq_elimination_cases_elimination_id_case_id")),
    )
    op.create_index("ix_elimination_cases_case", "elimination_cases", ["case_id", "state"], unique=False)
    op.create_index("ix_elimination_cases_state", "elimination_cases", ["elimination_id", "state", "id"], unique=False)
    op.create_table(
        "case_holds",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(length=255), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_holds_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_holds")),
    )
    op.create_index("ix_case_holds_case", "case_holds", ["case_id"], unique=False)
    op.create_index(
        "ix_case_holds_holding",
        "case_holds",
        ["authority_id", "id"],
        unique=False,
        postgresql_where=HOLDING,
        sqlite_where=HOLDING,
    )
    op.create_table(
        "access_log_looks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_access_log_looks_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_access_log_looks_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log_looks")),
    )
    op.create_index("ix_access_log_looks_at", "access_log_looks", ["authority_id", "at"], unique=False)
    op.create_index(
        "ix_case_events_readings",
        "case_events",
        ["authority_id", "at", "id"],
        unique=False,
        postgresql_where=READINGS,
        sqlite_where=READINGS,
    )


def downgrade() -> None:
    op.drop_index("ix_case_events_readings", table_name="case_events")
    op.drop_index("ix_access_log_looks_at", table_name="access_log_looks")
    op.drop_table("access_log_looks")
    op.drop_index("ix_case_holds_holding", table_name="case_holds")
    op.drop_index("ix_case_holds_case", table_name="case_holds")
    op.drop_table("case_holds")
    op.drop_index("ix_elimination_cases_state", table_name="elimination_cases")
    op.drop_index("ix_elimination_cases_case", table_name="elimination_cases")
    op.drop_table("elimination_cases")
    op.drop_index("ix_eliminations_authority", table_name="eliminations")
    op.drop_table("eliminations")
