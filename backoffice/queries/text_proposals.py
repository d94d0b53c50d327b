"""SELECTs on the better texts that agents propose, and on what was made of them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.models.evaluation import TextProposal, TextProposalChange

GONE = "Cette proposition n’existe pas."


def list_all(
    session: Session, authority_id: int, *, state: str = "", limit: int, offset: int = 0
) -> list[TextProposal]:
    """The proposals of an authority, or those in a state, the newest first."""
    query = select(TextProposal).where(TextProposal.authority_id == authority_id)
    query = query.where(TextProposal.state == state) if state else query
    return list(session.scalars(query.order_by(TextProposal.id.desc()).limit(limit).offset(offset)))


def count_by_state(session: Session, authority_id: int) -> dict[str, int]:
    """How many there are in each state."""
    mine = select(TextProposal.state, func.count()).where(TextProposal.authority_id == authority_id)
    return {row[0]: row[1] for row in session.execute(mine.group_by(TextProposal.state))}


def list_open(
    session: Session, authority_id: int, *, answer_id: int | None = None, procedure_code: str = ""
) -> list[TextProposal]:
    """Those that wait to be decided or published, of a ready answer or of a procedure."""
    of = TextProposal.answer_id == answer_id if answer_id else TextProposal.procedure_code == procedure_code
    mine = (TextProposal.authority_id == authority_id, of, TextProposal.state.in_(("proposed", "accepted")))
    return list(session.scalars(select(TextProposal).where(*mine).order_by(TextProposal.id)))


def get_proposal(session: Session, authority_id: int, proposal_id: int, *, lock: bool = False) -> TextProposal:
    """One of them; raise NotFound."""
    query = select(TextProposal).where(TextProposal.id == proposal_id, TextProposal.authority_id == authority_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound(GONE)
    return found


def list_changes(session: Session, proposal_id: int) -> list[TextProposalChange]:
    """What was made of it, in order."""
    query = select(TextProposalChange).where(TextProposalChange.proposal_id == proposal_id)
    return list(session.scalars(query.order_by(TextProposalChange.id)))
