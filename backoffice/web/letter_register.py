"""The register of letters that arrived, the last registered first."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.arrived_letters import NATURE_LABELS, chrono
from backoffice.domain.policy import Permission
from backoffice.queries import arrived_letters as queries
from backoffice.queries.arrived_letters import PAGE_SIZE
from backoffice.web import post_tabs
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("letter_register", __name__, url_prefix="/agents/courrier/registre")


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """A page of the register, without the letters of cases that the viewer may not know of."""
    before = row_ids.read(request.args.get("avant", ""))
    with runtime().database.reading() as session:
        rows = queries.list_registered(session, actor(), before=before)
    shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    return render_template(
        "desk/letter_register.html",
        rows=[(one, chrono(one.year, one.number)) for one in shown],
        natures=NATURE_LABELS,
        first_url=url_for("letter_register.show") if before else None,
        next_url=url_for("letter_register.show", avant=shown[-1].id) if more else None,
        tabs=post_tabs.tabs(),
    )
