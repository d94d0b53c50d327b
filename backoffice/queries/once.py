"""Rows that exist once: inserted by whoever comes first, left alone by the others."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backoffice.infra.database import Model, table_of


def insert_once(session: Session, model: type[Model], key: tuple[str, ...], /, **values: Any) -> None:
    """Insert a row unless one stands under the same unique key; the transaction goes on either way, on both engines."""
    session.execute(_insert(model, key, session.get_bind().dialect.name), values)


def insert_each_once(session: Session, model: type[Model], key: str, rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """The same for rows that name the same columns, all in one statement; give the keys of those that are new."""
    if not rows:
        return set()
    insert = _insert(model, (key,), session.get_bind().dialect.name).returning(table_of(model).c[key])
    return set(session.scalars(insert, [dict(row) for row in rows]))


@cache
def _insert(model: type[Model], key: tuple[str, ...], dialect: str) -> Any:
    # Building a statement costs more than running it: one a table.
    engine = sqlite if dialect == "sqlite" else postgresql
    return engine.insert(table_of(model)).on_conflict_do_nothing(index_elements=key)
