"""The activity report as a finished document: its sections, what it was made with, and its small numbers hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.books import Book, Field, Kind, Sheet
from backoffice.domain.french import long_date, long_datetime
from backoffice.domain.masking import MASKED, THRESHOLD_SETTING, USUAL_THRESHOLD, is_small, lines_to_mask
from backoffice.domain.policy import Actor
from backoffice.domain.report_periods import Period
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue
from backoffice.reports import FIGURES
from backoffice.reports.base import Column, Filters, Scope
from backoffice.reports.document import Section
from backoffice.reports.figures import Measure, size
from backoffice.services import activity_document, moment
from backoffice.services.activity_document import FIGURE_COLUMNS
from backoffice.services.figures import rounded

TITLE = "Rapport d’activité"
# What adds up to another figure that is shown: one hidden would be found again by difference.
SUMS = (("recues", "reponses-immediates", "ensemble"),)
DERIVED = ("(%)", "(jours)", "(part)")
FIGURE_KINDS = (Kind.TEXT, Kind.DECIMAL, Kind.TEXT, Kind.DECIMAL, Kind.TEXT, Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Document:
    """A report as it was at a moment: its title, period, sections, and the parameters as (name, value)."""

    title: str
    subtitle: str
    authority_name: str
    sections: tuple[Section, ...]
    parameters: tuple[tuple[str, str], ...]

    @property
    def definitions(self) -> tuple[tuple[str, str], ...]:
        """What each figure and column counts, once each."""
        figures = ((row[0], row[-1]) for one in self.figures for row in one.rows)
        columns = ((column.title, column.definition) for one in self.tables for column in one.columns)
        return tuple({name: said for name, said in (*figures, *columns) if said}.items())

    @property
    def figures(self) -> tuple[Section, ...]:
        """The families of key figures."""
        return tuple(one for one in self.sections if is_of_figures(one))

    @property
    def tables(self) -> tuple[Section, ...]:
        """The other sections."""
        return tuple(one for one in self.sections if not is_of_figures(one))


def read(
    session: Session, actor: Actor, filters: Filters, compared: Period, narrowed: Sequence[str], *, outward: bool
) -> Document:
    """The report of a period within what the actor may count; `outward` hides the small numbers.

    `narrowed` are its filters in words. Raise Forbidden without the right to read reports.
    """
    sections = tuple(map(_rounded, activity_document.read_sections(session, actor, filters, compared)))
    authority = session.get_one(Authority, actor.authority_id)
    threshold = threshold_of(authority) if outward else 0
    if threshold:
        sections = _masked(session, actor, sections, filters, compared, threshold)
    period = Period(filters.start, filters.end)
    about = (
        ("Collectivité", authority.name),
        ("Période", f"{period.name} (du {long_date(period.start)} au {long_date(period.end)})"),
        ("Comparée à", compared.name),
        ("Filtres", ", ".join(narrowed) or "aucun"),
        ("Services comptés", counted_departments(session, actor)),
        ("Nombres masqués", said_of_masks(threshold)),
        ("Établi le", long_datetime(moment.now(), ZoneInfo(authority.timezone))),
        ("Par", actor.name),
    )
    return Document(TITLE, period.name, authority.name, sections, about)


def _rounded(section: Section) -> Section:
    """The same with its numbers whole when they can be: 31.0 is written 31 by one format and not by another."""
    rows = tuple(tuple(rounded(cell) if isinstance(cell, float) else cell for cell in row) for row in section.rows)
    return replace(section, rows=rows)


def to_book(document: Document) -> Book:
    """The same as tables, one a section."""
    sheets = tuple(
        Sheet(one.code, one.title, tuple(_fields(one)), one.rows, one.definition) for one in document.sections
    )
    return Book(f"{document.title} : {document.subtitle}", sheets, document.parameters)


def threshold_of(authority: Authority) -> int:
    """Under how many a number leaves hidden; 0 hides nothing."""
    return int(authority.details.get(THRESHOLD_SETTING, USUAL_THRESHOLD))


def is_of_figures(section: Section) -> bool:
    """Whether a section is a family of key figures."""
    return section.columns == FIGURE_COLUMNS


def _fields(section: Section) -> list[Field]:
    kinds = FIGURE_KINDS if is_of_figures(section) else [_kind(section, place) for place in range(len(section.columns))]
    titled = zip(section.columns, kinds, strict=True)
    return [Field(column.name, column.title, kind, column.definition) for column, kind in titled]


def _kind(section: Section, place: int) -> Kind:
    values = [row[place] for row in section.rows if row[place] is not None and row[place] != MASKED]
    if place == 0 or any(isinstance(value, str) for value in values):
        return Kind.TEXT
    return Kind.DECIMAL if any(isinstance(value, float) for value in values) else Kind.WHOLE


def said_of_masks(threshold: int) -> str:
    """What is hidden, in words; a threshold of 0 hides nothing."""
    hidden = f"les lignes où un nombre est inférieur à {threshold}, et celles qui permettraient de le retrouver"
    return hidden if threshold else "aucun : ce document reste dans le service"


def counted_departments(session: Session, actor: Actor) -> str:
    """The departments that the actor counts, in words."""
    held = Scope.of(actor).department_ids
    if held is None:
        return "tous"
    known = catalogue.list_departments(session, actor.authority_id, with_inactive=True)
    return ", ".join(one.name for one in known if one.id in held)


def _masked(
    session: Session, actor: Actor, sections: Sequence[Section], filters: Filters, compared: Period, threshold: int
) -> tuple[Section, ...]:
    tables = iter(mask_tables([one for one in sections if not is_of_figures(one)], threshold))
    sizes = _Sizes(session, Scope.of(actor), {}, threshold)
    past = replace(filters, start=compared.start, end=compared.end)
    shown = (_masked_figures(one, sizes, filters, past) if is_of_figures(one) else next(tables) for one in sections)
    # A table of which nothing is left says nothing.
    return tuple(one for one in shown if not one.rows or any(MASKED not in row for row in one.rows))


def mask_tables(tables: Sequence[Section], threshold: int) -> list[Section]:
    """The same tables with small numbers hidden, and what would give them back, in all those of the same labels."""
    by_label: dict[str, list[Section]] = {}
    for one in tables:
        by_label.setdefault(one.columns[0].title, []).append(one)
    hidden = {title: lines_to_mask([_counts(one) for one in found], threshold) for title, found in by_label.items()}
    return [_masked_table(one, hidden[one.columns[0].title]) for one in tables]


def _counts(section: Section) -> list[tuple[str, list[int]]]:
    places = [place for place, column in enumerate(section.columns) if place and not _is_derived(column)]
    return [(str(row[0]), [int(row[place] or 0) for place in places]) for row in section.rows]


def _is_derived(column: Column) -> bool:
    """Whether a column is a share or a delay: it is no count, and tells of the counts of its line."""
    known = FIGURES.get(column.figure)
    return known.measure is not Measure.COUNT if known else column.title.endswith(DERIVED)


def _masked_table(section: Section, hidden: set[str]) -> Section:
    if not any(str(row[0]) in hidden for row in section.rows):
        return section
    rows = tuple((row[0], *(MASKED for _ in row[1:])) if str(row[0]) in hidden else row for row in section.rows)
    return replace(section, rows=rows, chart=None)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How many rows figures count, each asked once."""

    session: Session
    scope: Scope
    known: dict[Any, int]
    threshold: int

    def is_small(self, code: str, value: float | None, filters: Filters) -> bool:
        """Whether a figure counts too few: the count itself, or what a delay or a share is made of."""
        figure = FIGURES[code]
        if value is None or figure.measure is Measure.COUNT:
            return is_small(value, self.threshold)
        key = figure.rows, filters
        if key not in self.known:
            self.known[key] = self.session.scalar(size(figure, filters, self.scope)) or 0
        return is_small(self.known[key], self.threshold)


def _masked_figures(section: Section, sizes: _Sizes, filters: Filters, past: Filters) -> Section:
    codes = [str(key) for key in section.keys]
    now = {code: sizes.is_small(code, row[1], filters) for code, row in zip(codes, section.rows, strict=True)}
    then = {code: sizes.is_small(code, row[3], past) for code, row in zip(codes, section.rows, strict=True)}
    for found in (now, then):
        for parts in SUMS:
            if any(found.get(code) for code in parts):
                found[parts[-1]] = True
    rows = []
    for code, (title, value, unit, before, change, definition) in zip(codes, section.rows, strict=True):
        hides = now[code] or then[code]
        shown = (MASKED if now[code] else value, unit, MASKED if then[code] else before, "" if hides else change)
        rows.append((title, *shown, definition))
    return replace(section, rows=tuple(rows))
