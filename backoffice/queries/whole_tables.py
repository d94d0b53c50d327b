"""Every table of the house, read and written whole: what an export gives and an import takes, made from the metadata.

A new table or column is among them by itself; what is left out is said below, with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from backoffice.domain.open_values import Kind
from backoffice.infra.database import Base, Instant

MADE_AGAIN = "made again from the other tables by the import"
SHORT_LIVED = "of use for some hours: everybody signs in again"
INSTALLED = "devices: each is installed anew by a code"
SECRET = "a secret: set anew where the export is taken in"

LEFT_OUT: Mapping[str, str] = {
    "case_keys": MADE_AGAIN,
    "case_text_marks": MADE_AGAIN,
    "case_texts": MADE_AGAIN,
    "citizen_keys": MADE_AGAIN,
    "known_spellings": MADE_AGAIN,
    "text_spellings": MADE_AGAIN,
    "case_presences": SHORT_LIVED,
    "failed_sign_ins": SHORT_LIVED,
    "kiosks": INSTALLED,
    "one_time_secrets": SHORT_LIVED,
    "sign_in_attempts": SHORT_LIVED,
    "web_sessions": SHORT_LIVED,
    "recovery_codes": SECRET,
    "staff_factors": SECRET,
}
LEFT_OUT_COLUMNS: Mapping[str, str] = {
    "jobs.token": "held by a worker of the other installation",
    "mailbox_bookmarks.holder": "held by a worker of the other installation",
    "kept_mailboxes.secret": SECRET,
    "staff.password_hash": SECRET,
}
# Triggers write in these while the others are taken in: they come last, instead of what triggers wrote.
WRITTEN_BY_TRIGGERS = ("count_marks",)
AT_ONCE = 500
# The most particular first: Instant decorates a date, an Integer and a Float are both numbers.
_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (Instant, Kind.INSTANT),
    (JSON, Kind.JSON),
    (LargeBinary, Kind.BYTES),
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (Float, Kind.NUMBER),
    (Date, Kind.DATE),
    (String, Kind.TEXT),
)


def list_tables() -> list[Table]:
    """The tables of an export, each after those that its rows name."""
    kept = [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]
    return sorted(kept, key=lambda table: table.name in WRITTEN_BY_TRIGGERS)


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns of an export, in the order of the table."""
    return [column for column in table.columns if f"{table.name}.{column.name}" not in LEFT_OUT_COLUMNS]


def kind_of(column: Column[Any]) -> Kind:
    """What a column holds; raise LookupError for a type that the open format has no kind for."""
    for one, kind in _KINDS:
        if isinstance(column.type, one):
            return kind
    raise LookupError(f"{column.table.name}.{column.name}: {column.type!r}")


def read_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row in the order of its key, some at a time."""
    query = select(*columns_of(table)).order_by(*table.primary_key.columns)
    rows = connection.execution_options(yield_per=AT_ONCE).execute(query)
    for row in rows.mappings():
        yield dict(row)


def write_rows(session: Session, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as they are, keys included, into a table that nobody but triggers wrote in; answers how many."""
    if table.name in WRITTEN_BY_TRIGGERS:
        session.execute(delete(table))
    written, waiting = 0, iter(rows)
    nullable = {column.name for column in table.columns if kind_of(column) is Kind.JSON and column.nullable}
    while some := [_with_nulls(row, nullable) for row in islice(waiting, AT_ONCE)]:
        session.execute(insert(table), some)
        written += len(some)
    return written


def _with_nulls(row: Mapping[str, Any], nullable: set[str]) -> dict[str, Any]:
    # Of a JSON column, None would be written as the word null: it is the absence of a value.
    return {name: null() if value is None and name in nullable else value for name, value in row.items()}


def list_filled(session: Session) -> list[str]:
    """The tables that have a row already."""
    tables = list_tables()
    return [table.name for table in tables if session.execute(select(1).select_from(table).limit(1)).first()]


def go_on_counting(session: Session) -> None:
    """Have PostgreSQL number the next rows after those that came with their numbers; SQLite does by itself."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for table in list_tables():
        for column in table.primary_key.columns:
            name = {"table": table.name, "column": column.name}
            sequence = session.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), name)
            if sequence:
                last = session.scalar(select(func.max(column)))
                session.execute(text("SELECT setval(:name, :last, :used)"), _position(sequence, last))


def _position(sequence: str, last: int | None) -> dict[str, Any]:
    return {"name": sequence, "last": last or 1, "used": last is not None}
