"""SELECTs on the procedures that somebody is writing."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.models.catalogue import ProcedureDraft, ProcedureVersion

NO_DRAFT = "Il n’y a pas de brouillon de cette démarche : il a peut-être été publié, ou abandonné."


def find_draft(session: Session, authority_id: int, code: str) -> ProcedureDraft | None:
    """The draft of a procedure."""
    mine = (ProcedureDraft.authority_id == authority_id, ProcedureDraft.code == code)
    return session.scalar(select(ProcedureDraft).where(*mine))


def get_draft(session: Session, authority_id: int, code: str) -> ProcedureDraft:
    """The same, or NotFound."""
    found = find_draft(session, authority_id, code)
    if found is None:
        raise NotFound(NO_DRAFT)
    return found


def list_drafts(session: Session, authority_id: int) -> list[ProcedureDraft]:
    """Every draft of an authority, by code."""
    query = select(ProcedureDraft).where(ProcedureDraft.authority_id == authority_id)
    return list(session.scalars(query.order_by(ProcedureDraft.code)))


def get_version(session: Session, authority_id: int, procedure_id: int, number: int) -> ProcedureVersion:
    """One version of a procedure of this authority, or NotFound."""
    found = session.scalar(
        select(ProcedureVersion).where(
            ProcedureVersion.authority_id == authority_id,
            ProcedureVersion.procedure_id == procedure_id,
            ProcedureVersion.number == number,
        )
    )
    if found is None:
        raise NotFound("Cette version n’existe pas.")
    return found
