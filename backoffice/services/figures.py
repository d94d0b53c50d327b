"""Figures read for a person, each compared with another period, and the very rows that each of them counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import number
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.reports import FAMILIES, FIGURES, figures, summed, sums
from backoffice.reports.base import Filters, Scope
from backoffice.reports.figures import Family, Figure, Measure
from backoffice.services import counting

NO_FIGURE = "Ce chiffre n’existe pas. Revenez à la page « Activité »."
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure with its number, and that of the period it is compared with; None when there is nothing to measure."""

    figure: Figure
    value: Number
    before: Number

    @property
    def change(self) -> str:
        """The difference in words, « 12 de plus (98) »; empty when one of the two is missing."""
        if self.value is None or self.before is None or self.figure.of_today:
            return ""
        difference = rounded(self.value - self.before) or 0
        if difference == 0:
            return f"Pareil ({_with_unit(self.before, self.figure)})"
        more = "de plus" if difference > 0 else "de moins"
        return f"{self._difference(abs(difference))} {more} ({_with_unit(self.before, self.figure)})"

    def _difference(self, difference: int | float) -> str:
        if self.figure.measure is Measure.SHARE:
            return f"{number(difference)}\u00a0point{'s' if difference >= 2 else ''}"
        if self.figure.unit == "jours":
            return _days(difference)
        return number(difference)


@dataclass(frozen=True, slots=True)
class Counted:
    """A row that a figure counts: a case or a contact. `may_open` says whether the reader may see the case."""

    case: Case | None
    contact: Contact | None
    at: datetime
    value: Number
    may_open: bool


def read_figures(
    session: Session, actor: Actor, filters: Filters, compared: Period, *, is_counted: bool | None = None
) -> list[tuple[Family, tuple[Shown, ...]]]:
    """Every figure, within what the actor may count, and what it was during the other period.

    `is_counted` says whether every change is, when it is known already.
    """
    policy.require(actor, Permission.REPORT_READ)
    scope = Scope.of(actor)
    then = replace(filters, start=compared.start, end=compared.end)
    read = _from_sums if counting.is_up_to_date(session, actor.authority_id, is_counted) else _from_rows
    now, before = read(session, filters, then, scope)
    return [
        (family, tuple(Shown(one, now[one.code], before.get(one.code)) for one in family.figures))
        for family in FAMILIES
    ]


def get_figure(code: str) -> Figure:
    """The figure of that code; raise NotFound when there is none."""
    if code not in FIGURES:
        raise NotFound(NO_FIGURE)
    return FIGURES[code]


def read_figure(session: Session, actor: Actor, figure: Figure, filters: Filters) -> Shown:
    """One figure alone, compared with nothing."""
    policy.require(actor, Permission.REPORT_READ)
    row = session.execute(figures.numbers((figure,), filters, Scope.of(actor))).one()
    return Shown(figure, rounded(row[0]), None)


def list_counted(
    session: Session, actor: Actor, figure: Figure, filters: Filters, *, limit: int, offset: int = 0
) -> tuple[list[Counted], int]:
    """A part of the rows that a figure counts, and how many they are in all."""
    policy.require(actor, Permission.REPORT_READ)
    scope = Scope.of(actor)
    rows = session.execute(figures.page(figure, filters, scope, limit=limit, offset=offset))
    found = [
        Counted(
            case,
            contact,
            at,
            # What is not shown stays here: the value of a row may be who has it in charge.
            rounded(value) if figure.value_title else None,
            may_open=case is not None and policy.allows(actor, Permission.CASE_READ, case),
        )
        for case, contact, at, value in rows
    ]
    return found, session.scalar(figures.size(figure, filters, scope)) or 0


def rounded(value: Any) -> Number:
    """A number as it is shown: to the tenth, whole when it can be."""
    if value is None:
        return None
    figure = round(float(value), 1)
    return int(figure) if figure.is_integer() else figure


def in_words(shown: Shown) -> str:
    """« 12 demandes », « 4,5 jours », « 87,5 % », or « – » when there is nothing to measure."""
    return "–" if shown.value is None else _with_unit(shown.value, shown.figure)


def _with_unit(value: int | float, figure: Figure) -> str:
    if figure.measure is Measure.SHARE:
        return f"{number(value)}\u00a0%"
    if figure.unit == "jours":
        return _days(value)
    return number(value)


def _days(many: int | float) -> str:
    return f"{number(many)}\u00a0jour{'s' if many >= 2 else ''}"


Read = tuple[dict[str, Number], dict[str, Number]]


def _from_sums(session: Session, filters: Filters, then: Filters, scope: Scope) -> Read:
    """The numbers of a period and of the one that it is compared with, by figure, from what was counted."""
    parts = (*summed.parts_of(filters), *summed.parts_of(then, summed.BEFORE), *summed.parts_of_today())
    found = sums.read(session, filters, scope, parts)
    now = {code: rounded(summed.number(figure, found, filters)) for code, figure in FIGURES.items()}
    compared = {code: figure for code, figure in FIGURES.items() if not figure.of_today}
    before = {code: rounded(summed.number(figure, found, then, summed.BEFORE)) for code, figure in compared.items()}
    return now, before


def _from_rows(session: Session, filters: Filters, then: Filters, scope: Scope) -> Read:
    """The same, from the cases and contacts themselves."""
    now: dict[str, Number] = {}
    before: dict[str, Number] = {}
    for family in FAMILIES:
        now |= _numbers(session, family, filters, scope)
        before |= _numbers(session, family, then, scope, compares=True)
    return now, before


def _numbers(
    session: Session, family: Family, filters: Filters, scope: Scope, *, compares: bool = False
) -> Iterator[tuple[str, Number]]:
    """The numbers of a family, those that count the same rows with one SELECT."""
    wanted = [figure for figure in family.figures if not (compares and figure.of_today)]
    groups: dict[Any, list[Figure]] = {}
    for figure in wanted:
        groups.setdefault(figure.rows, []).append(figure)
    for group in groups.values():
        row = session.execute(figures.numbers(group, filters, scope)).one()
        yield from ((figure.code, rounded(value)) for figure, value in zip(group, row, strict=True))
