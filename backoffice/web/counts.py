"""Counts of what visitors send: in the memory of one process, or in a Redis that all processes share."""

import time
from typing import Any

import structlog
from limits.storage import MemoryStorage, RedisStorage, Storage

SCHEME = "quiet-memory"
SHARED = "shared"
"""Before the address of a Redis: `shared+redis://…`."""
SWEPT_EVERY = 60.0
PATIENCE_SECONDS = 0.5
ALONE_SECONDS = 10.0

log = structlog.get_logger("parvis.counts")


def storage_address(url: str) -> str:
    """The address by which the library finds our own storages; any other store is the library's."""
    if url.startswith("redis"):
        return f"{SHARED}+{url}"
    return url.replace("memory://", f"{SCHEME}://", 1)


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


class SharedCounts(Storage):
    """Counts that every process of the house adds to; each counts alone while Redis is away: nobody is turned out."""

    STORAGE_SCHEME = [f"{SHARED}+{one}" for one in ("redis", "rediss", "redis+unix")]  # noqa: RUF012 (a list is read)

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.shared = RedisStorage(
            uri.removeprefix(f"{SHARED}+"), socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        )
        self.own = QuietMemory()
        self.alone_until = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: an outage is survived here."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count so much more under a key, for so many seconds."""
        return int(self._ask("incr", key, expiry, amount))

    def get(self, key: str) -> int:
        """How much was counted under a key."""
        return int(self._ask("get", key))

    def get_expiry(self, key: str) -> float:
        """When its window ends, in seconds of the epoch."""
        return float(self._ask("get_expiry", key))

    def check(self) -> bool:
        """Counting always works, together or alone."""
        return True

    def reset(self) -> int | None:
        """Forget every count; how many there were."""
        return int(self._ask("reset") or 0)

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._ask("clear", key)

    def _ask(self, what: str, *arguments: Any) -> Any:
        if time.monotonic() >= self.alone_until:
            try:
                return getattr(self.shared, what)(*arguments)
            except self.shared.base_exceptions:
                self.alone_until = time.monotonic() + ALONE_SECONDS
                log.warning("counting alone, Redis does not answer", seconds=ALONE_SECONDS)
        return getattr(self.own, what)(*arguments)
