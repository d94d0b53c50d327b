"""The contents of the storage that rows name: for whoever checks that none is lost."""

from collections.abc import Iterator

from sqlalchemy import Column, inspect, select, union_all
from sqlalchemy.orm import Session

from backoffice.infra.database import Base

# What is called a digest and names no file: links of chained histories, and what was only ever heard of.
NO_FILE = frozenset(
    {
        "account_events.digest",
        "account_events.previous_digest",
        "case_events.digest",
        "case_events.previous_digest",
        "cases.history_digest",
        "held_files.digest",
        "procedure_versions.digest",
        "received_files.digest",
    }
)
PICTURES = ("preview", "thumbnail")


def naming_columns() -> Iterator[Column[str]]:
    """Every column that holds the SHA-256 of a file that must be there: a new one is among them by its name."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            is_digest = column.name == "digest" or column.name.endswith("_digest") or column.name in PICTURES
            if is_digest and f"{table.name}.{column.name}" not in NO_FILE:
                yield column


def list_named(session: Session) -> set[str]:
    """The digest of every file that some row names, but those that the quarantine erased; of an older schema too."""
    schema = inspect(session.connection())
    known = {name: {one["name"] for one in schema.get_columns(name)} for name in schema.get_table_names()}
    there = [column for column in naming_columns() if column.name in known.get(column.table.name, ())]
    named = union_all(*(select(column).where(column != "").distinct() for column in there))
    files = Base.metadata.tables["received_files"]
    return set(session.scalars(named)) - set(
        session.scalars(select(files.c.digest).where(files.c.erased_at.is_not(None)))
    )
