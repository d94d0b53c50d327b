"""Statements on who has a case open; a presence that expired is not there any more, swept or not."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backoffice.domain.french import by_name
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.models.presences import CasePresence
from backoffice.queries.once import insert_once


def note(session: Session, case: Case, staff_id: int, until: datetime) -> None:
    """An agent has a case open until then."""
    mine = (CasePresence.case_id == case.id, CasePresence.staff_id == staff_id)
    again = update(CasePresence).where(*mine).values(expires_at=until).returning(CasePresence.case_id)
    if session.scalar(again) is not None:
        return
    insert_once(
        session,
        CasePresence,
        ("case_id", "staff_id"),
        case_id=case.id,
        staff_id=staff_id,
        expires_at=until,
        authority_id=case.authority_id,
    )


def list_others(session: Session, case_id: int, staff_id: int | None, now: datetime) -> list[str]:
    """The names of the other agents who have a case open."""
    query = select(Staff.name).join(CasePresence, CasePresence.staff_id == Staff.id)
    here = query.where(CasePresence.case_id == case_id, CasePresence.expires_at > now, Staff.id != staff_id)
    return by_name(session.scalars(here), str)


def delete_expired(session: Session, now: datetime) -> None:
    """Those who left."""
    session.execute(delete(CasePresence).where(CasePresence.expires_at <= now))
