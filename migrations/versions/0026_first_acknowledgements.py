"""When the first acknowledgement of a case left, once another replaced it; the dates kept for lists computed again."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CASES = sa.table("cases", sa.column("id"))
JOBS = sa.table(
    "jobs",
    sa.column("kind", sa.String),
    sa.column("payload", sa.JSON),
    sa.column("state", sa.String),
    sa.column("due_at", INSTANT),
    sa.column("attempts", sa.Integer),
    sa.column("token", sa.String),
    sa.column("error", sa.Text),
    sa.column("created_at", INSTANT),
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("first_acknowledged_at", INSTANT, nullable=True))
    # The last day to answer was added (0019) without being computed for the cases that were open then.
    if op.get_bind().scalar(sa.select(sa.exists(sa.select(CASES.c.id)))):
        now = datetime.now(UTC)
        promise = {"kind": "refresh_dates", "payload": {}, "state": "queued", "due_at": now, "created_at": now}
        op.bulk_insert(JOBS, [promise | {"attempts": 0, "token": "", "error": ""}])


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'refresh_dates'")
    op.drop_column("cases", "first_acknowledged_at")
