"""« Prendre le suivant »: one button of the queue, which opens the case that it gave."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.services import next_case
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.local_paths import safe_path

pages = Blueprint("queue_next", __name__)

NOTHING_WAITS = "Aucun dossier n’attend sans agent dans vos services."


@pages.post("/agents/dossiers/suivant")
@audience(Audience.STAFF, Permission.CASE_TAKE)
def take() -> ResponseReturnValue:
    """Take the most urgent case that nobody has, and open it."""
    with runtime().database.transaction() as session:
        case = next_case.take_next(session, actor())
        reference = case.reference if case is not None else ""
    if reference:
        flash("Vous avez pris ce dossier en charge : c’était le plus urgent de vos services.", "success")
        return redirect(url_for("case_page.show", reference=reference), 303)
    flash(NOTHING_WAITS, "info")
    return redirect(safe_path(request.form.get("retour", "")) or url_for("queue.show"), 303)
