"""What goes to the archives with a case: who hands over to whom, the files, their description, how long all is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from backoffice.domain.file_names import safe_name
from backoffice.domain.procedures import FinalDisposition, Retention, RetentionStart
from backoffice.domain.retention import counted_from

# Private life: fifty years (code du patrimoine, L213-2 I 3°), as the code lists of the SEDA have it.
PRIVATE_LIFE = "AR048"

# PRONOM identifiers of what the house itself writes; the exact version of what citizens sent is not known.
OUR_PDF = "fmt/479"
PUIDS = {"text/plain": "x-fmt/111", "application/json": "fmt/817", "message/rfc822": "fmt/278"}


class Level(StrEnum):
    """Where a unit stands in the description (ISAD(G)): a file, a part of it, or a single piece."""

    FILE = "File"
    PART = "RecordGrp"
    PIECE = "Item"


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation: the identifier that the archives know it by, and its name."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the transfer: its place in the ZIP, SHA-512 in hexadecimal, size in bytes, type and given name.

    `puid` is its PRONOM identifier, empty when it is not surely known.
    """

    uri: str
    sha512: str
    size: int
    media_type: str
    name: str
    puid: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the history: its number and kind, when, what is said of it, and who did it."""

    number: int
    kind: str
    label: str
    at: datetime
    detail: str
    actor_kind: str
    actor: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of description (ArchiveUnit), with its file or its parts.

    `created`, `sent` and `received` are instants; `start_on` and `end_on` are legal days.
    """

    title: str
    level: Level = Level.PIECE
    identifier: str = ""
    description: str = ""
    kind: str = ""
    sender: str = ""
    addressee: str = ""
    created: datetime | None = None
    sent: datetime | None = None
    received: datetime | None = None
    start_on: date | None = None
    end_on: date | None = None
    history: tuple[Happening, ...] = ()
    content: Content | None = None
    parts: tuple["Unit", ...] = ()

    def contents(self) -> Iterator[Content]:
        """The files of this unit and of its parts, in order."""
        if self.content is not None:
            yield self.content
        for part in self.parts:
            yield from part.contents()


@dataclass(frozen=True, slots=True)
class Appraisal:
    """How long the file is of use (durée d'utilité administrative), from when, and what becomes of it then.

    `years` is None when it is kept for ever; `start_on` is None when its first day is not known to the house.
    """

    years: int | None
    start_on: date | None
    keep: bool

    @classmethod
    def of(cls, retention: Retention, closed_on: date, answers: Mapping[str, Any]) -> "Appraisal":
        """The rule of a procedure for a case closed on a day; what is to be sorted is kept until it is sorted."""
        is_known = retention.from_ is RetentionStart.CLOSURE or bool(retention.start_field)
        start_on = counted_from(retention, closed_on, answers)[0] if is_known else None
        return cls(retention.years, start_on, retention.final is not FinalDisposition.DESTROY)


@dataclass(frozen=True, slots=True)
class Transfer:
    """An archive transfer: `access_rule` is a code of the SEDA lists, counted from the day the file was closed."""

    identifier: str
    at: datetime
    comment: str
    agreement: str
    archives: Agency
    authority: Agency
    appraisal: Appraisal
    access_rule: str
    closed_on: date
    file: Unit


def place_of(digest: str, name: str) -> str:
    """Where a file is in the ZIP: under its digest, with the ending of its name when it is a plain one."""
    _, dot, ending = safe_name(name).rpartition(".")
    plain = dot and ending.isascii() and ending.isalnum()
    return f"content/{digest}.{ending.lower()}" if plain else f"content/{digest}"
