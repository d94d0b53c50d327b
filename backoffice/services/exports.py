"""The tables of the reports read for a person, and what citizens say of the answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback
from backoffice.queries import catalogue
from backoffice.queries import feedback as opinions
from backoffice.reports import REPORTS, contacts, feedback, load, summed, sums
from backoffice.reports.base import Filters, Report, Scope
from backoffice.services import counting
from backoffice.services.figures import rounded

ALL_REPORTS = (*REPORTS, *contacts.REPORTS, feedback.BY_PROCEDURE, load.BY_DEPARTMENT)
UNSORTED = "Démarche à choisir"
NO_PROCEDURE = "Sans démarche, ou à choisir"


@dataclass(frozen=True, slots=True)
class Table:
    """A report with its rows as shown: label first, then the figures; `keys` are what the labels stand for."""

    report: Report
    rows: tuple[tuple[Any, ...], ...]
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody said of an answer; `words` is None for who may not read the case."""

    case: Case
    procedure: str
    said: Feedback
    words: str | None


def read_tables(session: Session, actor: Actor, filters: Filters) -> tuple[Table, ...]:
    """Every report of the activity page, within the departments that the actor may count."""
    return _read(session, actor, filters, REPORTS)


def read_contacts(session: Session, actor: Actor, filters: Filters) -> tuple[Table, ...]:
    """What was answered on the spot beside what became a case, within the departments that the actor may count."""
    return _read(session, actor, filters, contacts.REPORTS)


def read_feedback(session: Session, actor: Actor, filters: Filters) -> Table:
    """What citizens say of the answers, by procedure, within the departments that the actor may count."""
    return _read(session, actor, filters, (feedback.BY_PROCEDURE,))[0]


def read_load(session: Session, actor: Actor, filters: Filters) -> Table:
    """What departments have in hand today, within those that the actor may count."""
    return _read(session, actor, filters, (load.BY_DEPARTMENT,))[0]


def read_all(session: Session, actor: Actor, filters: Filters, *, is_counted: bool | None = None) -> tuple[Table, ...]:
    """All of these tables at once: the reports, the contacts, what citizens say, the load.

    `is_counted` says whether every change is, when it is known already.
    """
    return _read(session, actor, filters, ALL_REPORTS, is_counted)


def list_feedback(
    session: Session, actor: Actor, filters: Filters, *, helped: bool | None, limit: int, offset: int = 0
) -> tuple[list[Opinion], int]:
    """A part of the opinions that the figures count, the newest first, and how many they are in all.

    Only with the words of those whose case the actor may read.
    """
    policy.require(actor, Permission.REPORT_READ)
    where = feedback.conditions(filters, Scope.of(actor))
    labels = _labels(session, actor.authority_id)
    found = [
        Opinion(
            case,
            labels.get((feedback.BY_PROCEDURE.code, case.procedure_code), case.procedure_code),
            said,
            words=said.reason if policy.allows(actor, Permission.CASE_READ, case) else None,
        )
        for said, case in opinions.list_opinions(session, where, helped=helped, limit=limit, offset=offset)
    ]
    return found, opinions.count_opinions(session, where, helped=helped)


def _read(
    session: Session, actor: Actor, filters: Filters, reports: Sequence[Report], is_counted: bool | None = None
) -> tuple[Table, ...]:
    """These tables, from what was counted when every change is, else from the cases and contacts themselves."""
    policy.require(actor, Permission.REPORT_READ)
    scope, labels = Scope.of(actor), _labels(session, actor.authority_id)
    if not counting.is_up_to_date(session, actor.authority_id, is_counted):
        rows = (session.execute(report.select(filters, scope)).mappings() for report in reports)
        return tuple(table_of(report, found, labels) for report, found in zip(reports, rows, strict=True))
    parts, ways = summed.parts_of_tables(filters), {summed.way_of(report) for report in reports}
    found_by = {way: sums.read(session, filters, scope, parts, way) for way in ways}
    return tuple(
        table_of(report, summed.rows_of(report, found_by[summed.way_of(report)], filters), labels) for report in reports
    )


def table_of(report: Report, rows: Iterable[Mapping[Any, Any]], labels: Mapping[Any, str]) -> Table:
    """The rows of a report as they are shown; `labels` are names by (code of the report, key)."""
    names = [column.name for column in report.columns[1:]]
    found = [
        (row["key"], (labels.get((report.code, row["key"]), str(row["key"])), *(rounded(row[name]) for name in names)))
        for row in rows
    ]
    return Table(report, tuple(shown for _, shown in found), tuple(key for key, _ in found))


def _labels(session: Session, authority_id: int) -> dict[Any, str]:
    labels: dict[Any, str] = {
        ("activity_by_procedure", ""): UNSORTED,
        ("feedback_by_procedure", ""): UNSORTED,
        ("contacts_by_motive", ""): NO_PROCEDURE,
    }
    for report in ("activity_by_channel", "contacts_by_channel"):
        labels |= {(report, code): label for code, label in CHANNEL_LABELS.items()}
    for department in catalogue.list_departments(session, authority_id, with_inactive=True):
        for report in ("activity_by_department", "load_by_department"):
            labels[report, department.id] = department.name
    for code, title in catalogue.list_procedure_titles(session, authority_id, open_only=False):
        for report in ("activity_by_procedure", "feedback_by_procedure", "contacts_by_motive"):
            labels[report, code] = title
    return labels
