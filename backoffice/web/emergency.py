"""The page where an administrator opens an emergency access, closes it, and where all of them are listed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import sign_in as queries
from backoffice.services import emergency
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime, viewer

pages = Blueprint("emergency", __name__, url_prefix="/agents/acces-urgence")


@pages.get("/")
@audience(Audience.STAFF, Permission.EMERGENCY_OPEN)
def show() -> ResponseReturnValue:
    """What it is, and those of the past: who, when, why, how much was read."""
    return _page({}, {})


@pages.post("/")
@audience(Audience.STAFF, Permission.EMERGENCY_OPEN)
@dangerous(DangerousAct.EMERGENCY)
def open_access() -> ResponseReturnValue:
    """Read cases for half an hour."""
    reason = request.form.get("reason", "")
    try:
        with runtime().database.transaction() as session:
            emergency.open_access(session, runtime(), actor(), _session_id(), reason)
    except Invalid as fault:
        return _page({"reason": reason}, fault.faults), 422
    except Conflict as fault:
        return _page({"reason": reason}, {"": fault.sentence}), 409
    flash("L’accès d’urgence est ouvert pour trente minutes. Chaque lecture est notée.", "warning")
    return redirect(url_for("queue.show"), 303)


@pages.post("/fermer")
@audience(Audience.STAFF, Permission.EMERGENCY_OPEN)
def close() -> ResponseReturnValue:
    """Give it back."""
    with runtime().database.transaction() as session:
        emergency.close_access(session, actor(), _session_id())
    flash("L’accès d’urgence est refermé.", "success")
    return redirect(url_for("emergency.show"), 303)


def _session_id() -> int:
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    return seen.session_id


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        past = queries.list_emergencies(session, actor().authority_id)
    return render_template("admin/emergency.html", values=values, errors=errors, past=past)
