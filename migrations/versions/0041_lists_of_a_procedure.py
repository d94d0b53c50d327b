"""The lists of a procedure in their order, and their counts without opening a row."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

LISTS = {
    "ix_cases_procedure_queue": ("due_on", sa.text("closed_at IS NULL")),
    "ix_cases_procedure_closed": ("closed_on", sa.text("closed_on IS NOT NULL")),
}


def upgrade() -> None:
    for name, (day, where) in LISTS.items():
        columns = ["authority_id", "procedure_code", day, "id", "channel", "department_id", "restricted"]
        op.create_index(name, "cases", columns, unique=False, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name in LISTS:
        op.drop_index(name, table_name="cases")
