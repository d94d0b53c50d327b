"""Counts of what visitors send, in the memory of one process."""

import time
from typing import Any

from limits.storage import MemoryStorage

SCHEME = "quiet-memory"
SWEPT_EVERY = 60.0


class QuietMemory(MemoryStorage):
    """Counts for windows of fixed length, of which those that ended are forgotten once a minute.

    The library's own storage starts a thread after nearly every count, and that thread looks at every count there is:
    with the visitors of a whole day, a form would cost more to count than to read.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 (the library reads a list)

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.swept_at = time.monotonic()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count so much more under a key whose window ends in so many seconds, unless it began already."""
        if time.monotonic() - self.swept_at > SWEPT_EVERY:
            self.sweep()
        self.get(key)  # forgets a window that ended
        with self.locks[key]:
            self.storage[key] += amount
            if self.storage[key] == amount:
                self.expirations[key] = time.time() + expiry
        return self.storage.get(key, 0)

    def sweep(self) -> None:
        """Forget the windows that ended."""
        self.swept_at = time.monotonic()
        for key in list(self.expirations):
            self.get(key)
