"""How the values of the open format are written in JSON, and read again: one way for each kind of column."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds. Instants are in UTC (`2026-11-22T09:30:00.000000Z`), bytes in base64 (RFC 4648 §4)."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    JSON = "json"
    BYTES = "bytes"


INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"

_WRITTEN: dict[Kind, Callable[[Any], Any]] = {
    Kind.DATE: lambda day: day.isoformat(),
    Kind.INSTANT: lambda instant: instant.astimezone(UTC).strftime(INSTANT),
    Kind.BYTES: lambda content: base64.b64encode(content).decode("ascii"),
}
_READ: dict[Kind, Callable[[Any], Any]] = {
    Kind.DATE: date.fromisoformat,
    Kind.INSTANT: lambda text: datetime.strptime(text, INSTANT).replace(tzinfo=UTC),
    Kind.BYTES: base64.b64decode,
}


def write(kind: Kind, value: Any) -> Any:
    """The value as JSON has it; None stays null."""
    return value if value is None or kind not in _WRITTEN else _WRITTEN[kind](value)


def read(kind: Kind, value: Any) -> Any:
    """The value again; raise ValueError or TypeError when it is not of its kind."""
    return value if value is None or kind not in _READ else _READ[kind](value)
