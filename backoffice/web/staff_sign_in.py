"""Staff sign in and out, see where they are signed in, and change their password."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import ROLE_LABELS
from backoffice.errors import Forbidden, Invalid
from backoffice.models.people import Staff
from backoffice.queries import accounts as history
from backoffice.queries import catalogue, people
from backoffice.services import account_history, accounts
from backoffice.services.account_history import Change
from backoffice.web import deadline_list, devices, kept_input, limits, local_paths, security
from backoffice.web.access import STAFF_COOKIE, Audience, audience
from backoffice.web.current import actor, runtime, viewer
from backoffice.web.pages import DESK_MENU, SETTINGS_MENU

pages = Blueprint("staff_sign_in", __name__)


@pages.get("/agents/connexion")
@audience(Audience.PUBLIC)
def form() -> ResponseReturnValue:
    """The sign-in form."""
    return _form(next_path=local_paths.safe_path(request.args.get("next", "")))


@pages.post("/agents/connexion")
@audience(Audience.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Check the password; what was typed before the session ended comes through unharmed."""
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    next_path = local_paths.safe_path(request.form.get("next", ""))
    faults = _missing(email, password)
    if faults:
        return _form(next_path=next_path, email=email, errors=faults), 422
    try:
        staff = accounts.sign_in(runtime(), email, password, limits.network())
    except Forbidden as error:
        return _form(next_path=next_path, email=email, error=error.sentence), 403
    return open_session_of(staff, next_path)


@pages.post("/agents/deconnexion")
@audience(Audience.STAFF)
def sign_out() -> ResponseReturnValue:
    """End this session, on the server as in the browser."""
    with runtime().database.transaction() as database:
        accounts.close_session(database, request.cookies.get(STAFF_COOKIE, ""))
    session.clear()
    flash("Vous êtes déconnecté. Fermez le navigateur si ce poste est partagé.", "success")
    response = make_response(redirect(url_for("staff_sign_in.form"), 303))
    response.delete_cookie(STAFF_COOKIE)
    return response


@pages.get("/agents/")
@audience(Audience.STAFF)
def home() -> ResponseReturnValue:
    """What becomes a decision this week, for those who decide; else the first page of the menu that they may open."""
    return redirect(url_for("deadline_list.show") if deadline_list.presses(actor()) else _first_page())


@pages.get("/agents/compte")
@audience(Audience.STAFF)
def account() -> ResponseReturnValue:
    """Who I am here, what I may do, where I am signed in."""
    return _account({})


@pages.post("/agents/compte/mot-de-passe")
@audience(Audience.STAFF)
def change_password() -> ResponseReturnValue:
    """A new password, for those who know the old one; every other session ends."""
    current, new = request.form.get("current_password", ""), request.form.get("new_password", "")
    with runtime().database.reading() as database:
        email = people.get_staff(database, actor().authority_id, actor().id or 0).email
    try:
        accounts.sign_in(runtime(), email, current, limits.network())
    except Forbidden as error:
        wrong = "Ce n’est pas votre mot de passe actuel." if error.sentence == accounts.REFUSED else error.sentence
        return _account({"current_password": wrong}), 422
    try:
        hashed = accounts.hash_password(new)
    except Invalid as error:
        return _account({"new_password": error.sentence}), 422
    with runtime().database.transaction() as database:
        mine = history.claim_staff(database, actor().authority_id, actor().id or 0)
        ended = accounts.change_password(database, mine, hashed, keeping=_session_id())
        event = account_history.record(database, actor(), mine, Change.PASSWORD_CHANGED)
        account_history.tell(database, runtime(), mine, event, "account_changed")
    others = " Vos autres sessions sont terminées." if ended else ""
    flash(f"Votre mot de passe est changé.{others}", "success")
    return redirect(url_for("staff_sign_in.account"), 303)


@pages.post("/agents/compte/sessions/<int:session_id>/terminer")
@audience(Audience.STAFF)
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign another computer out."""
    with runtime().database.transaction() as database:
        mine = people.get_staff(database, actor().authority_id, actor().id or 0)
        accounts.revoke_one(database, mine, session_id)
    flash("Cette session est terminée.", "success")
    return redirect(url_for("staff_sign_in.account"), 303)


def _missing(email: str, password: str) -> dict[str, str]:
    faults = {}
    if not email:
        faults["email"] = "Indiquez votre adresse électronique professionnelle."
    if not password:
        faults["password"] = "Indiquez votre mot de passe."
    return faults


def _form(*, next_path: str, email: str = "", errors: dict[str, str] | None = None, error: str = "") -> str:
    return render_template(
        "staff/sign_in.html",
        next_path=next_path,
        email=email,
        errors=errors or ({"": error} if error else {}),
        kept=kept_input.carried(),
        kept_path=local_paths.safe_path(request.form.get("kept_path", "")),
    )


def open_session_of(staff: Staff, next_path: str) -> ResponseReturnValue:
    """Whatever the browser held before the sign-in proves nothing any more: new token, empty form session."""
    old = request.cookies.get(STAFF_COOKIE, "")
    with runtime().database.transaction() as database:
        if old:
            accounts.close_session(database, old)
        token = accounts.open_session(
            database, runtime(), staff=staff, user_agent=request.headers.get("User-Agent", "")
        )
    kept, kept_path = kept_input.carried(), local_paths.safe_path(request.form.get("kept_path", ""))
    session.clear()
    if kept_path and local_paths.accepts(kept_path, "POST"):
        shown = kept_input.readable(kept)
        page = render_template("staff/kept.html", kept=kept, shown=shown, kept_path=kept_path, name=staff.name)
        response = make_response(page)
    else:
        response = make_response(redirect(next_path or url_for("staff_sign_in.home"), 303))
    security.set_session_cookie(response, STAFF_COOKIE, token, runtime().settings)
    return response


def _first_page() -> str:
    held = actor()
    for _, endpoint, permission in (*DESK_MENU, *SETTINGS_MENU):
        if endpoint in current_app.view_functions and held.departments_with(permission):
            return url_for(endpoint)
    return url_for("staff_sign_in.account")


def _account(errors: dict[str, str]) -> str:
    with runtime().database.reading() as database:
        staff = people.get_staff(database, actor().authority_id, actor().id or 0)
        sessions = people.list_sessions(database, staff.id, datetime.now(UTC))
        departments = {one.id: one.name for one in catalogue.list_departments(database, staff.authority_id)}
    return render_template(
        "staff/account.html",
        staff=staff,
        grants=[
            (ROLE_LABELS[grant.role], departments.get(grant.department_id or 0, "Toute la collectivité"))
            for grant in actor().grants
        ],
        sessions=[(one, devices.describe(one.user_agent)) for one in sessions],
        current_id=_session_id(),
        errors=errors,
    )


def _session_id() -> int:
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    return seen.session_id
