"""Reports that come back: the period they are about, seen from the day they are made, and when they leave by e-mail."""

from datetime import date, timedelta
from enum import StrEnum

from backoffice.domain.calendars import Calendar
from backoffice.domain.report_periods import Period, PeriodKind, last_full

LONGEST_NAME, MOST_RECIPIENTS = 80, 20


class Span(StrEnum):
    """The period of a report; FIXED for the very days that were chosen."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SCHOOL_YEAR = "school_year"
    FIXED = "fixed"


SPAN_LABELS: dict[Span, str] = {
    Span.WEEK: "La dernière semaine entière",
    Span.MONTH: "Le dernier mois entier",
    Span.QUARTER: "Le dernier trimestre entier",
    Span.YEAR: "La dernière année entière",
    Span.SCHOOL_YEAR: "La dernière année scolaire entière",
    Span.FIXED: "Les jours choisis sur la page",
}


class Rhythm(StrEnum):
    """How often a report leaves by e-mail."""

    NEVER = ""
    WEEKLY = "weekly"
    MONTHLY = "monthly"


RHYTHM_LABELS: dict[Rhythm, str] = {
    Rhythm.NEVER: "Jamais",
    Rhythm.WEEKLY: "Chaque semaine, le premier jour ouvré",
    Rhythm.MONTHLY: "Chaque mois, le premier jour ouvré",
}


def period_of(span: Span, today: date, fixed: Period) -> Period:
    """The days that a report is about when it is made on a day."""
    if span is Span.FIXED:
        return fixed
    if span is Span.WEEK:
        monday = today - timedelta(days=today.weekday() + 7)
        return Period(monday, monday + timedelta(days=6))
    return last_full(PeriodKind(span.value), today)


def sending_of(rhythm: Rhythm, today: date, calendar: Calendar) -> tuple[str, date] | None:
    """The week or month that today is in, by its name, and its first working day; None before that day, or never."""
    if rhythm is Rhythm.NEVER:
        return None
    if rhythm is Rhythm.WEEKLY:
        year, week, _ = today.isocalendar()
        name, day = f"{year}-W{week:02}", today - timedelta(days=today.weekday())
    else:
        name, day = f"{today:%Y-%m}", today.replace(day=1)
    while day < today and not calendar.is_working_day(day):
        day += timedelta(days=1)
    return (name, day) if calendar.is_working_day(day) else None
