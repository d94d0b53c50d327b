"""What a figure is: a title, a definition, the SELECT of what it counts, and the measure over those very rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

from backoffice.models.cases import Case
from backoffice.models.columns import Number
from backoffice.models.contacts import Contact
from backoffice.reports.base import Column, Filters, Scope

FEWEST_AGENTS = 3
"""With fewer agents, a mean would be the figure of one of them."""


class Measure(StrEnum):
    """What is computed over the rows: how many, a middle, a top, a share of yes (%), or how many for each agent."""

    COUNT = "count"
    MEDIAN = "median"
    NINE_IN_TEN = "nine_in_ten"
    LARGEST = "largest"
    SHARE = "share"
    PER_AGENT = "per_agent"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; its number and its list come from the same `rows`, whose columns are those of `counted`.

    `code` stands in addresses, `definition` is shown wherever the figure is. `at_title` says what moment a row bears,
    `value_title` what its value is, when it is shown. A figure `of_today` is not that of the period: it compares with
    nothing.
    """

    code: str
    title: str
    unit: str
    definition: str
    rows: Callable[[Filters, Scope], Select[Any]]
    measure: Measure = Measure.COUNT
    at_title: str = "Reçue le"
    value_title: str = ""
    is_yes_or_no: bool = False
    of_today: bool = False

    def column(self, name: str, unit: str = "") -> Column:
        """The column of a table that is this figure, narrowed to each row; `unit` is added to its title."""
        return Column(name, f"{self.title} ({unit})" if unit else self.title, self.definition, self.code)


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that are read together."""

    code: str
    title: str
    figures: tuple[Figure, ...]


def counted(
    at: SQLColumnExpression[Any],
    *,
    case_id: SQLColumnExpression[Any] | None = None,
    contact_id: SQLColumnExpression[Any] | None = None,
    value: SQLColumnExpression[Any] | None = None,
) -> Select[Any]:
    """The columns of what is counted: the case or the contact, a moment of it, and its value when it is measured."""
    return select(
        (cast(null(), Number) if case_id is None else case_id).label("case_id"),
        (cast(null(), Number) if contact_id is None else contact_id).label("contact_id"),
        at.label("at"),
        (cast(null(), Float()) if value is None else value).label("value"),
    )


def flag(test: SQLColumnExpression[bool]) -> ColumnElement[int]:
    """The value of a row of a share: 1 for yes, 0 for no."""
    return case((test, 1), else_=0)


def not_negative(value: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """A duration, never less than nothing (a date that was corrected since)."""
    return case((value < 0, literal(0, Integer())), else_=value)


def numbers(figures: Sequence[Figure], filters: Filters, scope: Scope) -> Select[Any]:
    """One row with the number of each of these figures, which have the same `rows`."""
    rows = figures[0].rows(filters, scope).subquery("counted")
    if any(figure.measure in _RANKED for figure in figures):
        rank = func.row_number().over(order_by=rows.c.value)
        rows = select(rows.c.value, rank.label("rank"), func.count().over().label("n")).subquery("ranked")
    wanted = (_MEASURES[figure.measure](rows).label(f"n{place}") for place, figure in enumerate(figures))
    return select(*wanted).select_from(rows)


def size(figure: Figure, filters: Filters, scope: Scope) -> Select[Any]:
    """How many rows a figure counts."""
    return select(func.count()).select_from(figure.rows(filters, scope).subquery("counted"))


def page(figure: Figure, filters: Filters, scope: Scope, *, limit: int, offset: int) -> Select[Any]:
    """A part of what a figure counts, as (case or none, contact or none, moment, value): the worst or newest first."""
    rows = figure.rows(filters, scope).subquery("counted")
    ids = (func.coalesce(rows.c.case_id, 0).desc(), func.coalesce(rows.c.contact_id, 0).desc())
    worst = rows.c.value.asc() if figure.is_yes_or_no else rows.c.value.desc()
    order = (worst, rows.c.at.desc(), *ids) if figure.value_title else (rows.c.at.desc(), *ids)
    return (
        select(Case, Contact, rows.c.at, rows.c.value)
        .select_from(rows)
        .outerjoin(Case, Case.id == rows.c.case_id)
        .outerjoin(Contact, Contact.id == rows.c.contact_id)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )


def _median(rows: Subquery) -> ColumnElement[Any]:
    # The mean of the one or two middle rows: the same arithmetic on both engines.
    twice = rows.c.rank * 2
    middle = or_(twice == rows.c.n, twice == rows.c.n + 1, twice == rows.c.n + 2)
    return func.avg(case((middle, rows.c.value * 1.0)))


def _nine_in_ten(rows: Subquery) -> ColumnElement[Any]:
    # The smallest value that nine rows in ten do not exceed (nearest rank).
    return func.min(case((rows.c.rank * 10 >= rows.c.n * 9, rows.c.value)))


def _per_agent(rows: Subquery) -> ColumnElement[Any]:
    agents = func.count(rows.c.value.distinct())
    return case((agents >= FEWEST_AGENTS, func.count() * 1.0 / agents))


_MEASURES: dict[Measure, Callable[[Subquery], ColumnElement[Any]]] = {
    Measure.COUNT: lambda _: func.count(),
    Measure.MEDIAN: _median,
    Measure.NINE_IN_TEN: _nine_in_ten,
    Measure.LARGEST: lambda rows: func.max(rows.c.value),
    Measure.SHARE: lambda rows: func.avg(rows.c.value * 100.0),
    Measure.PER_AGENT: _per_agent,
}
_RANKED = frozenset({Measure.MEDIAN, Measure.NINE_IN_TEN})
