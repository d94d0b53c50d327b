"""What a report is: a title, a definition shown to people, columns, and one SELECT."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact

PARIS = ZoneInfo("Europe/Paris")
# How filters name the cases that have no procedure yet.
NOT_CHOSEN = "a-choisir"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a report is about: a period (both days included), and optionally one channel, department or procedure.

    `timezone` says when its days begin; `today` is the day on which the question is asked: what is to come is not late.
    """

    start: date
    end: date
    channel: str = ""
    department_id: int | None = None
    procedure: str = ""
    timezone: ZoneInfo = PARIS
    today: date = date.max

    def includes(self, at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        """Whether an instant is in one of the days of the period, where the authority is."""
        first, after = (
            datetime.combine(day, time(), self.timezone).astimezone(UTC)
            for day in (self.start, self.end + timedelta(days=1))
        )
        return and_(at >= first, at < after)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the reader may count: an authority, some departments (None: all), sensitive cases in some of them."""

    authority_id: int
    department_ids: frozenset[int] | None
    sensitive_ids: frozenset[int] | None

    @classmethod
    def of(cls, actor: Actor) -> "Scope":
        """The scope that the policy gives to an actor."""
        counted = actor.departments_with(Permission.REPORT_READ)
        sensitive = actor.departments_with(Permission.CASE_READ_RESTRICTED)
        return cls(actor.authority_id, _departments(counted), _departments(sensitive))

    def conditions(self, filters: Filters) -> ColumnElement[bool]:
        """The cases that may be counted under these filters."""
        return self.counted(filters, Case, Case.procedure_code)

    def counted(
        self, filters: Filters, table: type[Case] | type[Contact], procedure: InstrumentedAttribute[str]
    ) -> ColumnElement[bool]:
        """The rows of cases, or of contacts, that may be counted; `procedure` is the column that says about what."""
        tests: list[ColumnElement[bool]] = [table.authority_id == self.authority_id]
        if self.department_ids is not None:
            tests.append(table.department_id.in_(self.department_ids))
        if self.sensitive_ids is not None:
            tests.append(or_(table.restricted.is_(False), table.department_id.in_(self.sensitive_ids)))
        if filters.channel:
            tests.append(table.channel == filters.channel)
        if filters.department_id is not None:
            tests.append(table.department_id == filters.department_id)
        if filters.procedure:
            tests.append(procedure == ("" if filters.procedure == NOT_CHOSEN else filters.procedure))
        return and_(*tests)


def _departments(held: frozenset[int | None]) -> frozenset[int] | None:
    return None if None in held else frozenset(d for d in held if d is not None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the SELECT, its title, and the definition in the words shown everywhere.

    `figure` is the code of the figure that it is, narrowed to each row.
    """

    name: str
    title: str
    definition: str = ""
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A finished question: the same SELECT renders the page, the export and the PDF."""

    code: str
    title: str
    definition: str
    columns: tuple[Column, ...]
    select: Callable[[Filters, Scope], Select[Any]]
