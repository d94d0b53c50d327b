"""What happens to the steps of forms, counted a day without knowing to whom, and better texts that are proposed."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_counts",
        sa.Column("version_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["procedure_versions.id"], name=op.f("fk_form_counts_version_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_form_counts_authority_id")),
        sa.PrimaryKeyConstraint("version_id", "day", "event", "step", "field", "fault", name=op.f("pk_form_counts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_form_counts_day", "form_counts", ["authority_id", "day"], unique=False)
    op.create_table(
        "text_proposals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("answer_id", NUMBER, nullable=True),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["ready_answers.id"], name=op.f("fk_text_proposals_answer_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_text_proposals_staff_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_text_proposals_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_proposals")),
    )
    op.create_index("ix_text_proposals_authority", "text_proposals", ["authority_id", "id"], unique=False)
    op.create_index("ix_text_proposals_answer", "text_proposals", ["answer_id"], unique=False)
    op.create_table(
        "text_proposal_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("proposal_id", NUMBER, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["text_proposals.id"], name=op.f("fk_text_proposal_changes_proposal_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_text_proposal_changes_staff_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_text_proposal_changes_authority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_proposal_changes")),
    )
    op.create_index("ix_text_proposal_changes_proposal", "text_proposal_changes", ["proposal_id", "id"], unique=False)


def downgrade() -> None:
    for table in ("text_proposal_changes", "text_proposals", "form_counts"):
        op.drop_table(table)
