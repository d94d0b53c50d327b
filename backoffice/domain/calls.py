"""Phone calls: what a telephone system tells of one, read and checked, and how it is said to agents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from backoffice.domain import french, identity
from backoffice.errors import Invalid

LONGEST_ID, LONGEST_NUMBER, LONGEST_CALL = 128, 20, 24 * 3600
HIDDEN = frozenset({"", "anonymous", "unknown", "private", "restricted", "unavailable", "withheld"})
"""What telephone systems write in the place of a number that its owner hides."""

_SEPARATORS = re.compile(r"[^\d+]")
_FRENCH = re.compile(r"(?:(?:\+|00)?33|0)([1-9]\d{8})", re.ASCII)


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"


class CallOutcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    CALLED_BACK = "called_back"


DIRECTION_LABELS = {Direction.IN: "Reçu", Direction.OUT: "Émis"}
OUTCOME_LABELS = {
    CallOutcome.ANSWERED: "Répondu",
    CallOutcome.MISSED: "Manqué",
    CallOutcome.VOICEMAIL: "Message vocal",
    CallOutcome.CALLED_BACK: "Manqué, puis rappelé",
}
TO_CALL_BACK = (CallOutcome.MISSED, CallOutcome.VOICEMAIL)


@dataclass(frozen=True, slots=True)
class CallNews:
    """What a telephone system says of a call at a moment; None or empty for what it does not know (yet)."""

    external_id: str
    direction: Direction
    from_number: str
    to_number: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int | None = None
    outcome: CallOutcome | None = None
    agent: str = ""


def read_number(typed: str) -> str:
    """A number in E.164 (+33612345678) however it is written, the digits of an internal one, empty when hidden."""
    plain = typed.strip().removeprefix("tel:").strip()
    if plain.lower() in HIDDEN:
        return ""
    try:
        return identity.check_phone(plain)
    except Invalid:
        # Ranges open faster than libraries are updated: ten French digits are a number.
        if known := _FRENCH.fullmatch(_SEPARATORS.sub("", plain)):
            return f"+33{known[1]}"
        return "".join(sign for sign in plain if sign.isascii() and sign.isdigit())[:LONGEST_NUMBER]


def read_news(data: Any) -> CallNews:
    """The news of a call from the JSON of the webhook (docs/telephony.md); raise Invalid with every fault, by field."""
    if not isinstance(data, Mapping):
        raise Invalid("Un objet JSON est attendu.")
    faults: dict[str, str] = {}
    texts = {name: _text(data, name, faults) for name in ("id", "direction", "from", "to", "outcome", "agent")}
    if not texts["id"]:
        faults["id"] = "L’identifiant de l’appel est obligatoire."
    elif len(texts["id"]) > LONGEST_ID:
        faults["id"] = f"{LONGEST_ID} caractères au plus."
    if texts["direction"] not in list(Direction):
        faults["direction"] = "Écrivez in (appel reçu) ou out (appel émis)."
    ended = {CallOutcome.ANSWERED, CallOutcome.MISSED, CallOutcome.VOICEMAIL}
    if texts["outcome"] and texts["outcome"] not in ended:
        faults["outcome"] = "Écrivez answered, missed ou voicemail, ou rien tant que l’appel dure."
    moments = {name: _moment(data, name, faults) for name in ("started_at", "answered_at", "ended_at")}
    if moments["started_at"] is None:
        faults.setdefault("started_at", "Le début de l’appel est obligatoire.")
    duration = data.get("duration")
    is_number = isinstance(duration, int) and not isinstance(duration, bool) and 0 <= duration <= LONGEST_CALL
    if duration is not None and not is_number:
        faults["duration"] = "Un nombre entier de secondes, de 0 à 86400."
    started = moments["started_at"]
    if faults or started is None:
        raise Invalid("Cet appel ne peut pas être lu.", faults)
    return CallNews(
        texts["id"],
        Direction(texts["direction"]),
        read_number(texts["from"]),
        read_number(texts["to"]),
        started,
        moments["answered_at"],
        moments["ended_at"],
        duration,
        CallOutcome(texts["outcome"]) if texts["outcome"] else None,
        texts["agent"].lower(),
    )


def in_seconds(answered_at: datetime | None, ended_at: datetime | None) -> int | None:
    """How long people spoke; None when nobody answered or it goes on."""
    return max(int((ended_at - answered_at).total_seconds()), 0) if answered_at and ended_at else None


def duration_in_words(seconds: int) -> str:
    """« 45 s », « 3 min 05 s », « 1 h 02 min »."""
    minutes, rest = divmod(seconds, 60)
    hours, more = divmod(minutes, 60)
    if hours:
        return f"{hours}{french.NBSP}h{french.NBSP}{more:02}{french.NBSP}min"
    return f"{minutes}{french.NBSP}min{french.NBSP}{rest:02}{french.NBSP}s" if minutes else f"{rest}{french.NBSP}s"


def window_in_words(starts_at: datetime, ends_at: datetime, timezone: tzinfo) -> str:
    """« mardi 3 mars 2026 entre 9 h et 12 h »."""
    day = french.long_date(starts_at.astimezone(timezone).date())
    begin, end = (french.clock_time(moment, timezone) for moment in (starts_at, ends_at))
    return f"{day} entre {begin} et {end}"


def _text(data: Mapping[str, Any], name: str, faults: dict[str, str]) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        faults[name] = "Un texte est attendu."
        return ""
    return value.replace("\x00", "").strip()


def _moment(data: Mapping[str, Any], name: str, faults: dict[str, str]) -> datetime | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        known = moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        known = None
    if known is None:
        faults[name] = "Une date et une heure ISO 8601 avec leur fuseau, par exemple 2026-03-02T09:30:00+01:00."
    return known
