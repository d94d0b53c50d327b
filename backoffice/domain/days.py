"""A day as people type it, on every page: « 31/03/2026 » (or with points, dashes or spaces) or « 2026-03-31 »."""

import re
from collections.abc import Mapping
from datetime import date

from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

OLDEST_YEAR, LATEST_YEAR = 1850, 2200

NO_DATE = Wording("Écrivez la date avec le jour, le mois et l’année, par exemple 27/03/2026.")
NO_SUCH_DAY = Wording("Cette date n’existe pas dans le calendrier : vérifiez le jour et le mois.")
NO_SUCH_YEAR = Wording("Vérifiez l’année : écrivez-la avec quatre chiffres, par exemple 2026.")

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_FRENCH_DAY = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})")


def read_day(text: str) -> date:
    """The day that was typed; raises Invalid with a sentence that says what to correct."""
    text = text.strip()
    if iso := _ISO_DAY.fullmatch(text):
        year, month, day = iso.groups()
    elif typed := _FRENCH_DAY.fullmatch(text):
        day, month, year = typed.groups()
    else:
        raise Invalid(NO_DATE)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Invalid(NO_SUCH_DAY) from error
    if not OLDEST_YEAR <= found.year <= LATEST_YEAR:
        raise Invalid(NO_SUCH_YEAR)
    return found


def day_of_field(values: Mapping[str, str], name: str, faults: dict[str, str], *, required: bool = True) -> date | None:
    """The day typed in a field of a form; what is wrong goes to `faults`, beside the field. None when there is none."""
    text = values.get(name, "").strip()
    if not text and not required:
        return None
    try:
        return read_day(text)
    except Invalid as fault:
        faults[name] = fault.sentence
        return None
