"""Reports read for a person, and written as files that equal the screen."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import long_date
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period
from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback
from backoffice.queries import catalogue
from backoffice.queries import feedback as opinions
from backoffice.reports import REPORTS, contacts, feedback, load
from backoffice.reports.base import Filters, Report, Scope
from backoffice.reports.figures import Family
from backoffice.services.figures import Shown, rounded

# A spreadsheet runs a cell that begins with one of these (CSV injection).
RUNS = ("=", "+", "-", "@", "\t", "\r")
UNSORTED = "Démarche à choisir"
NO_PROCEDURE = "Sans démarche, ou à choisir"
FIGURE_COLUMNS = ("Chiffre", "Valeur", "Unité", "Période comparée", "Différence", "Définition")


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
    policy.require(actor, Permission.REPORT_READ)
    scope = Scope.of(actor)
    labels = _labels(session, actor.authority_id)
    return tuple(_read(session, report, filters, scope, labels) for report in REPORTS)


def read_contacts(session: Session, actor: Actor, filters: Filters) -> tuple[Table, ...]:
    """What was answered on the spot beside what became a case, within the departments that the actor may count."""
    policy.require(actor, Permission.REPORT_READ)
    labels, scope = _labels(session, actor.authority_id), Scope.of(actor)
    return tuple(_read(session, report, filters, scope, labels) for report in contacts.REPORTS)


def read_feedback(session: Session, actor: Actor, filters: Filters) -> Table:
    """What citizens say of the answers, by procedure, within the departments that the actor may count."""
    policy.require(actor, Permission.REPORT_READ)
    return _read(session, feedback.BY_PROCEDURE, filters, Scope.of(actor), _labels(session, actor.authority_id))


def read_load(session: Session, actor: Actor, filters: Filters) -> Table:
    """What departments have in hand today, within those that the actor may count."""
    policy.require(actor, Permission.REPORT_READ)
    return _read(session, load.BY_DEPARTMENT, filters, Scope.of(actor), _labels(session, actor.authority_id))


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


def _read(session: Session, report: Report, filters: Filters, scope: Scope, labels: dict[Any, str]) -> Table:
    names = [column.name for column in report.columns[1:]]
    rows = session.execute(report.select(filters, scope)).mappings()
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
    for procedure in catalogue.list_procedures(session, authority_id, open_only=False):
        labels["activity_by_procedure", procedure.code] = procedure.title
        labels["feedback_by_procedure", procedure.code] = procedure.title
        labels["contacts_by_motive", procedure.code] = procedure.title
    return labels


def csv_file(
    families: list[tuple[Family, tuple[Shown, ...]]],
    tables: tuple[Table, ...],
    filters: Filters,
    compared: Period,
    authority_name: str,
) -> bytes:
    """What the page shows, for a French spreadsheet: UTF-8 with BOM, semicolons, decimal commas, parameters first."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Rapport d’activité", safe_cell(authority_name)])
    writer.writerow(["Période", f"du {long_date(filters.start)} au {long_date(filters.end)}"])
    writer.writerow(["Comparée à", compared.name])
    for family, shown in families:
        writer.writerow([])
        writer.writerow([family.title])
        writer.writerow(FIGURE_COLUMNS)
        for one in shown:
            about = (one.figure.title, one.figure.unit, one.figure.definition)
            writer.writerow([about[0], _cell(one.value), about[1], _cell(one.before), one.change, about[2]])
    for table in tables:
        writer.writerow([])
        writer.writerow([table.report.title])
        writer.writerow([column.title for column in table.report.columns])
        writer.writerows([_cell(value) for value in row] for row in table.rows)
    writer.writerow([])
    writer.writerow(["Définitions"])
    columns = {column.title: column.definition for table in tables for column in table.report.columns}
    writer.writerows([title, definition] for title, definition in columns.items() if definition)
    return out.getvalue().encode("utf-8-sig")


def file_name(filters: Filters) -> str:
    """`activite-2026-01-01-2026-01-31.csv`."""
    return f"activite-{filters.start.isoformat()}-{filters.end.isoformat()}.csv"


def safe_cell(text: str) -> str:
    """A text that no spreadsheet will run."""
    return f"'{text}" if text.startswith(RUNS) else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).replace(".", ",") if isinstance(value, int | float) else safe_cell(str(value))
