"""SELECTs on the copies of their data that citizens ask for."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from backoffice.models.exports import DataExport


def list_live(session: Session, citizen_id: int, address: str, now: datetime) -> list[DataExport]:
    """The exports of an account that have not expired, newest first."""
    mine = (DataExport.citizen_id == citizen_id, DataExport.address == address, DataExport.expires_at > now)
    return list(session.scalars(select(DataExport).where(*mine).order_by(DataExport.id.desc())))


def count_since(session: Session, citizen_id: int, since: datetime) -> int:
    """How many a person asked for since an instant."""
    asked = (DataExport.citizen_id == citizen_id, DataExport.asked_at >= since)
    return session.scalar(select(func.count()).select_from(DataExport).where(*asked)) or 0


def find_made(session: Session, export_id: int, citizen_id: int, address: str, now: datetime) -> DataExport | None:
    """An export of this very account that is made and lives, with its bytes."""
    mine = (DataExport.id == export_id, DataExport.citizen_id == citizen_id, DataExport.address == address)
    alive = (DataExport.made_at.is_not(None), DataExport.expires_at > now)
    bytes_too = (undefer(DataExport.data), undefer(DataExport.page))
    return session.scalar(select(DataExport).where(*mine, *alive).options(*bytes_too))


def find_pending(session: Session, export_id: int) -> DataExport | None:
    """An export that is still to be made."""
    return session.scalar(select(DataExport).where(DataExport.id == export_id, DataExport.made_at.is_(None)))


def delete_expired(session: Session, now: datetime) -> None:
    """What nobody may download any more."""
    session.execute(delete(DataExport).where(DataExport.expires_at <= now))
