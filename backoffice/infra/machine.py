"""What this machine says of itself: room on its disks, its clock, the libraries that print."""

import ctypes
import ctypes.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

# What WeasyPrint loads when it prints; without the last one a letter takes eight times longer.
PRINTING_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
_UNSYNCHRONISED = 5  # adjtimex(2): TIME_ERROR
_TIMEX_BYTES = 208


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of the disk that holds a folder."""

    folder: Path
    total: int
    free: int

    @property
    def free_share(self) -> float:
        """From 0 to 1."""
        return self.free / self.total if self.total else 0.0


def room_of(folder: Path) -> Room:
    """The room on the disk of a folder, or of the nearest one above it that exists."""
    folder = _nearest(folder)
    used = shutil.disk_usage(folder)
    return Room(folder, used.total, used.free)


def share_a_disk(one: Path, other: Path) -> bool:
    """Whether what fills one of these folders leaves less room in the other."""
    return _nearest(one).stat().st_dev == _nearest(other).stat().st_dev


def is_clock_kept() -> bool | None:
    """Whether something keeps the clock of this machine right; None when the system does not say."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "adjtimex"):
        return None
    state = library.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _UNSYNCHRONISED


def missing_printing_libraries() -> list[str]:
    """The libraries that printing needs and this machine lacks."""
    return [name for name in PRINTING_LIBRARIES if ctypes.util.find_library(name) is None]


def may_write(folder: Path) -> bool:
    """Whether this process may write in a folder, or make it."""
    return os.access(_nearest(folder), os.W_OK)


def _nearest(folder: Path) -> Path:
    """A folder, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder
