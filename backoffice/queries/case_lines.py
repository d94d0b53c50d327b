"""SELECTs of cases as lines to take away: what each column says, without people unless it is asked for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Text, and_, case, cast, func, literal, null, or_, select, true
from sqlalchemy.orm import Session

from backoffice.domain.books import NO, RUNS, YES, Field, Kind, safe_cell
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.queries.case_words import Asked, narrow
from backoffice.queries.cases import visible_to
from backoffice.queries.queue import Names
from backoffice.queries.queue_filters import Filters, branches
from backoffice.reports.base import Filters as Period
from backoffice.reports.base import Scope
from backoffice.reports.durations import DayOf
from backoffice.reports.figures import Figure


@dataclass(frozen=True, slots=True)
class Place:
    """What the values of lines depend on: the names of ids and codes, and where days begin."""

    names: Names
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the lines: what it is, and its value in SQL; `personal` when it tells of people."""

    field: Field
    value: Callable[[Place], Any]
    personal: bool = False


def _line(code: str, title: str, kind: Kind, value: Callable[[Place], Any], *, personal: bool = False) -> Line:
    return Line(Field(code, title, kind), value, personal)


def _named(column: Any, names: Mapping[Any, str]) -> Any:
    # Written out: a join for each name would cost more than the line itself.
    plain = {str(key) if isinstance(key, str) else key: str(name) for key, name in names.items()}
    return case(plain, value=column, else_=cast(column, Text)) if plain else cast(column, Text)


def _day_of(column: Any) -> Callable[[Place], Any]:
    return lambda place: DayOf(column, literal(place.timezone.key))


def _of(column: Any) -> Callable[[Place], Any]:
    return lambda _: column


def _called(kind: str, column: Any) -> Callable[[Place], Any]:
    """The name of what a column points to: `kind` is where `Names` has it."""

    def value(place: Place) -> Any:
        names: Mapping[Any, tuple[str, bool]] = getattr(place.names, kind)
        return _named(column, {key: safe_cell(name) for key, (name, _) in names.items()})

    return value


LINES: tuple[Line, ...] = (
    _line("reference", "Référence", Kind.TEXT, _of(Case.reference)),
    _line("received_on", "Reçue le", Kind.DAY, _of(Case.received_on)),
    _line("channel", "Canal", Kind.TEXT, lambda _: _named(Case.channel, CHANNEL_LABELS)),
    _line("procedure", "Démarche", Kind.TEXT, _called("procedures", Case.procedure_code)),
    _line("procedure_code", "Code de la démarche", Kind.TEXT, _of(Case.procedure_code)),
    _line("department", "Service", Kind.TEXT, _called("departments", Case.department_id)),
    _line("district", "Quartier", Kind.TEXT, _called("districts", Case.district_id)),
    _line("language", "Langue", Kind.TEXT, _of(Case.language)),
    _line("status", "État", Kind.TEXT, lambda _: _named(Case.status, DESK_STATUS_LABELS)),
    _line("sub_state", "Étape", Kind.TEXT, _of(Case.sub_state_label)),
    _line("outcome", "Issue", Kind.TEXT, lambda _: _named(Case.outcome, OUTCOME_LABELS)),
    _line("due_on", "Échéance", Kind.DAY, _of(Case.due_on)),
    _line("implicit_on", "Décision implicite le", Kind.DAY, _of(Case.implicit_on)),
    _line("target_on", "Délai annoncé", Kind.DAY, _of(Case.target_on)),
    _line("first_answer_on", "Première réponse le", Kind.DAY, _day_of(Case.first_answer_at)),
    _line("closed_on", "Terminée le", Kind.DAY, _of(Case.closed_on)),
    _line("closed_after_days", "Jours jusqu’à la fin", Kind.WHOLE, _of(Case.closed_after_days)),
    _line("restricted", "Sensible", Kind.FLAG, _of(Case.restricted)),
    _line("subject", "Objet", Kind.TEXT, _of(Case.subject), personal=True),
    _line("family_name", "Nom", Kind.TEXT, _of(Citizen.family_name), personal=True),
    _line("given_names", "Prénoms", Kind.TEXT, _of(Citizen.given_names), personal=True),
    _line("organisation", "Association ou entreprise", Kind.TEXT, _of(Citizen.organisation), personal=True),
    _line("email", "Courriel", Kind.TEXT, _of(Citizen.email), personal=True),
    _line("phone", "Téléphone", Kind.TEXT, _of(Citizen.phone), personal=True),
    _line("address", "Adresse", Kind.TEXT, _of(Citizen.address_line), personal=True),
    _line("postcode", "Code postal", Kind.TEXT, _of(Citizen.postcode), personal=True),
    _line("city", "Commune", Kind.TEXT, _of(Citizen.city), personal=True),
    _line("near_street", "Rue du signalement", Kind.TEXT, _of(Case.near_street), personal=True),
    _line(
        "assignee",
        "Agent",
        Kind.TEXT,
        _called("staff", Case.assignee_id),
        personal=True,
    ),
)
"""What a line can say: a new column is one line here."""

