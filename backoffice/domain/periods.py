"""Time as the law counts it: months by quantième, days, jours ouvrés, délais francs, and their roll."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from backoffice.domain.calendars import Calendar
from backoffice.domain.french import NBSP, fold
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LONGEST = 1200


class Unit(StrEnum):
    """What a period is counted in."""

    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"
    MONTHS = "months"


FRENCH_UNITS = {
    Unit.DAYS: ("jour", "jours"),
    Unit.BUSINESS_DAYS: ("jour ouvrable", "jours ouvrables"),
    Unit.WORKING_DAYS: ("jour ouvré", "jours ouvrés"),
    Unit.WEEKS: ("semaine", "semaines"),
    Unit.MONTHS: ("mois", "mois"),
}

UNIT_WORDS = {
    **{word: unit for unit in Unit for word in (unit.value, unit.value.removesuffix("s"))},
    **{fold(word): unit for unit, words in FRENCH_UNITS.items() for word in words},
}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in a text: « deux mois », « dix jours ouvrés ».

    `clear` is the délai franc (neither the first nor the last day counts); `rolling` moves an end that falls
    on a Saturday, a Sunday or a holiday to the next jour ouvré.
    """

    count: int
    unit: Unit
    clear: bool = False
    rolling: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.count <= LONGEST:
            raise Invalid(f"Un délai compte entre 0 et {LONGEST} unités : {self.count} est hors limite.")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read « 2 months », « 2 clear months rolling », « 10 working_days », « 2 mois », « 5 jours ouvrés ».

        Raises Invalid, with a French sentence, when the text is not a period.
        """
        return _parse(text)

    def __str__(self) -> str:
        unit = self.unit.value if self.count > 1 else self.unit.value.removesuffix("s")
        words = (str(self.count), "clear" if self.clear else "", unit, "rolling" if self.rolling else "")
        return " ".join(word for word in words if word)

    def in_words(self) -> Wording:
        """The same, which can be said in another language."""
        match self.unit:
            case Unit.MONTHS:
                return Wording.counted("%(count)s mois", "%(count)s mois", self.count)
            case Unit.WEEKS:
                return Wording.counted("%(count)s semaine", "%(count)s semaines", self.count)
            case Unit.WORKING_DAYS:
                return Wording.counted("%(count)s jour ouvré", "%(count)s jours ouvrés", self.count)
            case Unit.BUSINESS_DAYS:
                return Wording.counted("%(count)s jour ouvrable", "%(count)s jours ouvrables", self.count)
            case _:
                return Wording.counted("%(count)s jour", "%(count)s jours", self.count)

    def in_french(self) -> str:
        """« 2 mois », « 10 jours ouvrés »."""
        singular, several = FRENCH_UNITS[self.unit]
        return f"{self.count}{NBSP}{several if self.count > 1 else singular}"


@lru_cache(maxsize=512)
def _parse(text: str) -> Period:
    number, *words = text.split() or [""]
    clear, rolling = "clear" in words, "rolling" in words
    unit = " ".join(word for word in words if word not in ("clear", "rolling"))
    found = UNIT_WORDS.get(unit) or UNIT_WORDS.get(fold(unit))
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(LONGEST)) and found):
        raise Invalid(f"« {text} » n’est pas un délai. Écrivez par exemple « 2 mois » ou « 10 jours ouvrés ».")
    return Period(int(number), found, clear, rolling)


def add_months(day: date, count: int) -> date:
    """The same quantième `count` months later, or the last day of that month when it has no such day.

    The logic of articles 641 and 642 of the code de procédure civile: the 31 December and two months give the
    28 or 29 February; the 30 June and two months give the 30 August, not the 31.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    length = 29 if month == 1 and is_leap(year) else MONTH_LENGTHS[month]
    return date(year, month + 1, min(day.day, length))


def is_leap(year: int) -> bool:
    """Whether February has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def end_of(period: Period, start: date, calendar: Calendar) -> date:
    """The last day of a period that starts on an event; the day of the event is not counted.

    For a délai franc of days, it is the first day on which the act becomes possible.
    """
    count = period.count
    match period.unit:
        case Unit.MONTHS:
            end = add_months(start, count)
        case Unit.WEEKS:
            end = start + timedelta(weeks=count)
        case Unit.DAYS:
            end = start + timedelta(days=count)
        case Unit.WORKING_DAYS:
            end = calendar.add_working_days(start, count)
        case Unit.BUSINESS_DAYS:
            end = calendar.add_business_days(start, count)
    if period.clear:
        end += timedelta(days=1)
    return calendar.next_working_day(end) if period.rolling else end
