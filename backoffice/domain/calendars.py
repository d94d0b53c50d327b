"""Public holidays and working days of an authority, computed for any year by plain arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from backoffice.errors import Invalid

ONE_DAY = timedelta(days=1)
SATURDAY = 5
SUNDAY = 6
GOOD_FRIDAY = -2
EASTER_MONDAY = 1
ASCENSION = 39
WHIT_MONDAY = 50


class HolidayRule(NamedTuple):
    """A day that returns every year: a fixed `month` and `day`, or a number of days after Easter Sunday.

    `since` and `until` are the first and the last year in which it is kept.
    """

    label: str
    month: int = 0
    day: int = 0
    after_easter: int | None = None
    since: int = date.min.year
    until: int = date.max.year

    def on(self, year: int) -> date | None:
        """The holiday of that year; None when it is not kept then (29 February included)."""
        if not self.since <= year <= self.until:
            return None
        if self.after_easter is not None:
            return easter(year) + timedelta(days=self.after_easter)
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one authority: the legal holidays of its territory and its own closing days.

    Obtained from `get_calendar`, which keeps one value for each code and set of local days.
    """

    code: str
    label: str
    rules: tuple[HolidayRule, ...]
    local_rules: tuple[HolidayRule, ...] = ()
    local_days: frozenset[date] = frozenset()
    _names: dict[int, dict[date, str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def statutory(self) -> "Calendar":
        """The same territory without the local closing days, which bind nobody outside the authority."""
        return get_calendar(self.code) if self.local_rules or self.local_days else self

    def holidays(self, year: int) -> dict[date, str]:
        """Every day off of a year that is not a mere Sunday, with its French name."""
        names = self._names.get(year)
        if names is None:
            names = self._names[year] = self._named_days(year)
        return names

    def holiday_name(self, day: date) -> str | None:
        """The French name of a holiday or closing day; None on any other day."""
        return self.holidays(day.year).get(day)

    def is_working_day(self, day: date) -> bool:
        """Jour ouvré: Monday to Friday, holidays and local closing days excepted."""
        return day.weekday() < SATURDAY and day not in self.holidays(day.year)

    def is_business_day(self, day: date) -> bool:
        """Jour ouvrable: Monday to Saturday, holidays and local closing days excepted."""
        return day.weekday() < SUNDAY and day not in self.holidays(day.year)

    def next_working_day(self, day: date) -> date:
        """The day itself when it is a jour ouvré, else the first one that follows."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """The day itself when it is a jour ouvré, else the last one before it."""
        while not self.is_working_day(day):
            day -= ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th jour ouvré after the day (before it when negative); the day is not counted."""
        step = ONE_DAY if count >= 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th jour ouvrable after the day (before it when negative); the day is not counted."""
        step = ONE_DAY if count >= 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_business_day(day):
                day += step
        return day

    def _named_days(self, year: int) -> dict[date, str]:
        names = {day: "jour de fermeture local" for day in self.local_days if day.year == year}
        for rule in (*self.local_rules, *self.rules):
            day = rule.on(year)
            if day is not None:
                names[day] = rule.label
        return dict(sorted(names.items()))


@lru_cache(maxsize=1024)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's method)."""
    golden = year % 19
    century, year_of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leaps, year_rest = divmod(year_of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - epact - year_rest) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


NATIONAL = (
    HolidayRule("jour de l’an", 1, 1),
    HolidayRule("lundi de Pâques", after_easter=EASTER_MONDAY),
    HolidayRule("fête du Travail", 5, 1),
    HolidayRule("victoire de 1945", 5, 8, since=1982),
    HolidayRule("Ascension", after_easter=ASCENSION),
    HolidayRule("lundi de Pentecôte", after_easter=WHIT_MONDAY),
    HolidayRule("fête nationale", 7, 14),
    HolidayRule("Assomption", 8, 15),
    HolidayRule("Toussaint", 11, 1),
    HolidayRule("armistice de 1918", 11, 11),
    HolidayRule("Noël", 12, 25),
)
"""The eleven holidays of article L. 3133-1 of the code du travail."""

ABOLITION = "abolition de l’esclavage"
ST_STEPHEN = HolidayRule("Saint-Étienne", 12, 26)
GOOD_FRIDAY_RULE = HolidayRule("Vendredi saint", after_easter=GOOD_FRIDAY)

TERRITORIES: dict[str, tuple[str, tuple[HolidayRule, ...]]] = {
    "metropole": ("Métropole", ()),
    # Good Friday is kept in the communes that have a Protestant temple or a mixed church (L. 3134-13).
    "alsace_moselle": ("Alsace et Moselle", (GOOD_FRIDAY_RULE, ST_STEPHEN)),
    "alsace_moselle_sans_vendredi_saint": (
        "Alsace et Moselle, commune sans temple protestant",
        (ST_STEPHEN,),
    ),
    # Overseas, article L. 3422-2 of the code du travail: the abolition of slavery on its local date.
    "guadeloupe": ("Guadeloupe", (HolidayRule(ABOLITION, 5, 27),)),
    "martinique": ("Martinique", (HolidayRule(ABOLITION, 5, 22),)),
    "guyane": ("Guyane", (HolidayRule(ABOLITION, 6, 10),)),
    "reunion": ("La Réunion", (HolidayRule(ABOLITION, 12, 20),)),
    "mayotte": ("Mayotte", (HolidayRule(ABOLITION, 4, 27),)),
    # 27 May by the decree of 2012; the State has kept 28 May since 2018 [to confirm on Légifrance].
    "saint_martin": (
        "Saint-Martin",
        (HolidayRule(ABOLITION, 5, 27, until=2017), HolidayRule(ABOLITION, 5, 28, since=2018)),
    ),
    "saint_barthelemy": ("Saint-Barthélemy", (HolidayRule(ABOLITION, 10, 9),)),
    "saint_pierre_et_miquelon": ("Saint-Pierre-et-Miquelon", ()),
    "polynesie_francaise": (
        "Polynésie française",
        (
            HolidayRule("arrivée de l’Évangile", 3, 5),
            GOOD_FRIDAY_RULE,
            HolidayRule("fête de l’autonomie", 6, 29, until=2024),
            HolidayRule("Matāri’i", 11, 20, since=2025),
        ),
    ),
    "nouvelle_caledonie": ("Nouvelle-Calédonie", (HolidayRule("fête de la citoyenneté", 9, 24),)),
    "wallis_et_futuna": (
        "Wallis-et-Futuna",
        (
            HolidayRule("saint Pierre Chanel", 4, 28),
            HolidayRule("saints Pierre et Paul", 6, 29),
            HolidayRule("fête du territoire", 7, 29),
        ),
    ),
}

CALENDAR_LABELS = {code: label for code, (label, _) in TERRITORIES.items()}
"""The calendars an administrator can choose, by code, with their French names."""


def get_calendar(code: str, extra_days: Iterable[date | str] = ()) -> Calendar:
    """The calendar of a territory, with the days on which the authority is closed besides.

    An extra day is a date, « AAAA-MM-JJ » for one year only, or « MM-JJ » for every year. Raises Invalid,
    with a French sentence, on an unknown code or an extra day that is not one. The value is cached.
    """
    return _calendar(code, tuple(extra_days))


@lru_cache(maxsize=256)
def _calendar(code: str, extra_days: tuple[date | str, ...]) -> Calendar:
    if code not in TERRITORIES:
        known = ", ".join(TERRITORIES)
        raise Invalid(f"Le calendrier « {code} » n’existe pas. Choisissez l’un de ceux-ci : {known}.")
    label, rules = TERRITORIES[code]
    days, yearly = set(), []
    for extra in extra_days:
        closing = _closing_day(extra)
        if isinstance(closing, HolidayRule):
            yearly.append(closing)
        else:
            days.add(closing)
    return Calendar(code, label, NATIONAL + rules, tuple(yearly), frozenset(days))


def _closing_day(extra: date | str) -> date | HolidayRule:
    if isinstance(extra, date):
        return extra
    try:
        if len(extra) == len("MM-JJ"):
            day = date.fromisoformat(f"2000-{extra}")
            return HolidayRule("jour de fermeture local", day.month, day.day)
        return date.fromisoformat(extra)
    except ValueError:
        raise Invalid(
            f"Le jour de fermeture « {extra} » n’est pas une date. Écrivez « 2026-05-15 », "
            "ou « 05-15 » s’il revient chaque année."
        ) from None
