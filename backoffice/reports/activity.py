"""Received, closed, backlog and median delay of a period, in all and by channel, department or procedure."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.models.cases import Case
from backoffice.reports import delays, volumes
from backoffice.reports.base import Column, Filters, Report, Scope

Key = ColumnElement[Any] | InstrumentedAttribute[Any]

FIGURES = (
    volumes.RECEIVED.column("received"),
    volumes.CLOSED.column("closed"),
    volumes.BACKLOG.column("backlog"),
    delays.CLOSE_MEDIAN.column("median_days", "jours"),
)


def _counted(name: str, key: Key, *conditions: ColumnElement[bool]) -> CTE:
    return select(key.label("key"), func.count().label("n")).where(*conditions).group_by("key").cte(name)


def _median(key: Key, *conditions: ColumnElement[bool]) -> CTE:
    # The mean of the one or two middle rows: the same arithmetic on both engines.
    ranked = (
        select(
            key.label("key"),
            Case.closed_after_days.label("days"),
            func.row_number().over(partition_by=key, order_by=Case.closed_after_days).label("rank"),
            func.count().over(partition_by=key).label("n"),
        )
        .where(Case.closed_after_days.is_not(None), *conditions)
        .subquery("ranked")
    )
    middle = or_(
        ranked.c.rank * 2 == ranked.c.n,
        ranked.c.rank * 2 == ranked.c.n + 1,
        ranked.c.rank * 2 == ranked.c.n + 2,
    )
    medians = select(ranked.c.key.label("key"), func.avg(ranked.c.days * 1.0).label("days")).where(middle)
    return medians.group_by(ranked.c.key).cte("medians")


def _by(key: Key) -> Callable[[Filters, Scope], Select[Any]]:
    def build(filters: Filters, scope: Scope) -> Select[Any]:
        allowed = scope.conditions(filters)
        ended = and_(volumes.closed_in(filters), allowed)
        received = _counted("received", key, volumes.received_in(filters), allowed)
        closed, backlog = (
            _counted("closed", key, ended),
            _counted("backlog", key, volumes.left_at_end(filters), allowed),
        )
        medians = _median(key, ended)
        keys = union(*(select(part.c.key) for part in (received, closed, backlog))).cte("keys")
        return (
            select(
                keys.c.key,
                func.coalesce(received.c.n, 0).label("received"),
                func.coalesce(closed.c.n, 0).label("closed"),
                func.coalesce(backlog.c.n, 0).label("backlog"),
                medians.c.days.label("median_days"),
            )
            .select_from(keys)
            .outerjoin(received, received.c.key == keys.c.key)
            .outerjoin(closed, closed.c.key == keys.c.key)
            .outerjoin(backlog, backlog.c.key == keys.c.key)
            .outerjoin(medians, medians.c.key == keys.c.key)
            .order_by(func.coalesce(received.c.n, 0).desc(), keys.c.key)
        )

    return build


BY_CHANNEL = Report(
    "activity_by_channel",
    "Par canal",
    "L’activité selon le canal par lequel la demande est arrivée.",
    (Column("key", "Canal"), *FIGURES),
    _by(Case.channel),
)
BY_DEPARTMENT = Report(
    "activity_by_department",
    "Par service",
    "L’activité selon le service qui a le dossier aujourd’hui.",
    (Column("key", "Service"), *FIGURES),
    _by(Case.department_id),
)
BY_PROCEDURE = Report(
    "activity_by_procedure",
    "Par démarche",
    "L’activité selon la démarche ; les demandes non encore orientées sont comptées à part.",
    (Column("key", "Démarche"), *FIGURES),
    _by(Case.procedure_code),
)
