"""The activity page and its export: the same tables, the same figures."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.days import day_of_field
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Permission
from backoffice.queries import catalogue
from backoffice.reports.base import Filters
from backoffice.services import exports
from backoffice.web import page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("supervision", __name__, url_prefix="/agents/activite")

OPINIONS = 50
FILTERS = ("du", "au", "canal", "service", "demarche")


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_READ)
def show() -> ResponseReturnValue:
    """What came in, what was closed, what waits, on a free period."""
    filters, faults = read_filters(today_here())
    with runtime().database.reading() as session:
        tables = exports.read_tables(session, actor(), filters)
        contacts = exports.read_contacts(session, actor(), filters)
        feedback = exports.read_feedback(session, actor(), filters)
        departments = catalogue.list_departments(session, authority().id, with_inactive=True)
        procedures = catalogue.list_procedures(session, authority().id, open_only=False)
        options = {
            "departments": [(str(d.id), d.name) for d in departments],
            "procedures": [(p.code, p.title) for p in procedures],
            "channels": [(str(code), label) for code, label in CHANNEL_LABELS.items()],
        }
    page = render_template(
        "supervision/activity.html",
        tables=tables,
        contacts=contacts,
        feedback=feedback,
        chart_rows=_chart_rows,
        table_headings=_headings,
        filters=filters,
        errors=faults,
        asked=request.args,
        options=options,
        shortcuts=_shortcuts(today_here()),
    )
    return page, 422 if faults else 200


@pages.get("/activite.csv")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def export() -> ResponseReturnValue:
    """The same tables for a spreadsheet."""
    filters, _ = read_filters(today_here())
    with runtime().database.reading() as session:
        tables = exports.read_tables(session, actor(), filters)
        tables += (*exports.read_contacts(session, actor(), filters), exports.read_feedback(session, actor(), filters))
    answer = Response(exports.csv_file(tables, filters, authority().name), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{exports.file_name(filters)}"'
    return answer


@pages.get("/avis")
@audience(Audience.STAFF, Permission.REPORT_READ)
def opinions() -> ResponseReturnValue:
    """What citizens say of the answers: the very opinions that a figure of the activity page counts."""
    filters, faults = read_filters(today_here())
    helped, number = {"oui": True, "non": False}.get(request.args.get("aide", "")), page_numbers.asked()
    before = (number - 1) * OPINIONS
    with runtime().database.reading() as session:
        found, total = exports.list_feedback(session, actor(), filters, helped=helped, limit=OPINIONS, offset=before)
    page = render_template(
        "supervision/opinions.html",
        found=found,
        total=total,
        filters=filters,
        helped=helped,
        activity_url=url_for("supervision.show", **_asked()),
        previous_url=_opinions_url(number - 1) if number > 1 else None,
        next_url=_opinions_url(number + 1) if number * OPINIONS < total else None,
    )
    return page, 422 if faults else 200


def _opinions_url(number: int) -> str:
    return url_for("supervision.opinions", **_asked(), aide=request.args.get("aide"), page=number)


def _asked() -> dict[str, Any]:
    return {name: request.args[name] for name in FILTERS if name in request.args}


def read_filters(today: date) -> tuple[Filters, dict[str, str]]:
    """The filters of the address; what cannot be read falls back to the last full month, with a sentence."""
    start, end = last_full_month(today)
    faults: dict[str, str] = {}
    start = day_of_field(request.args, "du", faults, required=False) or start
    end = day_of_field(request.args, "au", faults, required=False) or end
    if start > end and not faults:
        faults["au"] = "La période finit avant de commencer : choisissez une date de fin plus tardive."
        end = start
    filters = Filters(
        start,
        end,
        channel=request.args.get("canal", ""),
        department_id=row_ids.read(request.args.get("service", "")),
        procedure=request.args.get("demarche", ""),
        timezone=authority().timezone,
    )
    return filters, faults


def last_full_month(today: date) -> tuple[date, date]:
    """The first and last day of the month before this one."""
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _chart_rows(table: exports.Table) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in table.rows]


def _headings(table: exports.Table) -> list[dict[str, object]]:
    first, *figures = table.report.columns
    return [{"label": first.title}, *({"label": column.title, "numeric": True} for column in figures)]


def _shortcuts(today: date) -> list[tuple[str, date, date]]:
    start, end = last_full_month(today)
    this_month = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    return [
        ("Mois dernier", start, end),
        ("Ce mois-ci", *this_month),
        ("Cette année", date(today.year, 1, 1), date(today.year, 12, 31)),
        ("Année dernière", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]
