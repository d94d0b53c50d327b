"""SELECTs on what administrators add to the register of processings."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.models.data_protection import ProcessingEntry


def read_added(session: Session, authority_id: int) -> dict[str, dict[str, Any]]:
    """What holds today, by procedure."""
    last = select(func.max(ProcessingEntry.id)).where(ProcessingEntry.authority_id == authority_id)
    query = select(ProcessingEntry).where(ProcessingEntry.id.in_(last.group_by(ProcessingEntry.procedure_code)))
    return {one.procedure_code: one.said for one in session.scalars(query)}


def list_entries(session: Session, authority_id: int, code: str) -> list[ProcessingEntry]:
    """Everything that was ever added for a procedure, the newest first."""
    query = select(ProcessingEntry).filter_by(authority_id=authority_id, procedure_code=code)
    return list(session.scalars(query.order_by(ProcessingEntry.id.desc())))
