"""The authority on a simple screen: opening hours, ways to reach it, contacts of rights, time to reopen a case."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.calendars import CALENDAR_LABELS
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.services import authority_pages, authority_settings, letterheads
from backoffice.web import current, files
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


@pages.post("/logo")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def save_logo() -> ResponseReturnValue:
    """Give the picture at the head of letters, or take it away."""
    given = request.files.get("logo")
    try:
        with runtime().database.transaction() as session:
            if request.form.get("do") == "remove":
                letterheads.remove_logo(session, actor())
            else:
                content = given.read(letterheads.MOST_BYTES + 1) if given else b""
                letterheads.set_logo(session, runtime(), actor(), content)
    except Invalid as fault:
        with runtime().database.reading() as session:
            values = authority_settings.values_of(session.get_one(Authority, actor().authority_id))
        return _page(values, fault.faults), 422
    current.forget_authority()
    flash("Le logo des courriers est enregistré. Ceux qui sont déjà écrits ne changent pas.", "success")
    return redirect(url_for("admin_authority.edit"), 303)


@pages.get("/logo/<digest>.png")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def logo(digest: str) -> ResponseReturnValue:
    """The picture at the head of letters; no other file is shown here."""
    with runtime().database.reading() as session:
        if session.get_one(Authority, actor().authority_id).details.get(letterheads.LOGO) != digest:
            raise NotFound(files.GONE)
    return files.send_file(digest, "logo.png", "image/png", shown=True)


def _page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    states = [(state, state.capitalize()) for state in authority_settings.CONFORMITY if state]
    with runtime().database.reading() as session:
        details = session.get_one(Authority, actor().authority_id).details
    return render_template(
        "admin/authority.html",
        values=values,
        errors=errors,
        states=states,
        calendars=list(CALENDAR_LABELS.items()),
        logo_digest=details.get(letterheads.LOGO, ""),
        has_week=bool(details.get(authority_pages.WEEK)),
        screen=Screen.AUTHORITY,
    )
