"""CPU time of processes, and the best of several rounds of two things done in turn."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3
TICKS = os.sysconf("SC_CLK_TCK")

Work = Callable[[], int]
"""Does something a number of times, and says how many."""
Clock = Callable[[], float]
"""CPU seconds used so far by everything that works for an operation."""


@dataclass(frozen=True, slots=True)
class Line:
    """A result: what the product costs, beside the raw limit when there is one.

    `target` is a ratio when there is a raw limit, else a value in `unit`; None when nothing is promised.
    """

    subject: str
    engine: str
    detail: str
    unit: str
    ours: float
    raw: float | None = None
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the raw limit."""
        return self.ours / self.raw if self.raw else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return (self.ours if self.raw is None else self.ours / self.raw) <= self.target


def family(root: int) -> list[int]:
    """A process and everything that descends from it."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(_fields(path)[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time (utime + stime) of these processes, and of their children that have ended (resolution: 10 ms)."""
    ticks = 0
    for pid in pids:
        try:
            # proc(5): 14 utime, 15 stime, 16 cutime, 17 cstime; the name (2) is already gone.
            ticks += sum(int(field) for field in _fields(Path(f"/proc/{pid}/stat"))[11:15])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return ticks / TICKS


def pss_megabytes(pids: Iterable[int]) -> float:
    """Proportional set size: memory, with each shared page divided among those who share it."""
    kilobytes = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6


def per_operation(work: Work, clock: Clock) -> float:
    """Milliseconds of CPU for one operation."""
    start = clock()
    done = work()
    return (clock() - start) * 1000 / done


def compare(ours: tuple[Work, Clock], raw: tuple[Work, Clock], rounds: int = ROUNDS) -> tuple[float, float]:
    """The best of several rounds of each, done in turn, so that a busy moment of the machine strikes both."""
    pairs = [(per_operation(*ours), per_operation(*raw)) for _ in range(rounds)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)


def own_cpu() -> float:
    """CPU seconds of this process."""
    return time.process_time()


def _fields(path: Path) -> list[str]:
    """The fields of a stat file from the third on: the second, a name in brackets, may hold anything."""
    return path.read_text().rpartition(")")[2].split()
