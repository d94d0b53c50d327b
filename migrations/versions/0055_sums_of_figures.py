"""What figures are summed from, and the triggers that say which cases and contacts are to be counted again."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTHING = sa.text("n = 0")

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

OF_A_CASE = (
    "authority_id, channel, procedure_code, department_id, assignee_id, citizen_id, restricted, district_id, "
    "received_at, received_on, outcome, acknowledge_by, acknowledged_at, first_acknowledged_at, implicit_on, "
    "implicit_outcome, answer_by, target_on, first_answer_at, closed_at, closed_on, closed_after_days"
)
OF_A_CONTACT = "authority_id, channel, at, department_id, citizen_id, motive, restricted, case_id"
LINES = (
    "'pieces_asked', 'moved', 'pieces_received', 'message_received', 'letter_registered', 'resumed', 'restored', "
    "'reopened', 'decided', 'withdrawn', 'transmitted', 'closed', 'transferred'"
)
# What of a case, or of a contact, says whether its citizen had come before.
KNOWN_BY = {
    "cases": ("citizen_id", "procedure_code", "received_at", "department_id", "restricted"),
    "contacts": ("citizen_id", "motive", "at", "department_id", "restricted", "case_id"),
}

# Each trigger: its name, when, on which rows, and the marks that it writes.
MARK_CASE = "INSERT INTO count_marks (authority_id, case_id) VALUES ({row}.authority_id, {row}.{column});"
MARK_CONTACT = "INSERT INTO count_marks (authority_id, contact_id) VALUES ({row}.authority_id, {row}.id);"
LATER = (
    "INSERT INTO count_marks (authority_id, case_id) SELECT authority_id, id FROM cases"
    " WHERE citizen_id = OLD.citizen_id AND received_at > OLD.{at};"
    "INSERT INTO count_marks (authority_id, contact_id) SELECT authority_id, id FROM contacts"
    " WHERE citizen_id = OLD.citizen_id AND at > OLD.{at};"
)


def upgrade() -> None:
    _tables()
    for table, name, moment, when, marks in _triggers():
        for statement in _statements(table, name, moment, when, marks):
            op.execute(statement)
    # The relay counts what is marked: an installation with many cases is up at once, and its figures are soon quick.
    op.execute("INSERT INTO count_marks (authority_id, case_id) SELECT authority_id, id FROM cases")
    op.execute("INSERT INTO count_marks (authority_id, contact_id) SELECT authority_id, id FROM contacts")


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name, *_ in _triggers():
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
        if not is_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("count_marks", "month_counts", "counted_moments"):
        op.drop_table(table)


def _tables() -> None:
    op.create_table(
        "counted_moments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("contact_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("department_id", NUMBER, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("own", NUMBER, nullable=True),
        sa.Column("legal", sa.Integer(), nullable=True),
        sa.Column("house", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_counted_moments_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_moments")),
    )
    op.create_index("ix_counted_moments_case", "counted_moments", ["case_id"], unique=False)
    op.create_index("ix_counted_moments_contact", "counted_moments", ["contact_id"], unique=False)
    op.create_index("ix_counted_moments_day", "counted_moments", ["authority_id", "kind", "on"], unique=False)
    op.create_table(
        "month_counts",
        sa.Column("authority_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("narrowed", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("department_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("value", NUMBER, nullable=False, autoincrement=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_month_counts_authority_id")),
        sa.PrimaryKeyConstraint(
            "authority_id",
            "narrowed",
            "measure",
            "month",
            "key",
            "department_id",
            "restricted",
            "value",
            "seen",
            name=op.f("pk_month_counts"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_month_counts_nothing", "month_counts", ["n"], unique=False, postgresql_where=NOTHING, sqlite_where=NOTHING
    )
    op.create_table(
        "count_marks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("contact_id", NUMBER, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_count_marks_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_marks")),
    )
    op.create_index("ix_count_marks_authority", "count_marks", ["authority_id"], unique=False)


def _triggers() -> Iterator[tuple[str, str, str, str, str]]:
    """Table, name, moment, condition (or nothing) and what is written."""
    yield from _of("cases", MARK_CASE, "id", OF_A_CASE)
    yield from _of("contacts", MARK_CONTACT, "id", OF_A_CONTACT)
    for table, at in (("cases", "received_at"), ("contacts", "at")):
        columns = ", ".join(KNOWN_BY[table])
        known = "OLD.citizen_id IS NOT NULL"
        yield table, f"count_{table}_later", f"UPDATE OF {columns}", known, LATER.format(at=at)
    yield from _of("feedback", MARK_CASE, "case_id", "case_id, helped, at")
    yield from _of("case_facts", MARK_CASE, "case_id", 'case_id, kind, "on"')
    yield from _of("case_events", MARK_CASE, "case_id", "case_id, kind, at, data", f"{{row}}.kind IN ({LINES})")


def _of(table: str, mark: str, column: str, columns: str, when: str = "") -> Iterator[tuple[str, str, str, str, str]]:
    for name, moment, row in (("insert", "INSERT", "NEW"), ("update", f"UPDATE OF {columns}", "NEW")):
        yield table, f"count_{table}_{name}", moment, when.format(row=row), mark.format(row=row, column=column)
    deleted = mark.format(row="OLD", column=column)
    yield table, f"count_{table}_delete", "DELETE", when.format(row="OLD"), deleted


def _statements(table: str, name: str, moment: str, when: str, marks: str) -> Iterator[str]:
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "sqlite":
        yield f"CREATE TRIGGER {name} AFTER {moment} ON {table}{condition} BEGIN {marks} END"
        return
    yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {marks} RETURN NULL; END $$"
    yield f"CREATE TRIGGER {name} AFTER {moment} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()"
