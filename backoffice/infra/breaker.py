"""Leaves a service that fails in peace for a while, so that nobody waits for what will not come."""

import time
from collections.abc import Callable
from threading import Lock

MOST_FAILURES = 3
QUIET_SECONDS = 60.0


class Breaker:
    """After `MOST_FAILURES` in a row it says no during `QUIET_SECONDS`; then one call may try, the others wait for it.

    `clock` gives seconds, from whenever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._quiet_until = 0.0

    def allows(self) -> bool:
        """Whether the service may be asked now; the caller says afterwards what became of it."""
        with self._lock:
            if self._failures < MOST_FAILURES:
                return True
            if self._clock() < self._quiet_until:
                return False
            self._quiet_until = self._clock() + QUIET_SECONDS
            return True

    def note_success(self) -> None:
        """It answered."""
        with self._lock:
            self._failures = 0

    def note_failure(self, quiet_seconds: float = 0.0) -> bool:
        """It did not; with `quiet_seconds` it asked itself to be left alone that long. True when the quiet begins."""
        with self._lock:
            self._failures = MOST_FAILURES if quiet_seconds else self._failures + 1
            self._quiet_until = self._clock() + (quiet_seconds or QUIET_SECONDS)
            return self._failures == MOST_FAILURES
