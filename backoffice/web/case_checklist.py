"""The checklist of a case, ticked from its page."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import cases
from backoffice.services import casework, checklists
from backoffice.web import case_list, case_page
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("case_checklist", __name__, url_prefix="/agents/dossiers")


@pages.post("/<reference>/controle")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def choose(reference: str) -> ResponseReturnValue:
    """These items are done, and no other."""
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            casework.check_revision(case, row_ids.read(request.form.get("revision", "")) or 0)
            checklists.choose(session, actor(), case, request.form.getlist("checks"))
    except (Conflict, Invalid) as error:
        return case_page.refused(reference, error)
    flash("La liste de contrôle est enregistrée.", "success")
    asked = case_list.read() or None
    return redirect(url_for("case_page.show", reference=reference, liste=asked, _anchor="controle"), 303)
