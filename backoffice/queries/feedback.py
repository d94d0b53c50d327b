"""SELECTs on what citizens say of our answers."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback


def find_feedback(session: Session, case: Case) -> Feedback | None:
    """What was said of the answer that a closed case has now."""
    mine = (Feedback.case_id == case.id, Feedback.closed_at == case.closed_at)
    return session.scalar(select(Feedback).where(*mine))


def list_opinions(
    session: Session, where: ColumnElement[bool], *, helped: bool | None, limit: int, offset: int
) -> list[tuple[Feedback, Case]]:
    """What was said of the answers of several cases, the newest first; `helped` None for all."""
    query = select(Feedback, Case).join(Case, Case.id == Feedback.case_id).where(where, *_that(helped))
    ordered = query.order_by(Feedback.id.desc()).limit(limit).offset(offset)
    return [(row[0], row[1]) for row in session.execute(ordered)]


def count_opinions(session: Session, where: ColumnElement[bool], *, helped: bool | None) -> int:
    """How many there are."""
    query = select(func.count(Feedback.id)).join(Case, Case.id == Feedback.case_id).where(where, *_that(helped))
    return session.scalar(query) or 0


def _that(helped: bool | None) -> list[ColumnElement[bool]]:
    return [] if helped is None else [Feedback.helped.is_(helped)]


def list_feedback(session: Session, case_id: int) -> list[Feedback]:
    """What was said of each answer of a case, in order."""
    return list(session.scalars(select(Feedback).where(Feedback.case_id == case_id).order_by(Feedback.id)))
