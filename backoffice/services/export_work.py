"""What an export needs to be asked for and made: what its form says, and the tools of who writes it."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.exports import LONGEST_REASON, SHORTEST_REASON, ExportKind
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE
from backoffice.queries import agent_exports as queries

Row = TypeVar("Row")
TOLD_EVERY_SECONDS = 1.0
LOOKED_AT_EVERY = 500
NO_FORMAT = "Choisissez le format du fichier."
NO_REASON = "Écrivez pourquoi vous avez besoin de ces données : le motif reste au journal des exports."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for: `title` and `about` are its words for people, `asked` what the worker reads."""

    kind: ExportKind
    format: str
    title: str
    about: str
    asked: dict[str, Any]
    personal: bool
    reason: str
    key: str


@dataclass(slots=True)
class Work:
    """An export being made: for whom, from what, into which file; it tells how far it is as rows go through."""

    runtime: Runtime
    export_id: int
    author: Actor
    wanted: Wanted
    target: BinaryIO
    done: int = 0
    told_at: float = field(default_factory=time.monotonic)

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, counted as they go through."""
        for row in rows:
            self.done += 1
            if self.done % LOOKED_AT_EVERY == 0 and time.monotonic() - self.told_at >= TOLD_EVERY_SECONDS:
                self.tell()
            yield row

    def tell(self) -> None:
        """Write how far it is, for who looks at its page."""
        with self.runtime.database.transaction() as session:
            queries.note_progress(session, self.export_id, self.done)
        self.told_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of export: the rights it needs, how many lines it will have, how it is written, and its file's suffix.

    `check` raises Forbidden or Invalid; `write` gives how many lines went in.
    """

    check: Callable[[Session, Actor, Wanted], None]
    size: Callable[[Session, Actor, dict[str, Any]], int]
    write: Callable[[Work], int]
    suffix: Callable[[str], str]


def check_format(wanted: Wanted) -> None:
    """Raise Invalid for a format that is not offered."""
    if wanted.format not in BY_CODE:
        raise Invalid(NO_FORMAT, {"format": NO_FORMAT})


def check_reason(actor: Actor, wanted: Wanted) -> None:
    """What tells of people leaves by right and for a reason; raise Forbidden or Invalid."""
    policy.require(actor, Permission.CASE_EXPORT_PERSONAL)
    if not says_why(wanted.reason):
        raise Invalid(NO_REASON, {"reason": NO_REASON})


def says_why(reason: str) -> bool:
    """Whether a reason is one."""
    return SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON
