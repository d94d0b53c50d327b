"""« Feuilles de secours »: the blank forms to keep printed for an outage, and the way to catch up after it."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PDF
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.services import outage_sheets
from backoffice.services.outage_sheets import Sheet
from backoffice.web import post_tabs
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("outage_sheets", __name__, url_prefix="/agents/courrier/feuilles-de-secours")

CHOSEN = "demarche"


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """Every procedure, all chosen at first."""
    sheets = _list()
    return _page(sheets, {one.code for one in sheets}, {})


@pages.post("")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def download() -> ResponseReturnValue:
    """The forms of the procedures chosen, in one PDF."""
    sheets = _list()
    chosen = set(request.form.getlist(CHOSEN))
    try:
        content = outage_sheets.join(runtime(), [one for one in sheets if one.code in chosen])
    except Invalid as fault:
        return _page(sheets, chosen, {CHOSEN: fault.sentence}), 422
    response = Response(content, mimetype=PDF)
    response.headers["Content-Disposition"] = 'attachment; filename="feuilles-de-secours.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _list() -> list[Sheet]:
    with runtime().database.transaction() as session:
        return outage_sheets.list_sheets(session, actor())


def _page(sheets: list[Sheet], chosen: set[str], errors: dict[str, str]) -> str:
    return render_template(
        "desk/outage_sheets.html",
        sheets=sheets,
        chosen=chosen,
        errors=errors,
        waiting=sum(not one.digest for one in sheets),
        tabs=post_tabs.tabs(),
    )