SURE = frozenset(
    ("reference", "channel", "procedure", "procedure_code", "department", "district", "language", "status", "outcome")
)
"""Columns whose words are ours, or are neutralised before they are asked for: no spreadsheet would run them."""


def list_columns(*, personal: bool) -> tuple[Line, ...]:
    """The columns of an export."""
    return tuple(line for line in LINES if personal or not line.personal)


def of_list(actor: Actor, filters: Filters, asked: Asked | None, today: date) -> Select[Any]:
    """The ids of the cases of a list of the queue, those that the actor may know of."""
    tests = or_(*(and_(true(), *one) for one in branches(actor, filters, today)))
    return narrow(visible_to(actor, select(Case.id)).where(tests), asked)


def counted_in(figure: Figure, filters: Period, scope: Scope) -> Select[Any]:
    """The ids of the cases that a figure counts, each once."""
    rows = figure.rows(filters, scope).subquery("counted")
    return select(Case.id).where(Case.id.in_(select(rows.c.case_id)))


def of_departments(cases: Select[Any], departments: Collection[int | None]) -> Select[Any]:
    """Those of some departments; None among them stands for all."""
    if None in departments:
        return cases
    return cases.where(Case.department_id.in_(sorted(one for one in departments if one is not None)))


def known_to(cases: Select[Any], actor: Actor) -> Select[Any]:
    """Those that the actor may read."""
    return visible_to(actor, cases)


def lines_of(cases: Select[Any], columns: Sequence[Line], place: Place) -> Select[Any]:
    """The lines of these cases, in the order of their arrival in the house."""
    values = (column.value(place).label(column.field.code) for column in columns)
    query = cases.with_only_columns(*values)
    if any(column.personal for column in columns):
        query = query.outerjoin(Citizen, Citizen.id == Case.citizen_id)
    return query.order_by(Case.id)


def as_csv(cases: Select[Any], columns: Sequence[Line], place: Place, decimals: str) -> Select[Any]:
    """The same with each value as CSV writes it (see infra/table_files/csv_file.py), for the COPY of PostgreSQL."""
    return lines_of(cases, [Line(one.field, _written(one, decimals), one.personal) for one in columns], place)


def _written(column: Line, decimals: str) -> Callable[[Place], Any]:
    kind, of = column.field.kind, column.value
    if kind is Kind.FLAG:
        return lambda place: case((of(place).is_(None), None), (of(place), YES), else_=NO)
    if kind is Kind.DECIMAL and decimals != ".":
        return lambda place: func.replace(cast(of(place), Text), ".", decimals)
    if kind is Kind.TEXT and column.field.code in SURE:
        return lambda place: func.nullif(of(place), "")
    if kind is Kind.TEXT:
        return lambda place: _safe(of(place))
    return of


def _safe(value: Any) -> Any:
    """`domain.books.safe_cell` in SQL, and no quotes for nothing."""
    runs = func.left(value, 1).in_(RUNS)
    return case((value == "", null()), (runs, literal("'").concat(value)), else_=value)


def count(session: Session, cases: Select[Any]) -> int:
    """How many cases there are."""
    return session.scalar(select(func.count()).select_from(cases.subquery())) or 0


def list_references(session: Session, cases: Select[Any], limit: int) -> list[tuple[int, str]]:
    """Their ids and references, in order, so many at most."""
    found = session.execute(cases.with_only_columns(Case.id, Case.reference).order_by(Case.id).limit(limit))
    return [(row[0], row[1]) for row in found]
