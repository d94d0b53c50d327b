"""Rows that exist once: inserted by whoever comes first, left alone by the others."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backoffice.infra.database import Model


def insert_once(session: Session, model: type[Model], key: tuple[str, ...], **values: Any) -> None:
    """Insert a row unless one stands under the same unique key; the transaction goes on either way, on both engines."""
    engine = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = engine.insert(model).values(**values)
    session.execute(row.on_conflict_do_nothing(index_elements=key))
