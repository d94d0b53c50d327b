"""Everything that is sealed with the keys of the installation: read and written again when they change."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, select, update
from sqlalchemy.orm import Session

from backoffice.infra.database import Base
from backoffice.models.jobs import Job

COLUMNS = (
    ("kept_mailboxes", "secret"),
    ("sign_in_attempts", "received"),
    ("staff_factors", "secret"),
    ("web_sessions", "id_token"),
)
IN_PAYLOADS = "sealed"
"""What a sealed text is called among what a job is told."""


def list_sealed(session: Session) -> Iterator[tuple[Column[Any], int, str]]:
    """(column, id of the row, sealed text) of every column that holds some."""
    for table_name, name in COLUMNS:
        table = Base.metadata.tables[table_name]
        for row_id, text in session.execute(select(table.c.id, table.c[name]).where(table.c[name] != "")).all():
            yield table.c[name], row_id, text


def write_sealed(session: Session, column: Column[Any], row_id: int, text: str) -> None:
    """Put another sealed text in the place of one."""
    session.execute(update(column.table).where(column.table.c.id == row_id).values({column.name: text}))


def list_jobs(session: Session) -> list[Job]:
    """The promises to keep that were told something sealed, locked."""
    waiting = select(Job).where(Job.state.in_(("queued", "dead")), Job.payload[IN_PAYLOADS].as_string().is_not(None))
    return list(session.scalars(waiting.with_for_update()))
