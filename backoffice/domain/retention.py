"""When the time that a file is kept is over: the durée d'utilité administrative of its procedure, counted in years."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backoffice.domain.procedures import FinalDisposition, Retention, RetentionStart

LAST_OF_SCHOOL_YEAR = (8, 31)
BASIS = "Circulaire DGP/SIAF/2014/006"
"""What the archives of communes are sorted by, when the procedure names no text of its own."""


def closed_by(retention: Retention, today: date) -> date | None:
    """The last day of closing whose files are over their time; None when they never are by what the house knows.

    Files to keep for ever are transferred, never eliminated (code du patrimoine, L212-2). The house knows the day on
    which a file was closed; that of the end of a stay or of an occupation, by the answer that a procedure names alone:
    such a file was closed by this day, and is over its time when `counted_from` is too.
    """
    if retention.years is None or retention.final is FinalDisposition.KEEP:
        return None
    limit = _years_before(today, retention.years)
    if retention.from_ is RetentionStart.CLOSURE:
        return limit
    if retention.from_ is RetentionStart.END_OF_SCHOOL_YEAR:
        end = date(limit.year, *LAST_OF_SCHOOL_YEAR)
        return end if end <= limit else date(limit.year - 1, *LAST_OF_SCHOOL_YEAR)
    return limit if retention.start_field else None


def counted_from(retention: Retention, closed_on: date, answers: Mapping[str, Any]) -> tuple[date, bool]:
    """The day from which the time of a file is counted, and whether its answers gave it.

    Without an answer it is the day of closing; and never before it: until then the file was of use.
    """
    answered = _day_of(answers.get(retention.start_field)) if retention.start_field else None
    return (closed_on, False) if answered is None else (max(answered, closed_on), True)


def _day_of(answer: Any) -> date | None:
    """The day of an answer, the last one of a period; None when there is none."""
    said = answer.get("end") if isinstance(answer, Mapping) else answer
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def basis_of(retention: Retention) -> str:
    """The text or the reason that the duration comes from."""
    return retention.note or BASIS


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February of another year
        return date(day.year - years, 2, 28)
