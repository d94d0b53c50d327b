"""Months, quarters, years, school years and other days: what they are called, and what they follow."""

from datetime import date, timedelta

import pytest

from backoffice.domain.report_periods import Period, PeriodKind, containing, last_full, list_months

LEAP_DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("kind", "day", "name", "before", "year_before"),
    [
        (PeriodKind.MONTH, LEAP_DAY, "février 2024", "janvier 2024", "février 2023"),
        (PeriodKind.MONTH, date(2026, 1, 31), "janvier 2026", "décembre 2025", "janvier 2025"),
        (PeriodKind.QUARTER, date(2026, 3, 31), "1er trimestre 2026", "4e trimestre 2025", "1er trimestre 2025"),
        (PeriodKind.QUARTER, date(2026, 10, 1), "4e trimestre 2026", "3e trimestre 2026", "4e trimestre 2025"),
        (PeriodKind.YEAR, LEAP_DAY, "année 2024", "année 2023", "année 2023"),
        (PeriodKind.SCHOOL_YEAR, date(2026, 8, 31), *("année scolaire 2025-2026", *["année scolaire 2024-2025"] * 2)),
        (PeriodKind.SCHOOL_YEAR, date(2026, 9, 1), *("année scolaire 2026-2027", *["année scolaire 2025-2026"] * 2)),
    ],
)
def test_a_usual_period_has_a_name_and_a_period_before(
    kind: PeriodKind, day: date, name: str, before: str, year_before: str
) -> None:
    period = containing(kind, day)
    assert period.start <= day <= period.end
    assert (period.kind, period.name) == (kind, name)
    assert (period.before().name, period.year_before().name) == (before, year_before)
    assert period.before().after() == period.after().before() == period
    assert last_full(kind, day) == period.before()


def test_other_days_follow_as_many_days_and_the_29th_of_february_the_28th() -> None:
    period = Period(date(2024, 2, 20), LEAP_DAY)
    assert (period.kind, period.name) == (PeriodKind.FREE, "du 20 février 2024 au 29 février 2024")
    assert period.before() == Period(date(2024, 2, 10), date(2024, 2, 19))
    assert period.after().start == LEAP_DAY + timedelta(days=1)
    assert period.year_before() == Period(date(2023, 2, 20), date(2023, 2, 28))


def test_twelve_months_end_with_the_one_of_a_day() -> None:
    months = list_months(LEAP_DAY, 12)
    assert (len(months), months[0].name, months[-1].name) == (12, "mars 2023", "février 2024")
