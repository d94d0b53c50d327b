"""Time given by the law and promised by the house: what was kept, what silence decided, what was acknowledged late."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from backoffice.domain.legal_events import EventKind
from backoffice.domain.usual_delays import UNANSWERED
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.reports.base import Filters, Scope
from backoffice.reports.durations import day_of
from backoffice.reports.figures import Family, Figure, Measure, counted, flag
from backoffice.reports.volumes import closed_in

# The first of the two days that the law gives, when it gives any.
_LEGAL_DAY = case(
    (or_(Case.answer_by.is_(None), Case.implicit_on < Case.answer_by), Case.implicit_on), else_=Case.answer_by
)


IS_ANSWERED = Case.outcome.not_in([outcome.value for outcome in UNANSWERED])
HAS_LEGAL_TIME = or_(Case.implicit_on.is_not(None), Case.answer_by.is_not(None))
IN_LEGAL_TIME = and_(Case.closed_on <= _LEGAL_DAY, Case.implicit_outcome == "")
HAS_HOUSE_TIME = Case.target_on.is_not(None)
IN_HOUSE_TIME = Case.closed_on <= Case.target_on
LEFT_AT = func.coalesce(Case.first_acknowledged_at, Case.acknowledged_at)
"""When the first acknowledgement left."""


def _answered(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    return and_(closed_in(filters), IS_ANSWERED, scope.conditions(filters))


def _in_legal_time(filters: Filters, scope: Scope) -> Select[Any]:
    rows = counted(Case.closed_at, case_id=Case.id, value=flag(IN_LEGAL_TIME))
    return rows.where(_answered(filters, scope), HAS_LEGAL_TIME)


def _in_house_time(filters: Filters, scope: Scope) -> Select[Any]:
    rows = counted(Case.closed_at, case_id=Case.id, value=flag(IN_HOUSE_TIME))
    return rows.where(_answered(filters, scope), HAS_HOUSE_TIME)


def born_of_silence(*tests: ColumnElement[bool]) -> Subquery:
    """The day of the decision that silence made, by case. One that was taken back, then decided again, is written
    twice: the last one counts."""
    return (
        select(CaseFact.case_id, func.max(CaseFact.on).label("on"))
        .where(CaseFact.kind == EventKind.IMPLICIT_DECISION.value, *tests)
        .group_by(CaseFact.case_id)
        .subquery("born")
    )


def _implicit(filters: Filters, scope: Scope) -> Select[Any]:
    born = born_of_silence(CaseFact.on >= filters.start)
    stands = and_(Case.implicit_outcome != "", born.c.on <= filters.end, scope.conditions(filters))
    rows = counted(Case.received_at, case_id=Case.id).select_from(born)
    return rows.join(Case, Case.id == born.c.case_id).where(stands)


def _acknowledged_late(filters: Filters, scope: Scope) -> Select[Any]:
    owed = and_(
        Case.acknowledge_by >= filters.start,
        Case.acknowledge_by <= filters.end,
        Case.acknowledge_by < filters.today,
        Case.citizen_id.is_not(None),
    )
    late = or_(LEFT_AT.is_(None), day_of(LEFT_AT, filters) > Case.acknowledge_by)
    return counted(Case.received_at, case_id=Case.id).where(owed, late, scope.conditions(filters))


_ANSWERED = (
    "Parmi les demandes terminées pendant la période (sans les demandes retirées, jointes à une autre, transmises ou "
    "classées sans suite)"
)

LEGAL_TIME = Figure(
    "dans-le-delai-legal",
    "Dans le délai légal",
    "%",
    f"{_ANSWERED} et auxquelles un texte donne un délai, la part de celles qui l’ont été au plus tard le dernier jour "
    "de ce délai et avant toute décision implicite.",
    _in_legal_time,
    Measure.SHARE,
    "Terminée le",
    "Dans le délai",
    is_yes_or_no=True,
)
HOUSE_TIME = Figure(
    "dans-le-delai-annonce",
    "Dans le délai que nous annonçons",
    "%",
    f"{_ANSWERED} et pour lesquelles nous annonçons un délai de réponse, la part de celles qui l’ont été au plus tard "
    "le dernier jour de ce délai.",
    _in_house_time,
    Measure.SHARE,
    "Terminée le",
    "Dans le délai",
    is_yes_or_no=True,
)
IMPLICIT = Figure(
    "decisions-implicites",
    "Décisions implicites",
    "demandes",
    "Demandes que notre silence a fait accepter ou rejeter un jour de la période (articles L. 231-1 et L. 231-4 du "
    "code des relations entre le public et l’administration), même si une décision expresse a suivi.",
    _implicit,
)
ACKNOWLEDGED_LATE = Figure(
    "accuses-en-retard",
    "Accusés de réception en retard",
    "demandes",
    "Demandes d’usagers connus dont l’accusé de réception devait partir au plus tard un jour de la période, déjà "
    "passé, et n’est parti qu’après ou n’est pas parti (dix jours ouvrés, article R. 112-11-2 du même code ; la même "
    "règle est la nôtre pour les autres canaux).",
    _acknowledged_late,
)
FAMILY = Family("echeances", "Échéances", (LEGAL_TIME, HOUSE_TIME, IMPLICIT, ACKNOWLEDGED_LATE))
