"""How long answers take: to the first one and to the end, with and without the time spent waiting for the citizen."""

from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery, and_, case, func, or_, select

from backoffice.domain.lifecycle import Status
from backoffice.infra.database import Instant
from backoffice.models.cases import Case, CaseEvent
from backoffice.reports.base import Filters, Scope
from backoffice.reports.durations import DaysBetween, tenths
from backoffice.reports.figures import Family, Figure, Measure, counted, not_negative
from backoffice.reports.volumes import closed_in

ASKED, MOVED = "pieces_asked", "moved"
ENDS_THE_WAIT = (
    "pieces_received",
    "message_received",
    "letter_registered",
    "resumed",
    "restored",
    "reopened",
    "decided",
    "withdrawn",
    "transmitted",
    "closed",
)
"""Lines of history after which nothing is awaited from the citizen."""


def waited(of: ColumnElement[bool], until: SQLColumnExpression[Any]) -> Subquery:
    """For each of these cases, the days during which it waited for its citizen, up to a moment."""
    following = func.lead(CaseEvent.at, type_=Instant()).over(partition_by=CaseEvent.case_id, order_by=CaseEvent.number)
    waits = or_(
        CaseEvent.kind == ASKED,
        and_(CaseEvent.kind == MOVED, CaseEvent.data["to"].as_string() == Status.WAITING_CITIZEN.value),
    )
    lines = (
        select(
            CaseEvent.case_id,
            CaseEvent.at.label("since"),
            following.label("following"),
            waits.label("waits"),
            until.label("until"),
        )
        .join(Case, Case.id == CaseEvent.case_id)
        .where(of, CaseEvent.kind.in_((ASKED, MOVED, *ENDS_THE_WAIT)))
        .subquery("lines")
    )
    goes_on = or_(lines.c.following.is_(None), lines.c.following > lines.c.until)
    end = case((goes_on, lines.c.until), else_=lines.c.following)
    days = func.sum(DaysBetween(lines.c.since, end)).label("days")
    total = select(lines.c.case_id, days).where(lines.c.waits, lines.c.since < lines.c.until)
    return total.group_by(lines.c.case_id).subquery("waited")


