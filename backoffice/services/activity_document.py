"""The activity report as one ordered list of sections: what the page, the PDF and the spreadsheets all show."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period
from backoffice.reports.base import Column, Filters
from backoffice.reports.document import Section
from backoffice.reports.figures import Family
from backoffice.services import activity_charts, counting, exports, figures
from backoffice.services.exports import Table
from backoffice.services.figures import Shown

FIGURE_COLUMNS = tuple(
    Column(name, title)
    for name, title in (
        ("figure", "Chiffre"),
        ("value", "Valeur"),
        ("unit", "Unité"),
        ("before", "Période comparée"),
        ("change", "Différence"),
        ("definition", "Définition"),
    )
)


def read_sections(session: Session, actor: Actor, filters: Filters, compared: Period) -> tuple[Section, ...]:
    """The whole report within what the actor may count: key figures by family, then charts, then tables.

    Raise Forbidden without the right to read reports.
    """
    policy.require(actor, Permission.REPORT_READ)
    known = counting.is_up_to_date(session, actor.authority_id)
    families = figures.read_figures(session, actor, filters, compared, is_counted=known)
    tables = exports.read_all(session, actor, filters, is_counted=known)
    return (
        *(_of_figures(family, shown) for family, shown in families),
        *activity_charts.read_sections(session, actor, filters, tables[0], is_counted=known),
        *(of_table(table) for table in tables),
    )


def _of_figures(family: Family, shown: tuple[Shown, ...]) -> Section:
    rows = tuple(
        (one.figure.title, one.value, one.figure.unit, one.before, one.change, one.figure.definition) for one in shown
    )
    said = "Chaque chiffre, celui de la période à laquelle il est comparé, et ce qu’il compte exactement."
    return Section(family.code, family.title, said, FIGURE_COLUMNS, rows, keys=tuple(one.figure.code for one in shown))


def of_table(table: Table) -> Section:
    """A table as a section."""
    report = table.report
    return Section(report.code, report.title, report.definition, report.columns, table.rows, keys=table.keys)
