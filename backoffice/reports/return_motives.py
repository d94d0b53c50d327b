"""Why people came back soon: about what, and what they had been answered the time before."""

from dataclasses import replace
from typing import Any

from sqlalchemy import CTE, Select, String, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.ready_answers import ReadyAnswerVersion
from backoffice.reports.base import Column, Filters, Report, Scope
from backoffice.reports.figures import Figure, counted
from backoffice.reports.returns import OF_THE_PERSON, REPEATED, is_soon

ANSWER, CLOSED, RUNNING, SPOKEN = "reponse-", "terminee-", "en-cours", "sur-le-champ"
"""What had been answered: a ready answer (its number follows), a decision (its outcome follows), nothing yet, or words
that no ready answer holds."""


def _returns(filters: Filters, scope: Scope) -> CTE:
    """What the figure counts, each with its person and its matter."""
    rows = REPEATED.rows(filters, scope).subquery("returned")
    is_case = rows.c.case_id.is_not(None)
    return (
        select(
            rows.c.case_id,
            rows.c.contact_id,
            rows.c.at,
            case((is_case, Case.citizen_id), else_=Contact.citizen_id).label("citizen_id"),
            case((is_case, Case.procedure_code), else_=Contact.motive).label("matter"),
        )
        .select_from(rows)
        .outerjoin(Case, Case.id == rows.c.case_id)
        .outerjoin(Contact, Contact.id == rows.c.contact_id)
        .cte("returns")
    )


def _befores(filters: Filters, scope: Scope) -> CTE:
    """The same with the last time before, by any channel, as far as one may know: `key` is what was answered then."""
    known, returns = replace(filters, channel="", department_id=None, procedure=""), _returns(filters, scope)
    earlier, contact = aliased(Case), aliased(Contact)
    ended = and_(earlier.closed_at.is_not(None), earlier.closed_at <= returns.c.at)
    outcome = literal(CLOSED, String()).concat(func.coalesce(earlier.outcome, ""))
    by_case = (
        select(*returns.c, earlier.received_at.label("before"), case((ended, outcome), else_=RUNNING).label("key"))
        .with_hint(earlier, *OF_THE_PERSON)
        .join(earlier, and_(earlier.citizen_id == returns.c.citizen_id, earlier.procedure_code == returns.c.matter))
        .where(is_soon(earlier.received_at, returns.c.at), scope.counted(known, earlier, earlier.procedure_code))
    )
    given = ReadyAnswerVersion.answer_id
    answer = literal(ANSWER, String()).concat(cast(given, String()))
    by_contact = (
        select(*returns.c, contact.at.label("before"), case((given.is_not(None), answer), else_=SPOKEN).label("key"))
        .join(contact, and_(contact.citizen_id == returns.c.citizen_id, contact.motive == returns.c.matter))
        .outerjoin(ReadyAnswerVersion, ReadyAnswerVersion.id == contact.ready_answer_version_id)
        .where(
            contact.case_id.is_(None),
            is_soon(contact.at, returns.c.at),
            scope.counted(known, contact, contact.motive),
        )
    )
    every = union_all(by_case, by_contact).subquery("every")
    last_first = (every.c.before.desc(), every.c.key)
    rank = func.row_number().over(partition_by=(every.c.case_id, every.c.contact_id), order_by=last_first)
    ranked = select(*every.c, rank.label("rank")).subquery("ranked")
    return select(ranked).where(ranked.c.rank == 1).cte("befores")


def _by(name: str) -> Any:
    def build(filters: Filters, scope: Scope) -> Select[Any]:
        found = _befores(filters, scope)
        key = found.c[name].label("key")
        return select(key, func.count().label("returns")).group_by(key).order_by(func.count().desc(), key)

    return build


def answered_so(key: str) -> Figure:
    """The figure of the returns, narrowed to those whom this had been answered: its list is read like any other."""

    def rows(filters: Filters, scope: Scope) -> Select[Any]:
        found = _befores(filters, scope)
        return counted(found.c.at, case_id=found.c.case_id, contact_id=found.c.contact_id).where(found.c.key == key)

    return replace(REPEATED, rows=rows)


BY_PROCEDURE = Report(
    "returns_by_procedure",
    "Pourquoi les usagers reviennent",
    "Les retours de la période, selon la démarche.",
    (Column("key", "Démarche"), REPEATED.column("returns")),
    _by("matter"),
)
BY_ANSWER = Report(
    "returns_by_answer",
    "Ce qui leur avait été répondu",
    "Les mêmes retours, selon ce que nous avions répondu la fois d’avant, au moment où l’usager est revenu.",
    (Column("key", "Réponse donnée la fois d’avant"), Column("returns", "Usagers revenus", REPEATED.definition)),
    _by("key"),
)
