"""The clock that use cases read: the present, unless history is being replayed (demonstration data, imports)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_replayed: ContextVar[datetime | None] = ContextVar("replayed", default=None)


def now() -> datetime:
    """The instant that facts are dated with, aware, in UTC."""
    return _replayed.get() or datetime.now(UTC)


def today(timezone: str) -> date:
    """The day of that instant in a time zone: where the deciding authority is."""
    return now().astimezone(ZoneInfo(timezone)).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Date what happens inside with an instant of the past."""
    token = _replayed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _replayed.reset(token)
