"""Tags on cases; what an action in bulk saw of each case, what it left, and what it would restore."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("tone", sa.String(length=64), nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_tags_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_tags_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("authority_id", "folded", name=op.f("uq_tags_authority_id_folded")),
    )
    op.create_table(
        "case_tags",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("tag_id", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_tags_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_tags_case_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_case_tags_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tags")),
        sa.UniqueConstraint("case_id", "tag_id", name=op.f("uq_case_tags_case_id_tag_id")),
    )
    op.create_index("ix_case_tags_tag", "case_tags", ["tag_id", "case_id"], unique=False)
    op.create_table(
        "tag_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("tag_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_tag_changes_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_tag_changes_staff_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_tag_changes_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_changes")),
    )
    op.create_index("ix_tag_changes_tag", "tag_changes", ["tag_id", "id"], unique=False)
    op.add_column("batch_lines", sa.Column("seen_revision", sa.Integer(), nullable=True))
    op.add_column("batch_lines", sa.Column("left_revision", sa.Integer(), nullable=True))
    op.add_column("batch_lines", sa.Column("before", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("batch_lines") as table:
        table.drop_column("before")
        table.drop_column("left_revision")
        table.drop_column("seen_revision")
    op.drop_table("tag_changes")
    op.drop_table("case_tags")
    op.drop_table("tags")
