"""How long pages take, counted by every web process of this machine in memory that they share through files.

Each process holds one file (a lock that ends with it), maps it, and adds to it without waiting for anybody; whoever
asks sums them all. The file of a process that ended is taken up by the next: sums never go down.
"""

import fcntl
import hashlib
import mmap
import os
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds, in seconds; one more bucket has what is longer."""
CLASSES = 5  # 1xx to 5xx
SUM = len(BUCKETS) + 1
WIDTH = SUM + 1 + CLASSES
CELL = 8  # bytes of a double
MOST_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class RouteCounts:
    """One route: how many answers in each bucket (not cumulated), their seconds in all, and how many of each class."""

    route: str
    buckets: tuple[float, ...]
    seconds: float
    classes: tuple[float, ...]


class RequestCounts:
    """Counts by route; the routes of the application give each its place."""

    def __init__(self, folder: Path, routes: Sequence[str]) -> None:
        self.routes = tuple(routes)
        self._places = {route: place for place, route in enumerate(routes)}
        mark = hashlib.sha256("\n".join((*routes, str(BUCKETS))).encode()).hexdigest()[:12]
        self.folder = folder / mark
        self._size = max(1, len(routes)) * WIDTH * CELL
        self._lock = threading.Lock()
        self._pid = 0
        self._cells: memoryview[float] | None = None

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count one answer; a route that the application does not know is not counted."""
        place = self._places.get(route)
        if place is None:
            return
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._cells = os.getpid(), self._take_file()
            if self._cells is None:
                return
            start = place * WIDTH
            self._cells[start + bisect_left(BUCKETS, seconds)] += 1
            self._cells[start + SUM] += seconds
            self._cells[start + SUM + min(max(status // 100, 1), CLASSES)] += 1

    def read(self) -> list[RouteCounts]:
        """The sums over all processes of this machine, of the routes that were ever asked for."""
        sums = [0.0] * (len(self.routes) * WIDTH)
        for cells in self._every_file():
            sums = [one + other for one, other in zip(sums, cells, strict=True)]
        found = []
        for place, route in enumerate(self.routes):
            counted = tuple(sums[place * WIDTH : (place + 1) * WIDTH])
            if any(counted[:SUM]):
                found.append(RouteCounts(route, counted[:SUM], counted[SUM], counted[SUM + 1 :]))
        return found

    def _take_file(self) -> "memoryview[float] | None":
        """The first file that no living process holds; None when the folder cannot be written: pages come first."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            for number in range(MOST_PROCESSES):
                descriptor = os.open(self.folder / f"process-{number}", os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.ftruncate(descriptor, self._size)
                    # The map keeps the file open, and so its lock, as long as it lives.
                    return memoryview(mmap.mmap(descriptor, self._size)).cast("d")
                except BlockingIOError:
                    continue
                finally:
                    os.close(descriptor)
        return None

    def _every_file(self) -> Iterator["memoryview[float]"]:
        for path in self.folder.glob("process-*"):
            content = path.read_bytes()
            if len(content) == self._size:
                yield memoryview(content).cast("d")[: len(self.routes) * WIDTH]
