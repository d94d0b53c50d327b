"""Two letters of one case in one batch; indexes behind the tray of letters to post."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

WAITING = sa.text("posted_on IS NULL AND digest <> ''")
BATCH_LINES = "batch_lines"


def upgrade() -> None:
    with op.batch_alter_table(BATCH_LINES) as table:
        table.drop_constraint(op.f("uq_batch_lines_batch_id_case_id"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_batch_lines_batch_id_case_id_document_id"), ["batch_id", "case_id", "document_id"]
        )
    op.create_index(
        "ix_documents_to_post",
        "documents",
        ["authority_id", "mail_template", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_documents_to_post", table_name="documents")
    twice = "SELECT MIN(id) FROM batch_lines GROUP BY batch_id, case_id"
    op.execute(f"DELETE FROM {BATCH_LINES} WHERE id NOT IN ({twice})")  # noqa: S608 (no word of anybody's is in it)
    with op.batch_alter_table(BATCH_LINES) as table:
        table.drop_constraint(op.f("uq_batch_lines_batch_id_case_id_document_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_batch_lines_batch_id_case_id"), ["batch_id", "case_id"])
