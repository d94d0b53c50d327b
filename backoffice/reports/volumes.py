"""What came in, what was answered on the spot, what ended, what is left."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, union_all

from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.reports.base import Filters, Scope
from backoffice.reports.durations import DaysBetween
from backoffice.reports.figures import Family, Figure, Measure, counted


def received_in(filters: Filters) -> ColumnElement[bool]:
    """The cases received during the period."""
    return and_(Case.received_on >= filters.start, Case.received_on <= filters.end)


def closed_in(filters: Filters) -> ColumnElement[bool]:
    """The cases closed during the period."""
    return and_(Case.closed_on >= filters.start, Case.closed_on <= filters.end)


def left_at_end(filters: Filters) -> ColumnElement[bool]:
    """The cases received at the end of the period and not closed then."""
    return and_(Case.received_on <= filters.end, or_(Case.closed_on.is_(None), Case.closed_on > filters.end))


def of_contacts(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    """The contacts of the period that may be counted."""
    return and_(filters.includes(Contact.at), scope.counted(filters, Contact, Contact.motive))


def _received(filters: Filters, scope: Scope) -> Select[Any]:
    return counted(Case.received_at, case_id=Case.id).where(received_in(filters), scope.conditions(filters))


def _answered_now(filters: Filters, scope: Scope) -> Select[Any]:
    apart = and_(of_contacts(filters, scope), Contact.case_id.is_(None))
    return counted(Contact.at, contact_id=Contact.id).where(apart)


def _together(filters: Filters, scope: Scope) -> Select[Any]:
    both = union_all(_received(filters, scope), _answered_now(filters, scope)).subquery("both")
    return counted(both.c.at, case_id=both.c.case_id, contact_id=both.c.contact_id, value=both.c.value)


def _closed(filters: Filters, scope: Scope) -> Select[Any]:
    return counted(Case.closed_at, case_id=Case.id).where(closed_in(filters), scope.conditions(filters))


def _left(filters: Filters, scope: Scope) -> Select[Any]:
    age = DaysBetween(Case.received_on, literal(min(filters.end, filters.today)))
    left = and_(left_at_end(filters), scope.conditions(filters))
    return counted(Case.received_at, case_id=Case.id, value=age).where(left)


RECEIVED = Figure("recues", "Reçues", "demandes", "Demandes dont la date de réception est dans la période.", _received)
ANSWERED_NOW = Figure(
    "reponses-immediates",
    "Réponses immédiates",
    "échanges",
    "Visites, appels et courriers de la période auxquels un agent a répondu sur-le-champ, sans ouvrir de demande.",
    _answered_now,
    at_title="Date",
)
TOGETHER = Figure(
    "ensemble",
    "Ensemble",
    "demandes et réponses immédiates",
    "Réponses immédiates et demandes de la période, chacune comptée une fois.",
    _together,
    at_title="Date",
)
CLOSED = Figure(
    "terminees",
    "Terminées",
    "demandes",
    "Demandes terminées pendant la période, quelle que soit leur date de réception.",
    _closed,
    at_title="Terminée le",
)
BACKLOG = Figure(
    "en-cours",
    "En cours à la fin",
    "demandes",
    "Demandes reçues au plus tard le dernier jour et non terminées ce jour-là ; une demande rouverte depuis en est.",
    _left,
    value_title="Âge (jours)",
)
BACKLOG_MEDIAN_AGE = Figure(
    "age-median",
    "Âge médian des demandes en cours",
    "jours",
    "Parmi les demandes en cours à la fin de la période, la moitié avaient été reçues depuis moins de jours que ce "
    "nombre, en jours calendaires.",
    _left,
    Measure.MEDIAN,
    value_title="Âge (jours)",
)
BACKLOG_OLDEST_AGE = Figure(
    "age-de-la-plus-ancienne",
    "Âge de la plus ancienne",
    "jours",
    "Jours calendaires écoulés, à la fin de la période, depuis la réception de la plus ancienne des demandes en cours.",
    _left,
    Measure.LARGEST,
    value_title="Âge (jours)",
)
FAMILY = Family(
    "volumes",
    "Volumes",
    (RECEIVED, ANSWERED_NOW, TOGETHER, CLOSED, BACKLOG, BACKLOG_MEDIAN_AGE, BACKLOG_OLDEST_AGE),
)