def _closed(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    return and_(closed_in(filters), Case.closed_after_days.is_not(None), scope.conditions(filters))


def _answered(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    return and_(filters.includes(Case.first_answer_at), scope.conditions(filters))


TO_FIRST_ANSWER = DaysBetween(Case.received_at, Case.first_answer_at)


def _to_close(filters: Filters, scope: Scope) -> Select[Any]:
    days = not_negative(Case.closed_after_days)
    return counted(Case.closed_at, case_id=Case.id, value=days).where(_closed(filters, scope))


def _to_close_without_waiting(filters: Filters, scope: Scope) -> Select[Any]:
    closed = _closed(filters, scope)
    return _without_waiting(Case.closed_at, Case.closed_after_days, closed)


def _to_first_answer(filters: Filters, scope: Scope) -> Select[Any]:
    days = tenths(not_negative(TO_FIRST_ANSWER)) / 10.0
    return counted(Case.first_answer_at, case_id=Case.id, value=days).where(_answered(filters, scope))


def _to_first_answer_without_waiting(filters: Filters, scope: Scope) -> Select[Any]:
    return _without_waiting(Case.first_answer_at, TO_FIRST_ANSWER, _answered(filters, scope))


def _without_waiting(
    until: SQLColumnExpression[Any], days: SQLColumnExpression[Any], of: ColumnElement[bool]
) -> Select[Any]:
    waits = waited(of, until)
    own = tenths(not_negative(days - func.coalesce(waits.c.days, 0))) / 10.0
    rows = counted(until, case_id=Case.id, value=own).select_from(Case)
    return rows.outerjoin(waits, waits.c.case_id == Case.id).where(of)


_FIRST = "de la réception à la première réponse écrite par un agent, en jours de 24 heures, au dixième"
_END = "de la réception à la fin, en jours calendaires"
_WAITING = (
    " Le temps pendant lequel nous attendions l’usager est ôté : depuis que des pièces lui ont été demandées, ou que "
    "le dossier a été mis « En attente de l’usager », jusqu’à ce que quelque chose arrive de sa part, que l’état "
    "change ou que le dossier se termine."
)
_ANSWERED_HALF = "Parmi les demandes qui ont eu leur première réponse pendant la période, la moitié l’ont eue en moins "
_ANSWERED_NINE = "Neuf sur dix des demandes qui ont eu leur première réponse pendant la période l’ont eue en ce nombre "
_CLOSED_HALF = "Parmi les demandes terminées pendant la période, la moitié l’ont été en moins "
_CLOSED_NINE = "Neuf sur dix des demandes terminées pendant la période l’ont été en ce nombre "
_HALF, _NINE, _VALUE = "de jours que ce nombre, ", "de jours ou moins, ", "Délai (jours)"
_ANSWERED_AT, _CLOSED_AT = "Première réponse le", "Terminée le"

ANSWER_MEDIAN = Figure(
    "premiere-reponse-mediane",
    "Première réponse : délai médian",
    "jours",
    f"{_ANSWERED_HALF}{_HALF}{_FIRST}.",
    _to_first_answer,
    Measure.MEDIAN,
    _ANSWERED_AT,
    _VALUE,
)
ANSWER_NINE = Figure(
    "premiere-reponse-neuf-sur-dix",
    "Première réponse : neuf demandes sur dix",
    "jours",
    f"{_ANSWERED_NINE}{_NINE}{_FIRST}.",
    _to_first_answer,
    Measure.NINE_IN_TEN,
    _ANSWERED_AT,
    _VALUE,
)
OWN_ANSWER_MEDIAN = Figure(
    "premiere-reponse-mediane-hors-attente",
    "Première réponse, hors attente de l’usager : délai médian",
    "jours",
    f"{_ANSWERED_HALF}{_HALF}{_FIRST}.{_WAITING}",
    _to_first_answer_without_waiting,
    Measure.MEDIAN,
    _ANSWERED_AT,
    _VALUE,
)
OWN_ANSWER_NINE = Figure(
    "premiere-reponse-neuf-sur-dix-hors-attente",
    "Première réponse, hors attente de l’usager : neuf demandes sur dix",
    "jours",
    f"{_ANSWERED_NINE}{_NINE}{_FIRST}.{_WAITING}",
    _to_first_answer_without_waiting,
    Measure.NINE_IN_TEN,
    _ANSWERED_AT,
    _VALUE,
)
CLOSE_MEDIAN = Figure(
    "delai-median",
    "Délai médian",
    "jours",
    f"{_CLOSED_HALF}{_HALF}{_END}.",
    _to_close,
    Measure.MEDIAN,
    _CLOSED_AT,
    _VALUE,
)
CLOSE_NINE = Figure(
    "delai-neuf-sur-dix",
    "Délai de neuf demandes sur dix",
    "jours",
    f"{_CLOSED_NINE}{_NINE}{_END}.",
    _to_close,
    Measure.NINE_IN_TEN,
    _CLOSED_AT,
    _VALUE,
)
OWN_CLOSE_MEDIAN = Figure(
    "delai-median-hors-attente",
    "Délai médian, hors attente de l’usager",
    "jours",
    f"{_CLOSED_HALF}{_HALF}{_END}.{_WAITING}",
    _to_close_without_waiting,
    Measure.MEDIAN,
    _CLOSED_AT,
    _VALUE,
)
OWN_CLOSE_NINE = Figure(
    "delai-neuf-sur-dix-hors-attente",
    "Délai de neuf demandes sur dix, hors attente de l’usager",
    "jours",
    f"{_CLOSED_NINE}{_NINE}{_END}.{_WAITING}",
    _to_close_without_waiting,
    Measure.NINE_IN_TEN,
    _CLOSED_AT,
    _VALUE,
)
FAMILY = Family(
    "delais",
    "Délais",
    (
        ANSWER_MEDIAN,
        ANSWER_NINE,
        OWN_ANSWER_MEDIAN,
        OWN_ANSWER_NINE,
        CLOSE_MEDIAN,
        CLOSE_NINE,
        OWN_CLOSE_MEDIAN,
        OWN_CLOSE_NINE,
    ),
)
