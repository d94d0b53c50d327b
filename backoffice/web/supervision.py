"""The activity page and its export: the same figures and tables."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Permission
from backoffice.reports.base import NOT_CHOSEN
from backoffice.services import exports, figures
from backoffice.web import activity_filters, page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.activity_filters import Asked
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("supervision", __name__, url_prefix="/agents/activite")

OPINIONS = 50
# What narrows the list of a figure to a row of a table, by the code of its report.
NARROWED_BY = {
    "activity_by_channel": "canal",
    "activity_by_department": "service",
    "activity_by_procedure": "demarche",
    "contacts_by_channel": "canal",
    "contacts_by_motive": "demarche",
    "load_by_department": "service",
}


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show() -> ResponseReturnValue:
    """What came in, what was closed, what waits, how long it took, on a free period compared with another."""
    asked = activity_filters.read()
    with runtime().database.reading() as session:
        families = figures.read_figures(session, actor(), asked.filters, asked.compared)
        months = figures.read_months(session, actor(), asked.filters)
        tables = exports.read_tables(session, actor(), asked.filters)
        contacts = exports.read_contacts(session, actor(), asked.filters)
        load = exports.read_load(session, actor(), asked.filters)
        feedback = exports.read_feedback(session, actor(), asked.filters)
        options = activity_filters.list_options(session)
    page = render_template(
        "supervision/activity.html",
        families=families,
        number_of=figures.in_words,
        months=[(month.name, count) for month, count in months],
        tables=tables,
        contacts=contacts,
        load=load,
        feedback=feedback,
        chart_rows=_chart_rows,
        table_headings=_headings,
        list_url=_list_url,
        cell_url=_cell_url,
        filters=asked.filters,
        period=asked.period,
        compared=asked.compared,
        errors=asked.faults,
        asked=activity_filters.kept(),
        options=options,
        comparisons=activity_filters.COMPARISONS,
        periods=activity_filters.list_periods(today_here()),
        before_url=activity_filters.during(asked.period.before()),
        after_url=activity_filters.during(asked.period.after()),
    )
    return page, 422 if asked.faults else 200


@pages.get("/activite.csv")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def export() -> ResponseReturnValue:
    """The same figures and tables for a spreadsheet."""
    asked = activity_filters.read()
    with runtime().database.reading() as session:
        families = figures.read_figures(session, actor(), asked.filters, asked.compared)
        tables = _read_tables(session, asked)
    answer = Response(
        exports.csv_file(families, tables, asked.filters, asked.compared, authority().name), mimetype="text/csv"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{exports.file_name(asked.filters)}"'
    return answer


def _read_tables(session: Session, asked: Asked) -> tuple[exports.Table, ...]:
    who, filters = actor(), asked.filters
    return (
        *exports.read_tables(session, who, filters),
        *exports.read_contacts(session, who, filters),
        exports.read_feedback(session, who, filters),
        exports.read_load(session, who, filters),
    )


@pages.get("/avis")
@audience(Audience.STAFF, Permission.REPORT_READ)
def opinions() -> ResponseReturnValue:
    """What citizens say of the answers: the very opinions that a figure of the activity page counts."""
    asked = activity_filters.read()
    helped, number = {"oui": True, "non": False}.get(request.args.get("aide", "")), page_numbers.asked()
    before = (number - 1) * OPINIONS
    with runtime().database.reading() as session:
        found, total = exports.list_feedback(
            session, actor(), asked.filters, helped=helped, limit=OPINIONS, offset=before
        )
    page = render_template(
        "supervision/opinions.html",
        found=found,
        total=total,
        filters=asked.filters,
        helped=helped,
        activity_url=url_for("supervision.show", **activity_filters.kept()),
        previous_url=_opinions_url(number - 1) if number > 1 else None,
        next_url=_opinions_url(number + 1) if number * OPINIONS < total else None,
    )
    return page, 422 if asked.faults else 200


def _opinions_url(number: int) -> str:
    return url_for("supervision.opinions", **activity_filters.kept(aide=request.args.get("aide"), page=number))


def _list_url(code: str, **narrowed: Any) -> str:
    """Where the rows that a figure counts are listed."""
    return url_for("figures.listed", figure=code, **activity_filters.kept(**narrowed))


def _cell_url(table: exports.Table, row: int, column: int) -> str | None:
    """Where the rows that a cell of a table counts are listed, when it is a figure."""
    code, filter_name = table.report.columns[column].figure, NARROWED_BY.get(table.report.code)
    if not code or filter_name is None:
        return None
    return _list_url(code, **{filter_name: table.keys[row] or NOT_CHOSEN})


def _chart_rows(table: exports.Table) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in table.rows]


def _headings(table: exports.Table) -> list[dict[str, object]]:
    first, *columns = table.report.columns
    return [{"label": first.title}, *({"label": column.title, "numeric": True} for column in columns)]
