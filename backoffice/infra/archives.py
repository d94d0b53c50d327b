"""ZIP files written as they are read, in flat memory, with the digests of each member."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its name, size in bytes, SHA-256 and SHA-512 in hexadecimal."""

    name: str
    size: int
    sha256: str
    sha512: str


class Archive:
    """A ZIP being written to `target`; every member bears the instant `at`, without a zone as the format has it."""

    def __init__(self, target: BinaryIO, at: datetime) -> None:
        self._zip = ZipFile(target, "w", ZIP_DEFLATED)
        self._at = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        self.members: list[Member] = []

    def add(self, name: str, chunks: Iterable[bytes]) -> Member:
        """Append a file, piece by piece."""
        info = ZipInfo(name, self._at)
        info.compress_type = ZIP_DEFLATED
        digest, longer, size = hashlib.sha256(), hashlib.sha512(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for chunk in chunks:
                digest.update(chunk)
                longer.update(chunk)
                size += len(chunk)
                file.write(chunk)
        self.members.append(Member(name, size, digest.hexdigest(), longer.hexdigest()))
        return self.members[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
