"""The authority on a simple screen: opening hours, ways to reach it, contacts of rights, time to reopen a case."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.services import authority_settings
from backoffice.web import current
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_authority", __name__, url_prefix="/agents/collectivite")


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def edit() -> ResponseReturnValue:
    """What is said of the authority."""
    with runtime().database.reading() as session:
        values = authority_settings.values_of(session.get_one(Authority, actor().authority_id))
    return _page(values, {})


@pages.post("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def save() -> ResponseReturnValue:
    """Correct it; citizens' pages show it at once."""
    try:
        with runtime().database.transaction() as session:
            authority_settings.update(session, actor(), request.form)
    except Invalid as fault:
        return _page(request.form, fault.faults), 422
    current.forget_authority()
    flash("Les informations de la collectivité sont enregistrées.", "success")
    return redirect(url_for("admin_authority.edit"), 303)


def _page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    states = [(state, state.capitalize()) for state in authority_settings.CONFORMITY if state]
    return render_template("admin/authority.html", values=values, errors=errors, states=states)
