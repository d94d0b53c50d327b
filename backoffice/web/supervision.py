"""The activity page, and the opinions that it counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.reports import feedback
from backoffice.reports.base import NOT_CHOSEN, Column
from backoffice.services import activity_charts, agent_figures, counting, exports, figures
from backoffice.web import activity_filters, page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("supervision", __name__, url_prefix="/agents/activite")

OPINIONS = 50
# The relay counts what changes within the second; who reads before it does so, for so long.
CATCH_UP_SECONDS = 0.2
FEEDBACK = feedback.BY_PROCEDURE
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
    counting.catch_up(runtime(), CATCH_UP_SECONDS)
    with runtime().database.reading() as session:
        known = counting.is_up_to_date(session, actor().authority_id)
        families = figures.read_figures(session, actor(), asked.filters, asked.compared, is_counted=known)
        tables = exports.read_all(session, actor(), asked.filters, is_counted=known)
        drawn = activity_charts.read_sections(session, actor(), asked.filters, tables[0], is_counted=known)
        agents = agent_figures.read_table(session, actor(), asked.filters)
        chosen = agent_figures.find_last_change(session, actor().authority_id) if agents else None
        options = activity_filters.list_options(session)
    lists = _Lists(url_for("supervision.show"), activity_filters.kept())
    page = render_template(
        "supervision/activity.html",
        families=families,
        number_of=figures.in_words,
        has_cases=bool(tables[0].rows),
        sections=drawn,
        tables=[table for table in tables if table.rows and table.report is not FEEDBACK],
        feedback=next(table for table in tables if table.report is FEEDBACK),
        agents=agents,
        chosen=chosen,
        definitions=_definitions((*tables, agents) if agents else tables),
        table_headings=lambda table: headings(table.report.columns),
        list_url=lists.of_figure,
        cell_url=lists.of_cell,
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


@pages.get("/appreciations")
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


@dataclass(frozen=True, slots=True)
class _Lists:
    """Where the rows that figures count are listed: a page has a hundred of these addresses."""

    address: str
    kept: dict[str, Any]

    def of_figure(self, code: str, **narrowed: Any) -> str:
        """The list of a figure, narrowed when it is one of a row of a table."""
        query = urlencode(self.kept | narrowed)
        return f"{self.address}{code}?{query}" if query else f"{self.address}{code}"

    def of_cell(self, table: exports.Table, row: int, column: int) -> str | None:
        """The list of a cell of a table, when it is a figure."""
        code, filter_name = table.report.columns[column].figure, NARROWED_BY.get(table.report.code)
        if not code or filter_name is None:
            return None
        return self.of_figure(code, **{filter_name: table.keys[row] or NOT_CHOSEN})


def _definitions(tables: Iterable[exports.Table]) -> dict[str, str]:
    """What the columns say that are no figure."""
    columns = (column for table in tables for column in table.report.columns if not column.figure)
    return {column.title: column.definition for column in columns if column.definition}


def headings(columns: Sequence[Column], *, texts: int = 1) -> list[dict[str, object]]:
    """The headings of a table whose first columns are texts, and whose others are numbers."""
    return [{"label": column.title, "numeric": place >= texts} for place, column in enumerate(columns)]
