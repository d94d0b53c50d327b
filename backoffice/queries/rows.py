"""Rows written at once, each by a statement of its own: the unit of work costs more than what it would save here."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, Update, bindparam, insert, inspect, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.sql.dml import ReturningInsert

from backoffice.infra.database import Model, table_of


def insert_row(session: Session, model: type[Model], /, **values: Any) -> int:
    """Write a row whose parents are written already, and give its id; what is left out takes its default."""
    return cast("int", session.execute(_insert(model), values).scalar_one())


def insert_rows(session: Session, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for rows that name the same columns, all in one statement; none is fine."""
    if rows:
        session.execute(_insert(model), values_of(rows)).close()


def values_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | list[dict[str, Any]]:
    """Rows as a statement takes them: a single one is written without what it takes to write several."""
    return dict(rows[0]) if len(rows) == 1 else [dict(row) for row in rows]


def insert_object(session: Session, row: Any) -> None:
    """The same for a new object that goes on living in the session, where it is from now on as if it had been read.

    Its parents are named by their ids, not by relationships alone.
    """
    model: type[Model] = type(row)
    said = instance_dict(row)  # nobody watches what is filled in here: the row is as if read once it is written
    for name, default in _defaults(model).items():
        if name not in said:
            said[name] = default()
    row.id = insert_row(session, model, **{name: said[name] for name in _defaults(model)})
    make_transient_to_detached(row)
    session.add(row)


def update_object(session: Session, row: Any, **values: Any) -> None:
    """Change an object of the session: at once, unless other changes of it wait to be written with these."""
    if inspect(row).modified:
        for name, value in values.items():
            setattr(row, name, value)
        return
    model: type[Model] = type(row)
    session.execute(_update(model), values | {"its_id": row.id})
    for name, value in values.items():
        set_committed_value(row, name, value)


@cache
def _insert(model: type[Model]) -> ReturningInsert[Any]:
    # Building a statement costs more than running it: one a table.
    table = table_of(model)
    return insert(table).returning(table.c.id)


@cache
def _update(model: type[Model]) -> Update:
    table = table_of(model)
    return update(table).where(table.c.id == bindparam("its_id"))


@cache
def _defaults(model: type[Model]) -> dict[str, Callable[[], Any]]:
    """What each column of a new row is when nobody said it; the id is given by the database."""
    return {column.name: _default_of(column) for column in table_of(model).columns if not column.primary_key}


def _default_of(column: Column[Any]) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    said = default.arg  # type: ignore[attr-defined]
    return (lambda: said(None)) if default.is_callable else (lambda: said)
