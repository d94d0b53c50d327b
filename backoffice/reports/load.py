"""What departments have in hand today; no agent is named, and none is counted apart."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from backoffice.models.cases import Case
from backoffice.reports.base import Column, Filters, Report, Scope
from backoffice.reports.figures import FEWEST_AGENTS, Family, Figure, Measure, counted


def _open(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    return and_(Case.closed_at.is_(None), scope.conditions(filters))


def _in_charge(filters: Filters, scope: Scope) -> Select[Any]:
    held = and_(_open(filters, scope), Case.assignee_id.is_not(None))
    return counted(Case.received_at, case_id=Case.id, value=Case.assignee_id).where(held)


def _nobody(filters: Filters, scope: Scope) -> Select[Any]:
    free = and_(_open(filters, scope), Case.assignee_id.is_(None))
    return counted(Case.received_at, case_id=Case.id).where(free)


TAKEN = Figure(
    "prises-en-charge",
    "Prises en charge aujourd’hui",
    "demandes",
    "Demandes en cours aujourd’hui dont un agent a la charge, quelle que soit la période choisie.",
    _in_charge,
    of_today=True,
)
UNASSIGNED = Figure(
    "sans-agent",
    "Sans agent aujourd’hui",
    "demandes",
    "Demandes en cours aujourd’hui dont aucun agent n’a la charge, quelle que soit la période choisie.",
    _nobody,
    of_today=True,
)
PER_AGENT = Figure(
    "charge-par-agent",
    "Demandes par agent en charge",
    "demandes par agent",
    "Demandes en cours aujourd’hui dont un agent a la charge, divisées par le nombre d’agents qui en ont au moins une. "
    f"Rien n’est affiché avec moins de {FEWEST_AGENTS} agents : la moyenne serait le chiffre de l’un d’eux.",
    _in_charge,
    Measure.PER_AGENT,
    of_today=True,
)
FAMILY = Family("charge", "Charge aujourd’hui", (TAKEN, UNASSIGNED, PER_AGENT))


def _by_department(filters: Filters, scope: Scope) -> Select[Any]:
    taken, agents = func.count(Case.assignee_id), func.count(Case.assignee_id.distinct())
    held = select(
        Case.department_id.label("key"),
        taken.label("taken"),
        (func.count() - taken).label("unassigned"),
        case((agents >= FEWEST_AGENTS, taken * 1.0 / agents)).label("per_agent"),
    )
    return (
        held.where(_open(filters, scope)).group_by(Case.department_id).order_by(func.count().desc(), Case.department_id)
    )


BY_DEPARTMENT = Report(
    "load_by_department",
    "Charge par service",
    "Les demandes en cours aujourd’hui, selon le service qui les a.",
    (
        Column("key", "Service"),
        TAKEN.column("taken"),
        UNASSIGNED.column("unassigned"),
        PER_AGENT.column("per_agent"),
    ),
    _by_department,
)
