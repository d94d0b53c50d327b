"""Files by content: a digest names the bytes, so nothing is overwritten and nothing is kept twice."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from backoffice.errors import NotFound
from backoffice.infra import leftovers

DIGEST = re.compile(r"[0-9a-f]{64}")
CHUNK = 1024 * 1024
NO_FILE = "Ce fichier n’existe pas."


class Storage(Protocol):
    """Content-addressed storage: `put` answers the SHA-256 of the bytes, in hexadecimal."""

    def put(self, content: bytes, digest: str = "") -> str:
        """Keep the bytes; keeping them again changes nothing. `digest` is theirs, when the caller has it already."""

    def put_stream(self, stream: BinaryIO) -> tuple[str, int]:
        """Keep a stream in flat memory; answer (digest, size in bytes)."""

    def get(self, digest: str) -> bytes:
        """Give the bytes back; raise NotFound."""

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece; raise NotFound before the first piece."""

    def exists(self, digest: str) -> bool:
        """Say if the bytes are kept."""

    def delete(self, digest: str) -> None:
        """Forget the bytes; those that are not kept are forgotten already."""

    def digests(self) -> Iterator[str]:
        """The names of all that is kept, in no order: for copies of the whole."""


def open_storage(url: str) -> Storage:
    """Choose by address: file:///folder, or s3://bucket/prefix (credentials from the usual AWS variables)."""
    if urlsplit(url).scheme == "s3":
        from backoffice.infra.object_storage import ObjectStorage

        return ObjectStorage(url)
    return LocalStorage(Path(urlsplit(url).path))


def path_of(digest: str) -> str:
    """`ab/cd/abcd…`: folders that stay small at a million files."""
    if not DIGEST.fullmatch(digest):
        raise NotFound(NO_FILE)
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


class LocalStorage:
    """A folder of this machine; a file appears whole or not at all (written beside, synced, renamed)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, digest: str = "") -> str:
        digest = digest or hashlib.sha256(content).hexdigest()
        target = self._place(digest)
        if not target.exists():
            with _Draft(self.folder) as draft:
                draft.write(content)
                draft.keep(target)
        return digest

    def put_stream(self, stream: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with _Draft(self.folder) as draft:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                draft.write(chunk)
            name = digest.hexdigest()
            draft.keep(self._place(name))
        return name, size

    def get(self, digest: str) -> bytes:
        try:
            return self._place(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound(NO_FILE) from None

    def chunks(self, digest: str) -> Iterator[bytes]:
        try:
            stream = self._place(digest).open("rb")
        except FileNotFoundError:
            raise NotFound(NO_FILE) from None
        return _read(stream)

    def delete(self, digest: str) -> None:
        self._place(digest).unlink(missing_ok=True)

    def exists(self, digest: str) -> bool:
        return self._place(digest).exists()

    def digests(self) -> Iterator[str]:
        for _, _, names in os.walk(self.folder):
            yield from (name for name in names if DIGEST.fullmatch(name))

    def _place(self, digest: str) -> Path:
        """`ab/abcd…`: a new folder costs as much as a new file, and 256 of them stay small at a million files.

        The first installations have files one folder deeper: they stay where they are.
        """
        deeper = self.folder / path_of(digest)
        return deeper if deeper.exists() else self.folder / digest[:2] / digest


def _read(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


class _Draft:
    """A file being written; forgotten unless kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / leftovers.DRAFTS

    def __enter__(self) -> "_Draft":
        try:
            descriptor, name = tempfile.mkstemp(dir=self.folder)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.folder)
        leftovers.hold(descriptor)
        self.path, self.stream = Path(name), os.fdopen(descriptor, "wb")
        return self

    def write(self, chunk: bytes) -> None:
        self.stream.write(chunk)

    def keep(self, target: Path) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        try:
            self.path.rename(target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path.rename(target)

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.path.unlink(missing_ok=True)
