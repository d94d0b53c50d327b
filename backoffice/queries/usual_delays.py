"""SELECTs on what answers really took."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backoffice.domain.usual_delays import UNANSWERED, UsualDelay
from backoffice.models.cases import Case
from backoffice.models.catalogue import MeasuredDelay


def count_days(session: Session, authority_id: int, since: date) -> dict[str, dict[int, int]]:
    """By procedure, how many cases that ended since a day, with an answer, took how many days."""
    ended = (Case.authority_id == authority_id, Case.closed_on >= since, Case.closed_after_days.is_not(None))
    answered = (Case.procedure_code != "", Case.outcome.not_in(UNANSWERED))
    query = select(Case.procedure_code, Case.closed_after_days, func.count()).where(*ended, *answered)
    found: dict[str, dict[int, int]] = {}
    for code, days, cases in session.execute(query.group_by(Case.procedure_code, Case.closed_after_days)):
        found.setdefault(code, {})[days] = cases
    return found


def replace_delays(
    session: Session, authority_id: int, measured: Mapping[str, UsualDelay], measured_at: datetime
) -> None:
    """Keep these delays of an authority instead of those of yesterday."""
    session.execute(delete(MeasuredDelay).where(MeasuredDelay.authority_id == authority_id))
    session.add_all(
        MeasuredDelay(
            authority_id=authority_id,
            procedure_code=code,
            sample=one.sample,
            median=one.median,
            nine_in_ten=one.nine_in_ten,
            measured_at=measured_at,
        )
        for code, one in measured.items()
    )


def find_delay(session: Session, authority_id: int, procedure_code: str) -> UsualDelay | None:
    """The usual delay of a procedure; None as long as too few cases ended."""
    mine = (MeasuredDelay.authority_id == authority_id, MeasuredDelay.procedure_code == procedure_code)
    row = session.scalar(select(MeasuredDelay).where(*mine))
    return UsualDelay(row.sample, row.median, row.nine_in_ten) if row else None
