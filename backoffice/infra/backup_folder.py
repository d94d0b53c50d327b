"""The folder of backups: a folder for each, with its manifest, and the contents that they share, each kept once.

files/ab/abcd…           every content of the storage, under its SHA-256 (`….sealed` when a key is given)
2026-11-22T010000Z/      one backup
    manifest.json        what it holds: written last, a folder without one is no backup
    database.dump        the database (database.sqlite.gz for SQLite)
    files.txt            the contents of the storage at that moment, one SHA-256 a line
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backoffice.errors import NotFound
from backoffice.infra.sealed_files import Vault

MANIFEST, LIST, FORMAT = "manifest.json", "files.txt", 1
NAME = "%Y-%m-%dT%H%M%SZ"
OPEN_TO_NOBODY_ELSE = 0o700


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup holds; sizes in bytes, `secrets` the names of what must be kept elsewhere, never a value.

    `keys` are short marks of the secret keys: enough to see that those of a restoration are not the same.
    """

    made_at: str
    engine: str
    revision: str
    sealed: bool
    database: str
    database_digest: str
    database_size: int
    tables: dict[str, int]
    files: int
    files_digest: str
    copied: int
    copied_size: int
    secrets: list[str]
    keys: list[str]
    format: int = FORMAT

    @property
    def instant(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its folder and what it says of itself."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its folder's name: when it was made, in UTC."""
        return self.folder.name


class BackupFolder:
    """All the backups that stand in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, closed to other users of the machine."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=OPEN_TO_NOBODY_ELSE)

    def begin(self, at: datetime) -> Path:
        """The folder of a new backup, named by its instant."""
        place = self.folder / at.astimezone(UTC).strftime(NAME)
        place.mkdir(mode=OPEN_TO_NOBODY_ELSE)
        return place

    def finish(self, place: Path, manifest: Manifest) -> Backup:
        """Write the manifest: from now on the folder is a backup."""
        draft = place / f"{MANIFEST}.draft"
        draft.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.rename(place / MANIFEST)
        return Backup(place, manifest)

    def list_all(self) -> list[Backup]:
        """The finished backups, oldest first."""
        places = sorted(self.folder.glob(f"*/{MANIFEST}")) if self.folder.is_dir() else []
        return [Backup(path.parent, _read(path)) for path in places]

    def get(self, name: str = "") -> Backup:
        """One backup by its name, the newest when none is said; raise NotFound."""
        found = [one for one in self.list_all() if name in {"", one.name}]
        if not found:
            raise NotFound(f"Aucune sauvegarde {name} dans {self.folder}.".replace("  ", " "))
        return found[-1]

    def place_of(self, digest: str, vault: Vault) -> Path:
        """Where a content is, or would be."""
        return self.folder / "files" / digest[:2] / f"{digest}{vault.suffix}"

    def digests(self, backup: Backup, vault: Vault) -> Iterator[str]:
        """The contents that a backup names."""
        rest = ""
        for chunk in vault.read(backup.folder / f"{LIST}{vault.suffix}"):
            *whole, rest = (rest + chunk.decode("ascii")).split("\n")
            yield from whole

    def forget(self, backup: Backup) -> None:
        """Remove one backup; its contents stay until `sweep`."""
        (backup.folder / MANIFEST).unlink()  # first: what is left without it is no backup
        shutil.rmtree(backup.folder)

    def sweep(self, kept: set[str], before: datetime) -> int:
        """Remove the contents whose file name is not in `kept`, and what was begun before an instant and never ended.

        Answers how many contents went. What is younger may be of a backup that is being made now.
        """
        removed = 0
        limit = before.timestamp()
        for path in (self.folder / "files").glob("*/*"):
            if path.name not in kept and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        for place in self.folder.glob("[0-9]*"):
            if not (place / MANIFEST).exists() and place.stat().st_mtime < limit:
                shutil.rmtree(place)
        return removed


def listed(digests: Iterable[str]) -> Iterator[bytes]:
    """The lines of `files.txt`."""
    for digest in digests:
        yield f"{digest}\n".encode("ascii")


def _read(path: Path) -> Manifest:
    told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(**told)
