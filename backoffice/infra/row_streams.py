"""Rows by the million, in flat memory: a cursor that gives them as they come, and the COPY of PostgreSQL."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select

from backoffice.infra.database import Database

AT_ONCE = 2_000


def rows(database: Database, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a SELECT, all seen at one moment, a few thousand in memory at once."""
    with database.engine.connect() as connection:
        found = connection.execution_options(yield_per=AT_ONCE).execute(statement)
        for part in found.partitions():
            yield from part


def csv_lines(database: Database, statement: Select[Any], separator: str) -> Iterator[bytes]:
    """The rows of a SELECT as PostgreSQL writes them in CSV, one line at a time, without a header."""
    # COPY takes no parameters: values are written out by SQLAlchemy, which doubles each % for the driver to halve.
    dialect = database.engine.dialect
    select = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    copy = f"COPY ({select}) TO STDOUT (FORMAT csv, DELIMITER '{separator}')"
    with database.engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(copy, {}) as lines:
            for line in lines:
                yield bytes(line)
