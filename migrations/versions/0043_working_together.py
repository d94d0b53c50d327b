"""Notices to staff by event and preference, agents who follow a case, absences."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

NOTICES = "staff_notices"


def _belongs(table: str, **to: str) -> list[sa.ForeignKeyConstraint]:
    keys = {"authority_id": "authorities.id", **to}
    return [sa.ForeignKeyConstraint([name], [key], name=op.f(f"fk_{table}_{name}")) for name, key in keys.items()]


def upgrade() -> None:
    with op.batch_alter_table(NOTICES) as table:
        table.alter_column("case_id", existing_type=NUMBER, nullable=True)
        table.add_column(sa.Column("event", sa.String(length=64), nullable=False, server_default="deadline"))
        table.add_column(sa.Column("place", sa.String(length=255), nullable=False, server_default=""))
        table.add_column(sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
    notices = sa.table(NOTICES, sa.column("event", sa.String), sa.column("kind", sa.String))
    for event, kinds in (("returned", "returned_%"), ("answered", "%.%"), ("answered", "certificate_asked")):
        op.execute(notices.update().where(notices.c.kind.like(kinds)).values(event=event))
    op.create_table(
        "notice_habits",
        sa.Column("staff_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("modes", JSON, nullable=False),
        sa.Column("rhythm", sa.String(length=64), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        *_belongs("notice_habits", staff_id="staff.id"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_notice_habits")),
    )
    op.create_table(
        "case_watchers",
        sa.Column("case_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("staff_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("told_up_to", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        *_belongs("case_watchers", case_id="cases.id", staff_id="staff.id"),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_watchers")),
    )
    op.create_index("ix_case_watchers_staff", "case_watchers", ["staff_id", "case_id"], unique=False)
    op.create_table(
        "absences",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("stand_in_id", NUMBER, nullable=True),
        sa.Column("recorded_by_id", NUMBER, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        *_belongs("absences", staff_id="staff.id", stand_in_id="staff.id", recorded_by_id="staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_staff", "absences", ["staff_id", "until_on"], unique=False)
    op.create_index("ix_absences_days", "absences", ["authority_id", "until_on"], unique=False)


def downgrade() -> None:
    op.drop_table("absences")
    op.drop_table("case_watchers")
    op.drop_table("notice_habits")
    notices = sa.table(NOTICES, sa.column("case_id", NUMBER))
    op.execute(notices.delete().where(notices.c.case_id.is_(None)))
    with op.batch_alter_table(NOTICES) as table:
        table.drop_column("mailed_at")
        table.drop_column("place")
        table.drop_column("event")
        table.alter_column("case_id", existing_type=NUMBER, nullable=False)
