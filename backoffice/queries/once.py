"""Rows that exist once: inserted by whoever comes first, left alone by the others."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Row, insert, text
from sqlalchemy.orm import Session

from backoffice.infra.database import Model, table_of
from backoffice.queries.rows import values_of


def insert_once(session: Session, model: type[Model], key: tuple[str, ...], /, **values: Any) -> None:
    """Insert a row unless one stands under the same unique key; the transaction goes on either way, on both engines."""
    session.execute(_insert(model, key), values)


def insert_each_once(
    session: Session, model: type[Model], key: tuple[str, ...], rows: Sequence[Mapping[str, Any]], *given_back: str
) -> Sequence[Row[Any]]:
    """The same for rows that name the same columns, all in one statement; give these columns of those that are new."""
    if not rows:
        return ()
    return session.execute(_insert(model, key, *given_back), values_of(rows)).all()


@cache
def _insert(model: type[Model], key: tuple[str, ...], *given_back: str) -> Insert:
    # Building a statement costs more than running it: one a table. The `on_conflict_do_nothing` of either engine's own
    # INSERT is built again at each execution, whatever is kept; both engines say it with the same words.
    table = table_of(model)
    statement = insert(table).inline().returning(*(table.c[name] for name in given_back))
    statement._post_values_clause = text(f"ON CONFLICT ({', '.join(key)}) DO NOTHING")  # noqa: SLF001
    return statement
