"""Say in one French line what a calendar invitation inside a mail is about; nothing is ever accepted by itself."""

import re
from datetime import datetime

_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Annulation de rendez-vous",
    "REPLY": "Réponse à une invitation",
    "COUNTER": "Proposition d’un autre horaire",
    "PUBLISH": "Événement",
}
_FOLDING = re.compile(r"\n[ \t]")
_LINE = re.compile(r"^(METHOD|SUMMARY|DTSTART|LOCATION)((?:;[^:\n]*)?):(.*)$", re.MULTILINE)


def summarise(calendar: str) -> str:
    """« Invitation : réunion de quartier, le 12/03/2025 à 18:30, salle des fêtes »; empty when nothing can be read."""
    text = _FOLDING.sub("", calendar)
    event = text.find("BEGIN:VEVENT")
    found: dict[str, str] = {}
    for line in _LINE.finditer(text):
        if line.group(1) == "METHOD" or line.start() > event >= 0:  # a time zone has a DTSTART of its own
            found.setdefault(line.group(1), re.sub(r"\\([,;\\])|\\[nN]", r"\1", line.group(3)).strip())
    if not found:
        return ""
    kind = _METHODS.get(found.get("METHOD", "").upper(), "Événement")
    details = [found.get("SUMMARY", ""), _moment(found.get("DTSTART", "")), found.get("LOCATION", "")]
    return f"{kind}\u00a0: " + ", ".join(detail for detail in details if detail)


def _moment(value: str) -> str:
    for pattern, shown in (("%Y%m%dT%H%M%S", "le %d/%m/%Y à %H:%M"), ("%Y%m%d", "le %d/%m/%Y")):
        try:
            moment = datetime.strptime(value.rstrip("Zz"), pattern)  # noqa: DTZ007 - shown as it is written
        except ValueError:
            continue
        return moment.strftime(shown) + (" (heure universelle)" if value[-1:] in "Zz" and "T" in value else "")
    return ""
