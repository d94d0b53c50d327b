"""The authority's own rules for mail: what a message must be, and where the first rule that fits sends it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from backoffice.domain.french import fold

# Letters of a body that are searched: what a request is about stands at its beginning.
SEARCHED = 20_000


class Where(StrEnum):
    """Where the words of a rule are looked for."""

    ANYWHERE = "anywhere"
    SUBJECT = "subject"
    BODY = "body"


class Writer(StrEnum):
    """Who the writer must be; known is whoever has a case already."""

    ANY = ""
    KNOWN = "known"
    UNKNOWN = "unknown"


class Files(StrEnum):
    """Whether the message must bring files; images shown inside its text are none."""

    ANY = ""
    WITH = "with"
    WITHOUT = "without"


@dataclass(frozen=True)
class Arrived:
    """What rules look at of a message that opens a case; `on` is its day where the authority is."""

    mailbox: str
    subject: str
    body: str
    is_known: bool
    has_files: bool
    on: date

    @cached_property
    def searched_subject(self) -> str:
        """The subject as words are compared with it; made once, however many rules look at it."""
        return fold(self.subject[:SEARCHED])

    @cached_property
    def searched_body(self) -> str:
        """The beginning of the text as words are compared with it."""
        return fold(self.body[:SEARCHED])


@dataclass(frozen=True)
class RoutingRule:
    """A rule: every criterion that is set must hold; one of the words is enough. Days of validity are included.

    A word that ends with a star stands for all those that begin so. It sends to a procedure, a department, or both.
    """

    id: int
    name: str
    mailbox: str = ""
    words: tuple[str, ...] = ()
    where: Where = Where.ANYWHERE
    citizen: Writer = Writer.ANY
    files: Files = Files.ANY
    procedure: str = ""
    department_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    active: bool = field(default=True)

    def is_valid(self, on: date) -> bool:
        """Whether the rule holds on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return self.active and begun and (self.valid_to is None or on <= self.valid_to)

    def fits(self, arrived: Arrived) -> bool:
        """Whether a message is what the rule wants, on its day."""
        return (
            self.is_valid(arrived.on)
            and self.mailbox in ("", arrived.mailbox)
            and (self.citizen is Writer.ANY or (self.citizen is Writer.KNOWN) == arrived.is_known)
            and (self.files is Files.ANY or (self.files is Files.WITH) == arrived.has_files)
            and (not self.words or self._says(arrived))
        )

    def _says(self, arrived: Arrived) -> bool:
        in_subject = self.where is not Where.BODY and self._pattern.search(arrived.searched_subject)
        return bool(in_subject or (self.where is not Where.SUBJECT and self._pattern.search(arrived.searched_body)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Words are compared without accents, case or hyphens, and whole: « bus » is not in « abus »."""
        said = [_expression(word) for word in self.words if fold(word.rstrip("*"))]
        return re.compile(rf"(?<!\w)(?:{'|'.join(said)})" if said else r"(?!)")


def first_that_fits(rules: Iterable[RoutingRule], arrived: Arrived) -> RoutingRule | None:
    """The rule that decides: the first, in the order of the list."""
    return next((rule for rule in rules if rule.fits(arrived)), None)


def needs_citizen(rules: Iterable[RoutingRule], on: date) -> bool:
    """Whether somebody must look up who the writer is before these rules are asked."""
    return any(rule.citizen is not Writer.ANY and rule.is_valid(on) for rule in rules)


def read_words(typed: str) -> tuple[str, ...]:
    """The words of a text field: separated by commas, semicolons or lines, each once."""
    found = (" ".join(piece.split()) for piece in re.split(r"[,;\n]", typed))
    return tuple(dict.fromkeys(word for word in found if fold(word.rstrip("*"))))


def _expression(word: str) -> str:
    plain = r"\s+".join(re.escape(piece) for piece in fold(word.rstrip("*")).split())
    return plain if word.endswith("*") else rf"{plain}(?!\w)"
