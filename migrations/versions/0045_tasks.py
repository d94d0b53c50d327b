"""Questions of a case asked of other departments and of bodies outside, and mails whose words are a secret."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AWAITED = sa.text("ended_at IS NULL")

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _names(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("outgoing_mails", sa.Column("secret", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "tasks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("asked_by_id", NUMBER, nullable=False),
        sa.Column("from_department_id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("body", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("joined", JSON, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=255), nullable=False),
        sa.Column("message_id", NUMBER, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("link_until", sa.Date(), nullable=True),
        sa.Column("mail_id", NUMBER, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        _names("tasks", "case_id", "cases"),
        _names("tasks", "asked_by_id", "staff"),
        _names("tasks", "from_department_id", "departments"),
        _names("tasks", "department_id", "departments"),
        _names("tasks", "staff_id", "staff"),
        _names("tasks", "message_id", "messages"),
        _names("tasks", "mail_id", "outgoing_mails"),
        _names("tasks", "authority_id", "authorities"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("authority_id", "form_key", name=op.f("uq_tasks_authority_id_form_key")),
    )
    op.create_index("ix_tasks_case", "tasks", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_tasks_awaited",
        "tasks",
        ["authority_id", "department_id", "due_on", "id"],
        unique=False,
        postgresql_where=AWAITED,
        sqlite_where=AWAITED,
    )
    op.create_index("ix_tasks_department", "tasks", ["authority_id", "department_id", "id"], unique=False)
    op.create_index("ix_tasks_asking", "tasks", ["authority_id", "from_department_id", "id"], unique=False)
    op.create_table(
        "task_links",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("task_id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        _names("task_links", "task_id", "tasks"),
        _names("task_links", "authority_id", "authorities"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_task_links_token_hash")),
    )
    op.create_index("ix_task_links_task", "task_links", ["task_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_task_links_task", table_name="task_links")
    op.drop_table("task_links")
    op.drop_index("ix_tasks_asking", table_name="tasks")
    op.drop_index("ix_tasks_department", table_name="tasks")
    op.drop_index("ix_tasks_awaited", table_name="tasks", postgresql_where=AWAITED, sqlite_where=AWAITED)
    op.drop_index("ix_tasks_case", table_name="tasks")
    op.drop_table("tasks")
    op.drop_column("outgoing_mails", "secret")
