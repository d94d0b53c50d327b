"""SELECTs on what citizens say of our answers."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback


def find_feedback(session: Session, case: Case) -> Feedback | None:
    """What was said of the answer that a closed case has now."""
    mine = (Feedback.case_id == case.id, Feedback.closed_at == case.closed_at)
    return session.scalar(select(Feedback).where(*mine))


def list_opinions(session: Session, where: ColumnElement[bool], *, helped: bool | None) -> list[tuple[Feedback, Case]]:
    """What was said of the answers of several cases, the newest first; `helped` None for all."""
    query = select(Feedback, Case).join(Case, Case.id == Feedback.case_id).where(where)
    if helped is not None:
        query = query.where(Feedback.helped.is_(helped))
    return [(row[0], row[1]) for row in session.execute(query.order_by(Feedback.id.desc()))]


def list_feedback(session: Session, case_id: int) -> list[Feedback]:
    """What was said of each answer of a case, in order."""
    return list(session.scalars(select(Feedback).where(Feedback.case_id == case_id).order_by(Feedback.id)))
