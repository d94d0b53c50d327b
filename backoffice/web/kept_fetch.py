"""Something fetched over the network, kept a while and shared by threads: one fetches, and nobody waits for it long."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


class NobodyAnswers(OSError):
    """Another thread is still waiting for the network, and this one has waited as long as it would have itself."""


@dataclass(frozen=True, slots=True)
class _Fetched(Generic[Value]):
    value: Value
    at: float


class KeptFetch(Generic[Value]):
    """The last value that `fetch` gave, for so many seconds; then the next who asks fetches it again.

    Meanwhile the others take the value of before; without one they wait, at most `patience` seconds, and share the
    outcome, be it a failure. Each call of `fetch` must end by itself.
    """

    def __init__(self, fetch: Callable[[], Value], seconds: float, patience: float) -> None:
        self._fetch, self._seconds, self._patience = fetch, seconds, patience
        self._fetching = threading.Lock()
        self._last: _Fetched[Value] | None = None
        self._failure: tuple[Exception, float] | None = None

    def get(self, *, newer: bool = False) -> Value:
        """The value; with `newer`, one that is fetched from now on, whatever the age of the one that is kept."""
        asked_at = time.monotonic()
        last = self._last
        if last is not None and not newer and last.at + self._seconds > asked_at:
            return last.value
        takes_the_old = last is not None and not newer
        if not self._fetching.acquire(timeout=0 if takes_the_old else self._patience):
            if takes_the_old and last is not None:
                return last.value
            raise NobodyAnswers
        try:
            return self._outcome_since(asked_at)
        finally:
            self._fetching.release()

    def _outcome_since(self, asked_at: float) -> Value:
        """What came while waiting, else what the network says now."""
        if self._last is not None and self._last.at >= asked_at:
            return self._last.value
        if self._failure is not None and self._failure[1] >= asked_at:
            raise self._failure[0]
        try:
            value = self._fetch()
        except Exception as error:
            self._failure = (error, time.monotonic())
            raise
        self._last = _Fetched(value, time.monotonic())
        return value
