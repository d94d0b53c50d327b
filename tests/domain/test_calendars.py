"""Holidays and working days, against an independent library and against the texts."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.domain.calendars import CALENDAR_LABELS, easter, get_calendar
from backoffice.errors import Invalid

YEARS = range(2015, 2041)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
CODES = st.sampled_from(sorted(CALENDAR_LABELS))

# Days that the library keeps by local use, and that article L. 3422-2 of the code du travail does not name.
LOCAL_USE = {"Mi-Careme", "Mi-Carême", "Victor Schoelcher Day", "Fête de Victor Schoelcher"}


@pytest.mark.parametrize(
    ("code", "subdivision"),
    [
        ("metropole", None),
        ("alsace_moselle", "6AE"),
        ("alsace_moselle", "57"),
        ("martinique", "972"),
        ("guyane", "973"),
        ("reunion", "974"),
        ("mayotte", "976"),
        ("saint_barthelemy", "BL"),
        ("saint_pierre_et_miquelon", "PM"),
        ("nouvelle_caledonie", "NC"),
        ("polynesie_francaise", "PF"),
        ("wallis_et_futuna", "WF"),
    ],
)
def test_holidays_agree_with_an_independent_library(code: str, subdivision: str | None) -> None:
    for year in YEARS:
        assert set(get_calendar(code).holidays(year)) == _library_days(subdivision, year), year


def test_guadeloupe_keeps_what_the_code_du_travail_names() -> None:
    for year in YEARS:
        by_use = {easter(year) - timedelta(days=2)}  # Good Friday is kept there by use only
        assert set(get_calendar("guadeloupe").holidays(year)) == _library_days("971", year) - by_use, year


def test_saint_martin_moved_its_day_from_27_to_28_may() -> None:
    calendar = get_calendar("saint_martin")
    for year in YEARS:
        expected = date(year, 5, 28 if year >= 2018 else 27)
        # The library knows only 28 May; the other days are the same.
        others = _library_days("MF", year) - {date(year, 5, 28)}
        assert set(calendar.holidays(year)) == others | {expected}, year


def test_metropolitan_france_has_eleven_holidays() -> None:
    assert len(get_calendar("metropole").holidays(2026)) == 11


def test_two_holidays_on_one_day_are_one_day_off() -> None:
    # Ascension fell on 1 May in 2008.
    assert len(get_calendar("metropole").holidays(2008)) == 10


def test_easter_is_right_at_the_edges_of_its_range() -> None:
    assert [easter(1818), easter(1943), easter(2038), easter(2285)] == [
        date(1818, 3, 22),
        date(1943, 4, 25),
        date(2038, 4, 25),
        date(2285, 3, 22),
    ]


def test_a_commune_without_protestant_temple_works_on_good_friday() -> None:
    good_friday, st_stephen = date(2026, 4, 3), date(2025, 12, 26)
    without = get_calendar("alsace_moselle_sans_vendredi_saint")
    assert not get_calendar("alsace_moselle").is_working_day(good_friday)
    assert without.is_working_day(good_friday)
    assert not without.is_working_day(st_stephen)


def test_saturday_is_a_jour_ouvrable_and_not_a_jour_ouvre() -> None:
    calendar, saturday = get_calendar("metropole"), date(2026, 3, 7)
    assert calendar.is_business_day(saturday)
    assert not calendar.is_working_day(saturday)
    assert not calendar.is_business_day(saturday + timedelta(days=1))


def test_local_closing_days_are_days_off_of_one_authority_only() -> None:
    bridge, fair = date(2026, 5, 15), date(2026, 9, 7)
    calendar = get_calendar("metropole", (bridge, "09-07", "2027-01-04"))
    assert not calendar.is_working_day(bridge)
    assert calendar.is_working_day(bridge.replace(year=2028)), "a full date is one year's"
    assert not calendar.is_working_day(fair)
    assert not calendar.is_working_day(fair.replace(year=2027)), "a month and a day are every year's"
    assert not calendar.is_working_day(date(2027, 1, 4))
    assert calendar.statutory.is_working_day(bridge)
    assert get_calendar("metropole").is_working_day(bridge)


def test_a_local_29_february_is_kept_in_leap_years_only() -> None:
    calendar = get_calendar("metropole", ["02-29"])
    assert not calendar.is_working_day(date(2028, 2, 29))
    assert len(calendar.holidays(2027)) == 11


def test_a_calendar_is_one_cached_value() -> None:
    assert get_calendar("metropole", ["05-15"]) is get_calendar("metropole", ("05-15",))


def test_an_unknown_calendar_is_refused_with_the_list_of_those_that_exist() -> None:
    with pytest.raises(Invalid, match=r"« atlantide » n’existe pas.*metropole"):
        get_calendar("atlantide")


@pytest.mark.parametrize("extra", ["", "demain", "13-45", "2026-02-30", "02-30", "2026-5-1"])
def test_a_closing_day_that_is_not_a_date_is_refused(extra: str) -> None:
    with pytest.raises(Invalid, match="n’est pas une date"):
        get_calendar("metropole", [extra])


@given(CODES, DAYS, st.integers(0, 60))
def test_adding_working_days_lands_on_the_nth_working_day(code: str, start: date, count: int) -> None:
    calendar = get_calendar(code)
    end = calendar.add_working_days(start, count)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(calendar.is_working_day(each) for each in between) == count
    assert count == 0 or calendar.is_working_day(end)


@given(CODES, DAYS, st.integers(1, 60))
def test_taking_working_days_back_undoes_adding_them(code: str, start: date, count: int) -> None:
    calendar = get_calendar(code)
    working = calendar.next_working_day(start)
    assert calendar.add_working_days(calendar.add_working_days(working, count), -count) == working


@given(CODES, DAYS, st.integers(1, 40))
def test_jours_ouvrables_never_take_longer_than_jours_ouvres(code: str, start: date, count: int) -> None:
    calendar = get_calendar(code)
    assert calendar.add_business_days(start, count) <= calendar.add_working_days(start, count)


@given(CODES, DAYS)
def test_the_nearest_working_days_surround_the_day(code: str, start: date) -> None:
    calendar = get_calendar(code)
    before, after = calendar.previous_working_day(start), calendar.next_working_day(start)
    assert before <= start <= after
    assert calendar.is_working_day(before)
    assert calendar.is_working_day(after)
    assert (before == start == after) is calendar.is_working_day(start)


@given(CODES, st.integers(1583, 4099))
def test_easter_monday_is_a_monday_off_in_any_year(code: str, year: int) -> None:
    monday = easter(year) + timedelta(days=1)
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)
    assert get_calendar(code).holiday_name(monday) == "lundi de Pâques"


def _library_days(subdivision: str | None, year: int) -> set[date]:
    import holidays  # noqa: PLC0415 (slow to load)

    found: Any = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    return {each for each, name in found.items() if name not in LOCAL_USE}
