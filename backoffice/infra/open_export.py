"""The folder of a whole export: JSON lines, files under their SHA-256, and a manifest (docs/export-format.md).

manifest.json          format, tables with their rows, columns and SHA-256, files, settings, what is left out
tables/cases.jsonl     one JSON object a line, in UTF-8, keys sorted
files/ab/abcd…         the bytes that the rows name by their SHA-256
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.storage import DIGEST

FORMAT, VERSION = "parvis-export", 1
PIECE = 1024 * 1024


class ExportFolder:
    """Where an export is written, or read from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        """Make the folder; raise Conflict when something is in it."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise Conflict(f"Le dossier {self.folder} n’est pas vide : donnez un dossier nouveau.")
        for place in ("tables", "files"):
            (self.folder / place).mkdir(parents=True)
        self.folder.chmod(0o700)

    def write_table(self, name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[int, str]:
        """Write the lines of a table; answers how many, and the SHA-256 of the file."""
        digest, count = hashlib.sha256(), 0
        with self._table(name).open("wb") as target:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                target.write(line)
                count += 1
        return count, digest.hexdigest()

    def read_table(self, name: str, said: str) -> Iterator[dict[str, Any]]:
        """The rows of a table; raise Invalid at the end when the file is not the one whose SHA-256 was said."""
        digest = hashlib.sha256()
        try:
            with self._table(name).open("rb") as source:
                for line in source:
                    digest.update(line)
                    yield json.loads(line)
        except (FileNotFoundError, ValueError) as error:
            raise Invalid(f"La table {name} de l’export manque ou ne se lit pas.") from error
        if digest.hexdigest() != said:
            raise Invalid(f"La table {name} de l’export a été changée depuis qu’elle a été écrite.")

    def write_file(self, digest: str, chunks: Iterable[bytes]) -> int:
        """Write one content; answers its size in bytes."""
        path = self._file(digest)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
            return target.tell()

    def digests(self) -> list[str]:
        """The contents that are there."""
        return sorted(path.name for path in (self.folder / "files").glob("*/*") if DIGEST.fullmatch(path.name))

    def open_file(self, digest: str) -> BinaryIO:
        """The bytes of one content."""
        return self._file(digest).open("rb")

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest: from now on the folder is an export."""
        text = json.dumps({"format": FORMAT, "version": VERSION, **manifest}, ensure_ascii=False, indent=2)
        (self.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    def manifest(self) -> dict[str, Any]:
        """What the export says of itself; raise NotFound or Invalid."""
        path = self.folder / "manifest.json"
        if not path.exists():
            raise NotFound(f"Il n’y a pas d’export dans {self.folder}.")
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if (told.get("format"), told.get("version")) != (FORMAT, VERSION):
            raise Invalid("Ce dossier n’est pas un export de Parvis, ou d’une version que ce programme ne lit pas.")
        return told

    def _table(self, name: str) -> Path:
        return self.folder / "tables" / f"{name}.jsonl"

    def _file(self, digest: str) -> Path:
        return self.folder / "files" / digest[:2] / digest
