"""Views of the queue with a name, and what each agent remembers of theirs."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("owner_id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_views_owner_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_saved_views_department_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_saved_views_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_owner", "saved_views", ["owner_id"], unique=False)
    op.create_index("ix_saved_views_department", "saved_views", ["department_id"], unique=False)
    op.create_table(
        "queue_habits",
        sa.Column("staff_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("columns", sa.String(length=255), nullable=False),
        sa.Column("first_view_id", NUMBER, nullable=True),
        sa.Column("letter_keys", sa.Boolean(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_queue_habits_staff_id")),
        sa.ForeignKeyConstraint(["first_view_id"], ["saved_views.id"], name=op.f("fk_queue_habits_first_view_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_queue_habits_authority_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_queue_habits")),
    )


def downgrade() -> None:
    op.drop_table("queue_habits")
    op.drop_index("ix_saved_views_department", table_name="saved_views")
    op.drop_index("ix_saved_views_owner", table_name="saved_views")
    op.drop_table("saved_views")
