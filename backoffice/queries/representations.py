"""SELECTs on who speaks for whom."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backoffice.models.cases import Attachment
from backoffice.models.representations import CaseRepresentation

# Building a statement costs more than running it: that of every case is built once.
_OF_CASE = select(CaseRepresentation).where(CaseRepresentation.case_id == bindparam("case_id"))


def find_representation(session: Session, case_id: int) -> CaseRepresentation | None:
    """In whose name a case was opened; None for the speaker's own."""
    return session.scalar(_OF_CASE, {"case_id": case_id})


def list_representations(session: Session, case_ids: Collection[int]) -> dict[int, CaseRepresentation]:
    """The same for several cases, by case."""
    query = select(CaseRepresentation).where(CaseRepresentation.case_id.in_(case_ids))
    return {one.case_id: one for one in session.scalars(query)}


def list_proofs(session: Session, case_id: int, field: str) -> list[Attachment]:
    """The files that prove it, in order of arrival; not those that proved it for somebody else."""
    query = (
        select(Attachment)
        .join(CaseRepresentation, CaseRepresentation.case_id == Attachment.case_id)
        .where(Attachment.case_id == case_id, Attachment.field == field)
        .where(Attachment.id > CaseRepresentation.proof_after)
    )
    return list(session.scalars(query.order_by(Attachment.id)))


def last_file(session: Session, case_id: int, field: str) -> int:
    """The number of the last file that answers this question; 0 when there is none."""
    query = select(func.max(Attachment.id)).where(Attachment.case_id == case_id, Attachment.field == field)
    return session.scalar(query) or 0
