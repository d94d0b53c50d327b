"""Ready answers, their versions and their history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ready_answers",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("owner_id", NUMBER, nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.Column("current_version_id", NUMBER, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_ready_answers_authority_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_ready_answers_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answers")),
        sa.UniqueConstraint("authority_id", "code", name=op.f("uq_ready_answers_authority_id_code")),
    )
    op.create_index("ix_ready_answers_procedure", "ready_answers", ["authority_id", "procedure_code"], unique=False)
    op.create_table(
        "ready_answer_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("answer_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["ready_answers.id"], name=op.f("fk_ready_answer_changes_answer_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_ready_answer_changes_authority_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ready_answer_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answer_changes")),
    )
    op.create_index("ix_ready_answer_changes_answer", "ready_answer_changes", ["answer_id", "id"], unique=False)
    op.create_table(
        "ready_answer_versions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("answer_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["ready_answers.id"], name=op.f("fk_ready_answer_versions_answer_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_ready_answer_versions_authority_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ready_answer_versions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answer_versions")),
        sa.UniqueConstraint("answer_id", "number", name=op.f("uq_ready_answer_versions_answer_id_number")),
    )


def downgrade() -> None:
    op.drop_table("ready_answer_versions")
    op.drop_index("ix_ready_answer_changes_answer", table_name="ready_answer_changes")
    op.drop_table("ready_answer_changes")
    op.drop_index("ix_ready_answers_procedure", table_name="ready_answers")
    op.drop_table("ready_answers")
