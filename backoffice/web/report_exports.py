"""The activity report, or the evaluation, as a file: its format, and whether it leaves the department."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain.exports import ExportKind
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.services import evaluation_exports, export_jobs, report_document, report_exports
from backoffice.services.export_work import Wanted
from backoffice.web import activity_filters, batch_selection
from backoffice.web.access import Audience, audience
from backoffice.web.activity_filters import Asked
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("report_exports", __name__, url_prefix="/agents/exports")

LONGEST_SOURCE = 1_000


EVALUATION = "evaluation"


@pages.get("/<any(rapport, evaluation):what>")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def new(what: str) -> ResponseReturnValue:
    """The form, for the period and the filters of the page of activity, or of that of evaluation."""
    return _form(what, request.query_string.decode("utf-8", "replace")[:LONGEST_SOURCE], {})


@pages.post("/<any(rapport, evaluation):what>")
@audience(Audience.STAFF, Permission.REPORT_EXPORT)
def create(what: str) -> ResponseReturnValue:
    """Promise the file; the same form sent twice leads to the same export."""
    given = request.form
    typed, outward = given.get("source", "")[:LONGEST_SOURCE], given.get("outward") == "yes"
    asked = read_filters(typed)
    with runtime().database.reading() as session:
        narrowed = narrowed_to(session, asked)
    about = " · ".join([*narrowed, *(["petits nombres masqués"] if outward else [])])
    if what == EVALUATION:
        kind, title = ExportKind.EVALUATION, evaluation_exports.TITLE
        content = evaluation_exports.of_period(asked.filters, narrowed, outward=outward)
    else:
        kind, title = ExportKind.REPORT, report_document.TITLE
        content = report_exports.of_period(asked.filters, asked.compared, narrowed, outward=outward)
    wanted = Wanted(
        kind, given.get("format", ""), f"{title} : {asked.period.name}", about, content, personal=False, reason="",
        key=batch_selection.key_of(given),
    )  # fmt: skip
    try:
        with runtime().database.transaction() as session:
            export_id = export_jobs.ask_for(session, actor(), wanted).id
    except Invalid as fault:
        return _form(what, typed, fault.faults), status_of(fault)
    return redirect(url_for("agent_exports.show", own_export_id=export_id), 303)


def read_filters(typed: str) -> Asked:
    """The period and filters at the end of an address of the activity page."""
    return activity_filters.read(MultiDict(parse_qsl(typed)[:20]))


def narrowed_to(session: Session, asked: Asked) -> list[str]:
    """What narrows the figures, in words."""
    return activity_filters.in_words(asked.filters, activity_filters.list_options(session))


def _form(what: str, typed: str, errors: Mapping[str, str]) -> str:
    asked = read_filters(typed)
    with runtime().database.reading() as session:
        narrowed = narrowed_to(session, asked)
        threshold = report_document.threshold_of(session.get_one(Authority, actor().authority_id))
    return render_template(
        "exports/report.html",
        source=typed,
        period=asked.period.name,
        narrowed=narrowed,
        threshold=threshold,
        errors=errors,
        typed=request.form,
        form_key=batch_selection.key_of(request.form),
        of_evaluation=what == EVALUATION,
        action=url_for("report_exports.create", what=what),
        formats=list((evaluation_exports if what == EVALUATION else report_exports).LABELS.items()),
        back=f"{url_for('evaluation.returns' if what == EVALUATION else 'supervision.show')}?{typed}",
    )
