"""Rows written at once, past the unit of work: for those that nobody changes again in the change that writes them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from backoffice.infra.database import Model, table_of


def insert_row(session: Session, model: type[Model], /, **values: Any) -> int:
    """Write a row whose parents are written already, and give its id; what is left out takes its default."""
    return cast("int", session.execute(_insert(model), values).scalar_one())


def insert_rows(session: Session, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for rows that name the same columns, all in one statement; none is fine."""
    if rows:
        session.execute(_insert(model), [dict(row) for row in rows]).close()


@cache
def _insert(model: type[Model]) -> ReturningInsert[Any]:
    # Building a statement costs more than running it: one a table.
    table = table_of(model)
    return insert(table).returning(table.c.id)
