"""Which answers did not help, by procedure: what citizens say of them, cases opened again, people who come back."""

from typing import Any

from sqlalchemy import CTE, Select, case, func, select, union
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.models.cases import Case
from backoffice.models.columns import Number
from backoffice.reports import feedback, return_motives, returns
from backoffice.reports.base import Column, Filters, Report, Scope
from backoffice.reports.figures import Figure


def _counted(name: str, figure: Figure, filters: Filters, scope: Scope) -> CTE:
    rows = figure.rows(filters, scope).subquery(f"{name}_rows")
    key: InstrumentedAttribute[str] = Case.procedure_code
    no = func.coalesce(func.sum(case((rows.c.value == 0, 1), else_=0)), 0)
    counts = select(key.label("key"), func.count().label("n"), no.cast(Number).label("no"))
    return counts.select_from(rows).join(Case, Case.id == rows.c.case_id).group_by(key).cte(name)


def _select(filters: Filters, scope: Scope) -> Select[Any]:
    judged = _counted("judged", feedback.JUDGED, filters, scope)
    reopened = _counted("reopened", returns.REOPENED, filters, scope)
    returned = return_motives.BY_PROCEDURE.select(filters, scope).order_by(None).cte("returned")
    keys = union(*(select(part.c.key) for part in (judged, reopened, returned))).cte("keys")
    share = judged.c.no * 100.0 / func.nullif(judged.c.n, 0)
    query = select(
        keys.c.key,
        func.coalesce(judged.c.n, 0).label("judged"),
        func.coalesce(judged.c.no, 0).label("not_helped"),
        share.label("share"),
        func.coalesce(reopened.c.n, 0).label("reopened"),
        func.coalesce(returned.c.returns, 0).label("returns"),
    ).select_from(keys)
    for part in (judged, reopened, returned):
        query = query.outerjoin(part, part.c.key == keys.c.key)
    return query.order_by(func.coalesce(share, -1).desc(), func.coalesce(judged.c.n, 0).desc(), keys.c.key)


BY_PROCEDURE = Report(
    "answers_by_procedure",
    "Les réponses qui n’ont pas aidé",
    "Ce que les usagers disent des réponses reçues, et ceux pour qui la réponse n’a pas suffi, selon la démarche : "
    "celles qui aident le moins d’abord.",
    (
        Column("key", "Démarche"),
        feedback.JUDGED.column("judged"),
        Column(
            "not_helped",
            "N’a pas aidé",
            "Parmi les appréciations données pendant la période, celles qui répondent « non » à la question « La "
            "réponse vous a-t-elle aidé ? ».",
        ),
        Column("share", "Part qui n’a pas aidé (%)", "« N’a pas aidé » pour cent appréciations de la période."),
        returns.REOPENED.column("reopened"),
        returns.REPEATED.column("returns"),
    ),
    _select,
)
