"""What was received on paper while the house was down, and is entered later: its true day and hour, and why so late."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo

from backoffice.domain.days import day_of_field

LATE_ON, LATE_AT, LATE_REASON = "late_on", "late_at", "late_reason"
LATE = "late"
"""Carried by the screen of catching up: what is begun there goes on there."""
MOST_DAYS_SETTING = "catch_up_days"
USUAL_MOST_DAYS = 15
FACT = "late_entry"
"""Under this name, the facts of a message say why it was entered after it was received."""

NO_HOUR = "Écrivez l’heure notée sur la feuille, par exemple 14:30."
NOT_YET = "Cette heure n’est pas encore passée : vérifiez le jour et l’heure."
TOO_LONG_AGO = (
    "Une saisie de rattrapage remonte à {} jours au plus. Au-delà, enregistrez la demande aujourd’hui : "
    "un responsable corrigera sa date de réception sur le dossier."
)
SAY_WHY = "Dites pourquoi la demande n’a pas été saisie quand elle est arrivée."
LONGEST_REASON = 200

_HOUR = re.compile(r"([0-9]{1,2})\s*(?:[h:]\s*([0-9]{2})?)")


def read_late_entry(
    typed: Mapping[str, str], now: datetime, zone: tzinfo, most_days: int
) -> tuple[datetime | None, dict[str, str]]:
    """The instant of receipt (UTC) that the sheet of paper bears, and what is to correct: input name → sentence.

    `now` is aware; the day and the hour are those of the authority's `zone`, at most `most_days` back.
    """
    errors: dict[str, str] = {}
    on = day_of_field(typed, LATE_ON, errors)
    hour = read_hour(typed.get(LATE_AT, ""))
    if hour is None:
        errors[LATE_AT] = NO_HOUR
    reason = typed.get(LATE_REASON, "").strip()
    if not reason:
        errors[LATE_REASON] = SAY_WHY
    elif len(reason) > LONGEST_REASON:
        errors[LATE_REASON] = f"Dites-le en {LONGEST_REASON} signes au plus."
    if on is not None:
        today = now.astimezone(zone).date()
        if on < today - timedelta(days=most_days):
            errors[LATE_ON] = TOO_LONG_AGO.format(most_days)
        elif on > today or (hour and datetime.combine(on, hour, zone) > now):
            errors[LATE_ON] = NOT_YET
    if errors or on is None or hour is None:
        return None, errors
    return datetime.combine(on, hour, zone).astimezone(UTC), {}


def read_hour(text: str) -> time | None:
    """« 14:30 », « 14h30 », « 9 h »; None for anything else."""
    found = _HOUR.fullmatch(text.strip().lower())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return time(int(found[1]), int(found[2] or 0))
