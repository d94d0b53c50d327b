"""SELECTs on what is ticked of the checklists of cases."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models.case_checks import CaseCheck


def list_ticked(session: Session, case_id: int) -> dict[str, CaseCheck]:
    """What is ticked on a case, by the code of the item."""
    return {one.code: one for one in session.scalars(select(CaseCheck).where(CaseCheck.case_id == case_id))}
