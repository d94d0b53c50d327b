"""The languages of citizens' pages, and how each writes dates, numbers, amounts and sizes (after Unicode's CLDR)."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from backoffice.domain import french
from backoffice.domain.french import NARROW_NBSP, NBSP
from backoffice.domain.letters import FRENCH, OWN_NAMES, RIGHT_TO_LEFT


class Writing(Protocol):
    """What a language writes in its own way."""

    def long_date(self, day: date) -> str:
        """« lundi 3 mars 2026 »."""

    def plain_date(self, day: date) -> str:
        """« 3 mars 2026 »."""

    def short_date(self, day: date) -> str:
        """« 03/03/2026 »."""

    def clock_time(self, moment: datetime, timezone: tzinfo) -> str:
        """« 14 h 05 »."""

    def long_datetime(self, moment: datetime, timezone: tzinfo) -> str:
        """« lundi 3 mars 2026 à 14 h 05 »."""

    def short_datetime(self, moment: datetime, timezone: tzinfo) -> str:
        """« 03/03/2026 à 14 h 05 »."""

    def number(self, value: float | Decimal, decimals: int | None = None) -> str:
        """« 12 345,6 »."""

    def money(self, amount: int | Decimal) -> str:
        """« 1 250,00 € »."""

    def file_size(self, size: int) -> str:
        """« 1,2 Mo »."""

    def of_authority(self, name: str) -> str:
        """« de la Ville de Nantes »: the name of an authority, where French needs its article."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """The writing of another language; patterns take {weekday}, {day}, {month}, {year}, {date} and {time}."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    of_day: str
    of_weekday: str
    of_moment: str
    separators: tuple[str, str]
    units: tuple[str, str, str, str]
    slashes: str = "/"
    euro_first: bool = False

    def plain_date(self, day: date) -> str:
        """The day without its name."""
        return self.of_day.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def long_date(self, day: date) -> str:
        """The day with its name."""
        return self.of_weekday.format(weekday=self.weekdays[day.weekday()], date=self.plain_date(day))

    def short_date(self, day: date) -> str:
        """The day in figures, day first as on every French paper."""
        return self.slashes.join((f"{day.day:02d}", f"{day.month:02d}", f"{day.year:04d}"))

    def clock_time(self, moment: datetime, timezone: tzinfo) -> str:
        """The hour on 24, as clocks show it in France."""
        return f"{moment.astimezone(timezone):%H:%M}"

    def long_datetime(self, moment: datetime, timezone: tzinfo) -> str:
        """The day with its name, and the hour."""
        day = self.long_date(moment.astimezone(timezone).date())
        return self.of_moment.format(date=day, time=self.clock_time(moment, timezone))

    def short_datetime(self, moment: datetime, timezone: tzinfo) -> str:
        """The day in figures, and the hour."""
        day = self.short_date(moment.astimezone(timezone).date())
        return self.of_moment.format(date=day, time=self.clock_time(moment, timezone))

    def number(self, value: float | Decimal, decimals: int | None = None) -> str:
        """A number; `decimals` fixes the digits kept."""
        exact = Decimal(str(value))
        if decimals is not None:
            exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        thousands, point = self.separators
        whole, _, rest = f"{exact:,f}".partition(".")
        return whole.replace(",", thousands).replace("-", "\u2212") + (f"{point}{rest}" if rest else "")

    def money(self, amount: int | Decimal) -> str:
        """An amount in euros; whole euros lose their cents."""
        written = self.number(amount, 0 if amount == int(amount) else 2)
        return f"€{written}" if self.euro_first else f"{written}{NBSP}€"

    def file_size(self, size: int) -> str:
        """A size in bytes, in decimal units."""
        bytes_, kilo, mega, giga = self.units
        for limit, divisor, decimals, unit in (
            (1000, 1, 0, bytes_),
            (999_500, 10**3, 0, kilo),
            (999_950_000, 10**6, 1, mega),
        ):
            if size < limit:
                return self._size(Decimal(size) / divisor, decimals, unit)
        return self._size(Decimal(size) / 10**9, 1, giga)

    def of_authority(self, name: str) -> str:
        """The name as it is: the sentence itself holds what comes before."""
        return name

    def _size(self, value: Decimal, decimals: int, unit: str) -> str:
        return f"{self.number(value, decimals).removesuffix(f'{self.separators[1]}0')}{NBSP}{unit}"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of citizens' pages: its code, and its name as who speaks it writes it."""

    code: str
    name: str
    direction: str


WRITINGS: dict[str, Writing] = {
    FRENCH: french,
    "en": Foreign(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        (
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        "{day} {month} {year}",
        "{weekday} {date}",
        "{date} at {time}",
        (",", "."),
        ("bytes", "kB", "MB", "GB"),
        euro_first=True,
    ),
    "ar": Foreign(
        ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
        (
            "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
            "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
        ),
        "{day} {month} {year}",
        "{weekday} {date}",
        "{date} على الساعة {time}",
        (NARROW_NBSP, ","),
        ("بايت", "كيلوبايت", "ميغابايت", "غيغابايت"),
    ),
    "pt": Foreign(
        ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
        (
            "janeiro", "fevereiro", "março", "abril", "maio", "junho",
            "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
        ),
        "{day} de {month} de {year}",
        "{weekday}, {date}",
        "{date} às {time}",
        (NARROW_NBSP, ","),
        ("bytes", "kB", "MB", "GB"),
    ),
    "uk": Foreign(
        ("понеділок", "вівторок", "середа", "четвер", "пʼятниця", "субота", "неділя"),
        (
            "січня", "лютого", "березня", "квітня", "травня", "червня",
            "липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
        ),
        f"{{day}} {{month}} {{year}}{NBSP}року",
        "{weekday}, {date}",
        f"{{date}} о{NBSP}{{time}}",
        (NBSP, ","),
        ("Б", "кБ", "МБ", "ГБ"),
        slashes=".",
    ),
}  # fmt: skip

LANGUAGES: dict[str, Language] = {
    code: Language(code, OWN_NAMES.get(code, "Français"), "rtl" if code in RIGHT_TO_LEFT else "ltr")
    for code in WRITINGS
}
"""In the order in which they are offered, French first."""
