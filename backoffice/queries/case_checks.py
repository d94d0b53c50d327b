"""SELECTs on what is ticked of the checklists of cases."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models.case_checks import CaseCheck


def list_ticked(session: Session, case_id: int) -> dict[str, CaseCheck]:
    """What is ticked on a case, by the code of the item."""
    return {one.code: one for one in session.scalars(select(CaseCheck).where(CaseCheck.case_id == case_id))}


def list_ticked_of(session: Session, case_ids: Collection[int]) -> dict[int, set[str]]:
    """The codes that are ticked on cases, by case."""
    found: dict[int, set[str]] = defaultdict(set)
    query = select(CaseCheck.case_id, CaseCheck.code).where(CaseCheck.case_id.in_(case_ids))
    for case_id, code in session.execute(query):
        found[case_id].add(code)
    return found
