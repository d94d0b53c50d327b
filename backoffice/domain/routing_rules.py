"""The authority's own rules for new cases: what each one asks, and where the first that fits sends a case."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property

from backoffice.domain.french import fold
from backoffice.domain.incoming import ChannelCode

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
    """What rules look at of a request that opens a case.

    `on` is its legal day and `at` its hour where the authority is (None for what has a day alone, like a letter).
    `procedure` is the code that it came with, `district_id` where it is about; `restricted` when its procedure is.
    """

    mailbox: str
    subject: str
    body: str
    is_known: bool
    has_files: bool
    on: date
    at: time | None = None
    channel: str = ChannelCode.EMAIL
    procedure: str = ""
    restricted: bool = False
    district_id: int | None = None

    @property
    def is_chosen(self) -> bool:
        """Whether somebody chose the procedure; that of a mail is its mailbox's."""
        return bool(self.procedure) and self.channel != ChannelCode.EMAIL

    @cached_property
    def searched_subject(self) -> str:
        """The subject as words are compared with it; made once, however many rules look at it."""
        return fold(self.subject[:SEARCHED])

    @cached_property
    def searched_body(self) -> str:
        """The beginning of the text as words are compared with it."""
        return fold(self.body[:SEARCHED])


@dataclass(frozen=True)
class Hours:
    """A part of the day, its end left out; one that ends before it begins goes through midnight."""

    begin: time
    end: time

    def holds(self, at: time | None) -> bool:
        """Whether an hour is in it."""
        if at is None:
            return False
        after, before = at >= self.begin, at < self.end
        return after and before if self.begin < self.end else after or before


@dataclass(frozen=True)
class RoutingRule:
    """A rule: every criterion that is set must hold; one of several is enough. Days of validity are included.

    A word that ends with a star stands for all those that begin so. Days of the week go from 1 (Monday) to 7.
    It sends to a procedure (what has none yet), to a department, or to the least loaded of it and those `sharing` with
    it; `agents` receive the case, the least loaded of those who are of its department; `tag_id` is put on it.
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
    channels: tuple[str, ...] = ()
    for_procedures: tuple[str, ...] = ()
    districts: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    hours: Hours | None = None
    sharing: tuple[int, ...] = ()
    agents: tuple[int, ...] = ()
    tag_id: int | None = None

    @property
    def departments(self) -> tuple[int, ...]:
        """The departments among which the least loaded receives."""
        return () if self.department_id is None else (self.department_id, *self.sharing)

    @property
    def decides(self) -> bool:
        """Whether it says where a case goes: one that only puts a tag lets the next ones decide."""
        return bool(self.procedure or self.department_id or self.agents)

    def is_valid(self, on: date) -> bool:
        """Whether the rule holds on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return self.active and begun and (self.valid_to is None or on <= self.valid_to)

    def fits(self, arrived: Arrived) -> bool:
        """Whether a request is what the rule wants, on its day.

        A sensitive procedure leaves its own way only by a rule that names it.
        """
        return (
            self.is_valid(arrived.on)
            and self._fits_procedure(arrived)
            and (not self.channels or arrived.channel in self.channels)
            and (not self.districts or arrived.district_id in self.districts)
            and (not self.weekdays or arrived.on.isoweekday() in self.weekdays)
            and (self.hours is None or self.hours.holds(arrived.at))
            and self.mailbox in ("", arrived.mailbox)
            and (self.citizen is Writer.ANY or (self.citizen is Writer.KNOWN) == arrived.is_known)
            and (self.files is Files.ANY or (self.files is Files.WITH) == arrived.has_files)
            and (not self.words or self._says(arrived))
        )

    def _fits_procedure(self, arrived: Arrived) -> bool:
        if self.for_procedures or arrived.restricted:
            return arrived.procedure in self.for_procedures
        # Whoever chose a procedure keeps it: a rule that does nothing but choose one is not for them.
        return not arrived.is_chosen or not self.procedure or bool(self.department_id or self.agents)

    def _says(self, arrived: Arrived) -> bool:
        in_subject = self.where is not Where.BODY and self._pattern.search(arrived.searched_subject)
        return bool(in_subject or (self.where is not Where.SUBJECT and self._pattern.search(arrived.searched_body)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Words are compared without accents, case or hyphens, and whole: « bus » is not in « abus »."""
        said = [_expression(word) for word in self.words if fold(word.rstrip("*"))]
        return re.compile(rf"(?<!\w)(?:{'|'.join(said)})" if said else r"(?!)")


def first_that_fits(rules: Iterable[RoutingRule], arrived: Arrived) -> RoutingRule | None:
    """The rule that decides: the first that fits and says where to go, in the order of the list."""
    return next((rule for rule in rules if rule.decides and rule.fits(arrived)), None)


def list_labelling(rules: Iterable[RoutingRule], arrived: Arrived) -> list[RoutingRule]:
    """Those that put a tag on it: the one that decides, and every one that does nothing else."""
    rules = list(rules)
    decided = first_that_fits(rules, arrived)
    return [one for one in rules if one.tag_id and (one is decided or (not one.decides and one.fits(arrived)))]


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
