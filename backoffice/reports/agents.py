"""What each agent has in hand and has closed: shown only where the authority chose it, for a reason."""

from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from backoffice.models.cases import Case
from backoffice.reports.base import Column, Filters, Report, Scope
from backoffice.reports.volumes import closed_in


def _by_agent(filters: Filters, scope: Scope) -> Select[Any]:
    is_open, closed = Case.closed_at.is_(None), closed_in(filters)
    held = func.sum(case((is_open, 1), else_=0))
    ended = func.sum(case((closed, 1), else_=0))
    counted = select(Case.assignee_id.label("key"), held.label("taken"), ended.label("closed"))
    mine = and_(Case.assignee_id.is_not(None), or_(is_open, closed), scope.conditions(filters))
    return counted.where(mine).group_by(Case.assignee_id).order_by(held.desc(), Case.assignee_id)


BY_AGENT = Report(
    "activity_by_agent",
    "Par agent",
    "Les demandes selon l’agent qui en a la charge : ce chiffre dit qui a quoi en main, non qui travaille bien.",
    (
        Column("key", "Agent"),
        Column("taken", "En charge aujourd’hui", "Demandes en cours aujourd’hui dont cet agent a la charge."),
        Column("closed", "Terminées", "Demandes terminées pendant la période, dont cet agent a la charge."),
    ),
    _by_agent,
)
