"""What comes back or goes round: cases opened again, people who come back, transfers from department to department."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased

from backoffice.models.cases import Case, CaseEvent
from backoffice.models.contacts import Contact
from backoffice.reports.base import Filters, Scope
from backoffice.reports.durations import DaysBetween
from backoffice.reports.figures import Family, Figure, counted
from backoffice.reports.volumes import of_contacts, received_in

CAME_BACK_WITHIN_DAYS = 15
# SQLite would walk the cases of the authority, not the few of the person.
OF_THE_PERSON = ("INDEXED BY ix_cases_citizen", "sqlite")


def _lines(kind: str) -> Callable[[Filters, Scope], Select[Any]]:
    """The lines of this kind in the histories of the cases that may be counted, during the period."""

    def rows(filters: Filters, scope: Scope) -> Select[Any]:
        # Written out: the index of these lines alone is only chosen when the planner sees the value.
        written = and_(CaseEvent.authority_id == scope.authority_id, CaseEvent.kind == literal_column(f"'{kind}'"))
        lines = counted(CaseEvent.at, case_id=CaseEvent.case_id).join(Case, Case.id == CaseEvent.case_id)
        return lines.where(written, filters.includes(CaseEvent.at), scope.conditions(filters))

    return rows


def _came_back(filters: Filters, scope: Scope) -> Select[Any]:
    by_case = and_(received_in(filters), scope.conditions(filters), Case.citizen_id.is_not(None))
    again = _came_before(filters, scope, Case.citizen_id, Case.received_at, Case.procedure_code)
    cases = counted(Case.received_at, case_id=Case.id).where(by_case, again)
    by_contact = and_(of_contacts(filters, scope), Contact.case_id.is_(None), Contact.citizen_id.is_not(None))
    again = _came_before(filters, scope, Contact.citizen_id, Contact.at, Contact.motive)
    contacts = counted(Contact.at, contact_id=Contact.id).where(by_contact, again)
    both = union_all(cases, contacts).subquery("both")
    return counted(both.c.at, case_id=both.c.case_id, contact_id=both.c.contact_id, value=both.c.value)


def _came_before(
    filters: Filters,
    scope: Scope,
    citizen: SQLColumnExpression[Any],
    at: SQLColumnExpression[Any],
    matter: SQLColumnExpression[Any],
) -> ColumnElement[bool]:
    """Whether the same person had come about the same matter soon before, by any channel, as far as one may know."""
    known = replace(filters, channel="", department_id=None, procedure="")
    case_, contact = aliased(Case), aliased(Contact)
    by_case = select(case_.id).with_hint(case_, *OF_THE_PERSON)
    by_case = by_case.where(
        case_.citizen_id == citizen,
        case_.procedure_code == matter,
        is_soon(case_.received_at, at),
        scope.counted(known, case_, case_.procedure_code),
    )
    by_contact = select(contact.id).where(
        contact.citizen_id == citizen,
        contact.motive == matter,
        contact.case_id.is_(None),
        is_soon(contact.at, at),
        scope.counted(known, contact, contact.motive),
    )
    return and_(matter != "", or_(by_case.exists(), by_contact.exists()))


def is_soon(before: SQLColumnExpression[Any], at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether an instant is shortly before another."""
    return and_(before < at, DaysBetween(before, at) <= CAME_BACK_WITHIN_DAYS)


REOPENED = Figure(
    "rouvertes",
    "Rouvertes",
    "réouvertures",
    "Réouvertures, pendant la période, de demandes qui étaient terminées, par un agent ou par un message de l’usager ; "
    "une demande rouverte deux fois compte deux fois.",
    _lines("reopened"),
    at_title="Rouverte le",
)
REPEATED = Figure(
    "usagers-revenus",
    f"Usagers revenus sous {CAME_BACK_WITHIN_DAYS} jours",
    "retours",
    "Demandes et réponses immédiates de la période dont l’usager, connu, était déjà venu pour la même démarche dans "
    f"les {CAME_BACK_WITHIN_DAYS} jours qui précèdent, par quelque canal que ce soit.",
    _came_back,
    at_title="Date",
)
TRANSFERRED = Figure(
    "transferts",
    "Transferts entre services",
    "transferts",
    "Fois où une demande est passée d’un service à un autre pendant la période ; elle compte pour le service qui l’a "
    "aujourd’hui.",
    _lines("transferred"),
    at_title="Transférée le",
)
FAMILY = Family("retours", "Retours et transferts", (REOPENED, REPEATED, TRANSFERRED))
