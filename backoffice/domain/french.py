"""French dates, numbers, sizes and typography, as people read them on screen, in letters and in mails."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

Named = TypeVar("Named")

NBSP = "\u00a0"
"""Non-breaking space: before ``: ; ! ? »``, after ``«``, between a figure and its unit."""

NARROW_NBSP = "\u202f"
"""Narrow non-breaking space: between the thousands of a number."""

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

# What kinds of authorities begin with, and the article that the sentence needs before them.
_FEMININE = {"ville", "commune", "mairie", "communaute", "metropole", "region", "collectivite"}
_MASCULINE = {"departement", "conseil", "syndicat", "grand", "pays", "territoire"}
_ELIDED = {"agglomeration", "eurometropole", "etablissement"}

_SPACED_MARK = re.compile(r"(?<=\S)[ \u00a0\u202f]+(?=(?:[:;!?]+|[»%€])(?![^\s.,;:!?)»]))")
_BARE_MARK = re.compile(r"(?<=[^\W\d_])(?=[:;!?]+(?:\s|$))")
_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_CLOSING = re.compile(r"(?<![ \u00a0\u202f])[ \u00a0\u202f]*»")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=\w)")
# An address with an @ is looked for from the start of its word only: from each of its letters, a long word without
# spaces would be read as many times as it has letters. The same holds for the spaces before a closing mark.
_ADDRESS = re.compile(r"(\b(?:https?://|mailto:|www\.)\S+|(?<!\S)\S+@\S+)")
_PHONE = re.compile(r"(?<![\d+])0\d(?: \d\d){4}(?!\d)")
_SEPARATORS = re.compile(r"[\s'’‘\-‐‑–—]+")


def long_date(day: date) -> str:
    """« lundi 3 mars 2026 », and « 1er » for the first of a month."""
    number_of_day = "1er" if day.day == 1 else str(day.day)
    return f"{DAYS[day.weekday()]} {number_of_day} {MONTHS[day.month - 1]} {day.year}"


def plain_date(day: date) -> str:
    """« 3 mars 2026 », without the day of the week, which would be odd for a birth."""
    return long_date(day).partition(" ")[2]


def short_date(day: date) -> str:
    """« 03/03/2026 »."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def clock_time(moment: datetime, timezone: tzinfo) -> str:
    """« 14 h 05 », or « 14 h » on the hour, as read on a clock of ``timezone``.

    Raises ValueError for a naive datetime: guessing its zone could shift a legal date by a day.
    """
    return hour_of_day(_local(moment, timezone).time())


def hour_of_day(at: time) -> str:
    """« 14 h 05 », or « 14 h » on the hour."""
    minutes = f"{NBSP}{at.minute:02d}" if at.minute else ""
    return f"{at.hour}{NBSP}h{minutes}"


def long_datetime(moment: datetime, timezone: tzinfo) -> str:
    """« lundi 3 mars 2026 à 14 h 05 » in ``timezone``; raises ValueError for a naive datetime."""
    return f"{long_date(_local(moment, timezone))} à {clock_time(moment, timezone)}"


def short_datetime(moment: datetime, timezone: tzinfo) -> str:
    """« 03/03/2026 à 14 h 05 » in ``timezone``; raises ValueError for a naive datetime."""
    return f"{short_date(_local(moment, timezone))} à {clock_time(moment, timezone)}"


def relative_days(day: date, today: date) -> str:
    """How far a deadline is: « dans 3 jours », « demain », « aujourd’hui », « en retard de 2 jours »."""
    days = (day - today).days
    if days == 0:
        return "aujourd’hui"
    if days == 1:
        return "demain"
    if days > 1:
        return f"dans {number(days)} jours"
    return "en retard d’un jour" if days == -1 else f"en retard de {number(-days)} jours"


def number(value: float | Decimal, decimals: int | None = None) -> str:
    """« 12 345,6 »: narrow spaces between thousands, decimal comma; ``decimals`` fixes the digits kept."""
    exact = Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{exact:,f}".replace(",", NARROW_NBSP).replace(".", ",")
    return text.replace("-", "\u2212")


def money(amount: int | Decimal) -> str:
    """An amount in euros, « 1 250,00 € »; whole euros lose their cents (« 12 € »)."""
    decimals = 0 if amount == int(amount) else 2
    return f"{number(amount, decimals)}{NBSP}€"


def file_size(size: int) -> str:
    """A size in bytes for people, in decimal units: « 850 octets », « 12 ko », « 1,2 Mo »."""
    if size < 1000:
        return plural(size, "octet", "octets").replace(" ", NBSP)
    kilobytes = number(Decimal(size) / 1000, 0)
    if size < 999_500:
        return f"{kilobytes}{NBSP}ko"
    unit, divisor = ("Mo", 10**6) if size < 999_950_000 else ("Go", 10**9)
    text = number(Decimal(size) / divisor, 1).removesuffix(",0")
    return f"{text}{NBSP}{unit}"


def plural(count: int, singular: str, several: str | None = None) -> str:
    """The count and its noun: « 0 demande », « 1 demande », « 2 demandes » (French counts zero as singular).

    ``several`` is the plural; by default the singular with an « s ».
    """
    noun = singular if abs(count) < 2 else (several if several is not None else f"{singular}s")
    return f"{number(count)} {noun}"


def of_authority(name: str) -> str:
    """The name of an authority after « de »: « de la Ville de Nantes », « du Département du Lot », « d’Angers »."""
    kind = fold(name).partition(" ")[0]
    if kind in _FEMININE:
        return f"de la {name}"
    if kind in _MASCULINE:
        return f"du {name}"
    if kind in _ELIDED:
        return f"de l’{name}"
    return f"d’{name}" if kind[:1] in "aeiouy" and kind else f"de {name}"


def typographic(text: str) -> str:
    """Text with French non-breaking spaces and curly apostrophes; web and mail addresses are left alone.

    « Bonjour ! » typed with an ordinary space, or none, gets its non-breaking one; « 14:05 » is untouched.
    """
    pieces = _ADDRESS.split(text)
    return "".join(piece if index % 2 else _typeset(piece) for index, piece in enumerate(pieces))


def tie_phones(text: str) -> str:
    """Text whose French phone numbers never break over two lines: « 02 61 91 40 10 » gets non-breaking spaces."""
    return _PHONE.sub(lambda found: found[0].replace(" ", NBSP), text)


def fold(text: str) -> str:
    """The form used to compare and search words: no accents, lower case, hyphens and apostrophes as one space.

    « L’Haÿ-les-Roses » and « l'hay les roses » fold alike; « œ » becomes « oe ».
    """
    plain = text.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        plain = plain.replace("œ", "oe").replace("æ", "ae")
    return _SEPARATORS.sub(" ", plain).strip()


def by_name(things: Iterable[Named], name: Callable[[Named], str]) -> list[Named]:
    """Things as a French dictionary orders them: « Élodie » between « Didier » and « Fanny », « À qui » first.

    Databases order by code points or by the collation that they were made with: what people read is ordered here.
    """
    return sorted(things, key=lambda one: fold(name(one)))


def _typeset(text: str) -> str:
    text = _APOSTROPHE.sub("’", text)
    text = _OPENING.sub(f"«{NBSP}", text)
    text = _CLOSING.sub(f"{NBSP}»", text)
    text = _SPACED_MARK.sub(NBSP, text)
    return _BARE_MARK.sub(NBSP, text)


def _local(moment: datetime, timezone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment shown to people needs its time zone")
    return moment.astimezone(timezone)
