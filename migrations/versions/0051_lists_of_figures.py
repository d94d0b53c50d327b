"""What figures count is read along indexes: first answers, acknowledgements owed, reopenings and transfers."""

import sqlalchemy as sa
from alembic import op

ANSWERED, OWED = sa.text("first_answer_at IS NOT NULL"), sa.text("acknowledge_by IS NOT NULL")
COUNTED = sa.text("kind IN ('reopened', 'transferred')")

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_cases_answered", "cases", ["authority_id", "first_answer_at"], ANSWERED),
    ("ix_cases_acknowledge", "cases", ["authority_id", "acknowledge_by"], OWED),
    ("ix_case_events_counted", "case_events", ["authority_id", "kind", "at", "case_id"], COUNTED),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=False, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, table, _, where in reversed(INDEXES):
        op.drop_index(name, table_name=table, postgresql_where=where, sqlite_where=where)
