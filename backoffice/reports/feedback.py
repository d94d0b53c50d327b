"""Whether answers helped, in the words of those who got them: by procedure, and one by one."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback
from backoffice.reports.base import Column, Filters, Report, Scope
from backoffice.reports.figures import Family, Figure, Measure, counted, flag


def conditions(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    """The opinions given during the period, on cases that may be counted."""
    return and_(filters.includes(Feedback.at), scope.conditions(filters))


def _judged(filters: Filters, scope: Scope) -> Select[Any]:
    opinions = counted(Feedback.at, case_id=Feedback.case_id, value=flag(Feedback.helped))
    return opinions.join(Case, Case.id == Feedback.case_id).where(conditions(filters, scope))


JUDGED = Figure(
    "appreciations-donnees",
    "Appréciations",
    "appréciations",
    "Appréciations données pendant la période, quelle que soit la date de la réponse.",
    _judged,
    at_title="Appréciation donnée le",
    value_title="Elle a aidé",
    is_yes_or_no=True,
)
HELPED = Figure(
    "satisfaction",
    "Part qui a aidé",
    "%",
    "Parmi les appréciations données pendant la période, la part de « oui » à la question « La réponse vous a-t-elle "
    "aidé ? ».",
    _judged,
    Measure.SHARE,
    "Appréciation donnée le",
    "Elle a aidé",
    is_yes_or_no=True,
)
FAMILY = Family("satisfaction", "Satisfaction", (JUDGED, HELPED))


def _by_procedure(filters: Filters, scope: Scope) -> Select[Any]:
    helped = func.sum(case((Feedback.helped, 1), else_=0))
    judged = func.count()
    return (
        select(
            Case.procedure_code.label("key"),
            judged.label("judged"),
            helped.label("helped"),
            (judged - helped).label("not_helped"),
            (helped * 100.0 / judged).label("share"),
        )
        .select_from(Feedback)
        .join(Case, Case.id == Feedback.case_id)
        .where(conditions(filters, scope))
        .group_by(Case.procedure_code)
        .order_by(judged.desc(), Case.procedure_code)
    )


BY_PROCEDURE = Report(
    "feedback_by_procedure",
    "La réponse vous a-t-elle aidé ?",
    "Les appréciations données pendant la période par les usagers sur la réponse qu’ils ont reçue, selon la démarche.",
    (
        Column("key", "Démarche"),
        JUDGED.column("judged"),
        Column("helped", "Elle a aidé"),
        Column("not_helped", "Elle n’a pas aidé"),
        HELPED.column("share", "%"),
    ),
    _by_procedure,
)
