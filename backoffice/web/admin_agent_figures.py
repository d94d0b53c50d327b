"""Whether figures by agent are shown, why, and who chose it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries.setting_changes import list_changes
from backoffice.services import agent_figures
from backoffice.web import current
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_agent_figures", __name__, url_prefix="/agents/chiffres-par-agent")


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show() -> ResponseReturnValue:
    """The setting, and its history."""
    return _page("", {})


@pages.post("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def save() -> ResponseReturnValue:
    """Show them or hide them, with a reason."""
    shown, reason = request.form.get("do") == "show", request.form.get("reason", "")
    try:
        with runtime().database.transaction() as session:
            agent_figures.show_or_hide(session, actor(), reason, shown=shown)
    except Invalid as fault:
        return _page(reason, fault.faults), 422
    current.forget_authority()
    flash("Les chiffres par agent sont affichés." if shown else "Les chiffres par agent sont cachés.", "success")
    return redirect(url_for("admin_agent_figures.show"), 303)


def _page(reason: str, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        shown = agent_figures.are_shown(session.get_one(Authority, actor().authority_id))
        changes = list_changes(session, actor().authority_id, Screen.AGENT_FIGURES)
    return render_template("admin/agent_figures.html", shown=shown, changes=changes, reason=reason, errors=errors)
