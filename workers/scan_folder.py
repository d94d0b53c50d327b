"""The folder where a scanner puts its files: looked at each minute, each file taken in once, then moved aside."""

import time
from pathlib import Path

import structlog

from backoffice.infra.runtime import Runtime
from backoffice.queries import catalogue
from backoffice.queries.digitised_mail import ASIDE
from backoffice.services import digitised_mail, outbox
from backoffice.services.digitised_mail import Arrival
from backoffice.services.outbox import Claim

DONE, REFUSED = "traites", "ecartes"
"""The folders, inside the watched one, where files go: what became letters (or was received before), and the rest."""
# A file that changed less than so many seconds ago may still be being written.
QUIET_SECONDS = 5
MOST_FILES = 50

log = structlog.get_logger("parvis.scans")


def watch(runtime: Runtime, claim: Claim) -> None:
    """Take in what is there. A folder that is away, or a file that cannot be read, is looked at again next time."""
    folder = runtime.settings.scan_folder
    if folder is not None and folder.is_dir():
        with runtime.database.reading() as session:
            authority = catalogue.find_authority(session, runtime.settings.authority)
        if authority is not None:
            for path in _ready(folder):
                try:
                    take_in(runtime, authority.id, path)
                except OSError as fault:
                    log.warning("scan left in its folder", file=path.name, error=type(fault).__name__)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def take_in(runtime: Runtime, authority_id: int, path: Path) -> str:
    """One file: kept, written down, then moved; a crash in between changes nothing at the next look."""
    known = path.stat()
    if known.st_size > runtime.settings.max_scan_bytes:
        log.error("scan set aside: larger than MAX_SCAN_MB", file=path.name, bytes=known.st_size)
        _move(path, REFUSED)
        return ASIDE
    with path.open("rb") as stream:
        arrival = Arrival(
            f"folder:{known.st_mtime_ns}:{known.st_size}:{path.name}",
            path.name,
            cuts_at_blanks=runtime.settings.scan_blank_pages,
        )
        outcome = digitised_mail.take_in(runtime, authority_id, arrival, stream)
    _move(path, REFUSED if outcome == ASIDE else DONE)
    return outcome


def _ready(folder: Path) -> list[Path]:
    """The files that nobody is writing any more, the oldest first."""
    latest = time.time() - QUIET_SECONDS
    files = [one for one in folder.iterdir() if one.is_file() and not one.is_symlink() and one.name[0] not in ".~"]
    quiet = [(one.stat().st_mtime, one) for one in files]
    return [one for changed, one in sorted(quiet) if changed <= latest][:MOST_FILES]


def _move(path: Path, to: str) -> None:
    """Into a folder beside, under its name or the next that is free: nothing is written over."""
    target = path.parent / to
    target.mkdir(exist_ok=True)
    place, number = target / path.name, 1
    while place.exists():
        number += 1
        place = target / f"{path.stem}-{number}{path.suffix}"
    path.replace(place)
