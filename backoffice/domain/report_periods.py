"""The periods that figures are about: a month, a quarter, a year, a school year, or any days; and what they follow."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backoffice.domain.french import MONTHS, plain_date

SCHOOL_YEAR_BEGINS = 9


class PeriodKind(StrEnum):
    """How long a period is; FREE for days that are none of the others."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SCHOOL_YEAR = "school_year"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from one to another, both included."""

    start: date
    end: date

    @property
    def kind(self) -> PeriodKind:
        """Which of the usual periods these days are."""
        usual = (kind for kind in PeriodKind if kind is not PeriodKind.FREE)
        return next((kind for kind in usual if containing(kind, self.start) == self), PeriodKind.FREE)

    @property
    def name(self) -> str:
        """« mars 2026 », « 1er trimestre 2026 », « année scolaire 2025-2026 », « du 3 mars 2026 au 9 mars 2026 »."""
        kind, start = self.kind, self.start
        if kind is PeriodKind.MONTH:
            return f"{MONTHS[start.month - 1]} {start.year}"
        if kind is PeriodKind.QUARTER:
            quarter = start.month // 3 + 1
            return f"{quarter}{'er' if quarter == 1 else 'e'} trimestre {start.year}"
        if kind is PeriodKind.YEAR:
            return f"année {start.year}"
        if kind is PeriodKind.SCHOOL_YEAR:
            return f"année scolaire {start.year}-{self.end.year}"
        return f"du {plain_date(start)} au {plain_date(self.end)}"

    def before(self) -> "Period":
        """The period of the same kind, or of as many days, that ends on the eve of this one."""
        eve = self.start - timedelta(days=1)
        if self.kind is PeriodKind.FREE:
            return Period(eve - (self.end - self.start), eve)
        return containing(self.kind, eve)

    def after(self) -> "Period":
        """The period of the same kind, or of as many days, that begins on the day after this one."""
        following = self.end + timedelta(days=1)
        if self.kind is PeriodKind.FREE:
            return Period(following, following + (self.end - self.start))
        return containing(self.kind, following)

    def year_before(self) -> "Period":
        """The same period a year before."""
        if self.kind is PeriodKind.FREE:
            return Period(_year_before(self.start), _year_before(self.end))
        return containing(self.kind, _year_before(self.start))


def containing(kind: PeriodKind, day: date) -> Period:
    """The month, quarter, year or school year (1 September to 31 August) that a day is in."""
    if kind is PeriodKind.MONTH:
        return _months(day.year, day.month, 1)
    if kind is PeriodKind.QUARTER:
        return _months(day.year, (day.month - 1) // 3 * 3 + 1, 3)
    if kind is PeriodKind.SCHOOL_YEAR:
        return _months(day.year if day.month >= SCHOOL_YEAR_BEGINS else day.year - 1, SCHOOL_YEAR_BEGINS, 12)
    return _months(day.year, 1, 12)


def last_full(kind: PeriodKind, today: date) -> Period:
    """The last month, quarter, year or school year that is over."""
    return containing(kind, containing(kind, today).start - timedelta(days=1))


def list_months(until: date, count: int) -> list[Period]:
    """The `count` months that end with that of a day, in order."""
    months = [containing(PeriodKind.MONTH, until)]
    while len(months) < count:
        months.insert(0, months[0].before())
    return months


def _months(year: int, month: int, count: int) -> Period:
    after = month - 1 + count
    return Period(date(year, month, 1), date(year + after // 12, after % 12 + 1, 1) - timedelta(days=1))


def _year_before(day: date) -> date:
    # The 29th of February is the 28th the year before.
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
