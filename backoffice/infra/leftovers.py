"""What a process writes on the side: it holds a lock on it as long as it lives; once nobody does, it is swept.

A process that is killed cannot clean up: copies of the database, restorations being proved and files half received
would stay for ever, with all that they hold. Only names that Parvis itself gives are looked at.
"""

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from backoffice.settings import Settings

# A file system may know no locks: what is younger is never touched.
AGE_SECONDS = 24 * 3600
DRAFTS = "drafts"
METRICS = "metrics"
_SCRATCH = re.compile(r"(copy|prove)-[a-z0-9_]{8}")
_METRICS = re.compile(r"[0-9a-f]{12}")


@contextmanager
def scratch(place: Path, prefix: str) -> Iterator[Path]:
    """A folder to work in, gone when the block ends, or swept one day if this process is killed."""
    with tempfile.TemporaryDirectory(dir=place, prefix=prefix) as name:
        descriptor = os.open(name, os.O_RDONLY)
        try:
            hold(descriptor)
            yield Path(name)
        finally:
            os.close(descriptor)


def hold(descriptor: int) -> None:
    """Show that a living process writes there, until the descriptor is closed."""
    with suppress(OSError):  # no locks there: its age protects it
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep(settings: Settings) -> int:
    """Remove what dead processes left in the folders of this machine; say how many folders and files went."""
    limit = time.time() - AGE_SECONDS
    folders = [one for one in settings.var_dir.glob("*-*") if _SCRATCH.fullmatch(one.name)]
    files = [*settings.var_dir.glob(".draft-*"), *settings.outbox_dir.glob(".draft-*")]
    stored = urlsplit(settings.storage_url)
    if stored.scheme == "file":
        files += (Path(stored.path) / DRAFTS).glob("tmp*")
    found = (*folders, *files, *_old_metrics(settings.var_dir / METRICS))
    return sum(_forget(one, limit) for one in found)


def _old_metrics(folder: Path) -> list[Path]:
    """The counts of programs before the last one that counted: a restart goes on with that one's."""
    found = [one for one in folder.glob("*") if _METRICS.fullmatch(one.name)]
    newest = max(found, key=_written, default=None)
    return [one for one in found if one != newest]


def _written(path: Path) -> float:
    """When a file, or anything of a folder, was last written to."""
    last = 0.0
    for one in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):
            last = max(last, one.lstat().st_mtime)
    return last


def _forget(path: Path, limit: float) -> bool:
    """Remove a folder or a file on which nobody holds a lock, and to which nobody wrote since the limit."""
    if path.is_symlink() or _written(path) >= limit:
        return False
    with ExitStack() as locks, suppress(OSError):
        for one in (path, *path.glob("process-*")):
            descriptor = os.open(one, os.O_RDONLY | os.O_NOFOLLOW)
            locks.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    return False
