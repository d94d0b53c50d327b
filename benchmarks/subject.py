"""What every subject is given: the engines, a folder, and how much to measure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engines import Engine
from benchmarks.measure import Line


@dataclass(frozen=True, slots=True)
class Bench:
    """A run; a quick one only shows that everything works."""

    engines: tuple[Engine, ...]
    folder: Path
    quick: bool
    million: bool = False

    def many(self, count: int) -> int:
        """So many operations, or a few."""
        return max(8, count // 20) if self.quick else count

    @property
    def volumes(self) -> tuple[int, ...]:
        """How many cases the installations hold."""
        return (1_000,) if self.quick else (1_000, 10_000, 100_000)

    def volumes_of(self, engine: Engine) -> tuple[int, ...]:
        """The same, and a million when asked for, which are for the engine that targets are for."""
        return (*self.volumes, 1_000_000) if self.million and engine.promised else self.volumes


Subject = Callable[[Bench], Iterator[Line]]
