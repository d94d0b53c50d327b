"""The lists of questions read along indexes of their own rows: awaited, ended, not read by who asked."""

import sqlalchemy as sa
from alembic import op

ENDED, UNREAD = sa.text("ended_at IS NOT NULL"), sa.text("read_at IS NULL")

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is not asked any more waits for nobody to read it.
    op.execute("UPDATE tasks SET read_at = ended_at WHERE state = 'cancelled'")
    op.drop_index("ix_tasks_department", table_name="tasks")
    op.drop_index("ix_tasks_asking", table_name="tasks")
    op.create_index(
        "ix_tasks_ended",
        "tasks",
        ["authority_id", "department_id", "id"],
        unique=False,
        postgresql_where=ENDED,
        sqlite_where=ENDED,
    )
    op.create_index(
        "ix_tasks_unread",
        "tasks",
        ["authority_id", "from_department_id", "due_on", "id"],
        unique=False,
        postgresql_where=UNREAD,
        sqlite_where=UNREAD,
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_unread", table_name="tasks", postgresql_where=UNREAD, sqlite_where=UNREAD)
    op.drop_index("ix_tasks_ended", table_name="tasks", postgresql_where=ENDED, sqlite_where=ENDED)
    op.create_index("ix_tasks_asking", "tasks", ["authority_id", "from_department_id", "id"], unique=False)
    op.create_index("ix_tasks_department", "tasks", ["authority_id", "department_id", "id"], unique=False)
