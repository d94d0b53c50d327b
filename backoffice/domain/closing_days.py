"""Days on which an authority is closed besides holidays, as people write them: « 15/05/2026 », « 15/05 » each year."""

import re
from datetime import date

from backoffice.errors import Invalid

MOST_DAYS = 60
WRITTEN = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?")
LEAP_YEAR = 2000
TOO_MANY = f"Écrivez au plus {MOST_DAYS} jours."


def read_days(text: str) -> tuple[str, ...]:
    """One day a line, as the calendar keeps them (« 2026-05-15 », « 05-15 »), sorted, each once; raise Invalid."""
    days = {_read(line.strip()) for line in text.splitlines() if line.strip()}
    if len(days) > MOST_DAYS:
        raise Invalid(TOO_MANY)
    return tuple(sorted(days))


def write_days(days: tuple[str, ...]) -> str:
    """The same as people write them, one a line."""
    return "\n".join("/".join(reversed(day.split("-"))) for day in days)


def _read(line: str) -> str:
    found = WRITTEN.fullmatch(line)
    if found:
        day, month, year = found.groups()
        try:
            read = date(int(year) if year else LEAP_YEAR, int(month), int(day))
        except ValueError:
            pass
        else:
            return read.isoformat() if year else f"{read:%m-%d}"
    raise Invalid(
        f"« {line[:30]} » n’est pas un jour : écrivez « 15/05/2026 », ou « 15/05 » s’il revient chaque année."
    )
