"""Staff sign in and out, see where they are signed in, and change their password."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import ROLE_LABELS
from backoffice.errors import Forbidden, Invalid
from backoffice.infra import sealing
from backoffice.queries import accounts as history
from backoffice.queries import catalogue, people, shared_services
from backoffice.queries import sign_in as proofs_of
from backoffice.services import account_history, accounts, crossings
from backoffice.services.account_history import Change
from backoffice.web import (
    cookies,
    deadline_list,
    devices,
    kept_input,
    limits,
    local_paths,
    provider_logout,
    staff_sessions,
)
from backoffice.web.access import STAFF_COOKIE, Audience, audience, door_of, read_halted
from backoffice.web.current import actor, runtime, viewer
from backoffice.web.identity_clients import staff_providers
from backoffice.web.pages import DESK_MENU, SETTINGS_MENU

pages = Blueprint("staff_sign_in", __name__)

FACTOR_WORDS = {
    "totp": "code d’une application",
    "passkey": "clé d’accès",
    "recovery": "code de secours",
    "provider": "double authentification du fournisseur",
}


@pages.get("/agents/connexion")
@audience(Audience.PUBLIC)
def form() -> ResponseReturnValue:
    """The sign-in form, or the next step of who began."""
    next_path = local_paths.safe_path(request.args.get("next", ""))
    stopped = read_halted()
    if stopped is not None and not stopped.step:
        return redirect(url_for(door_of(stopped), next=next_path))
    return _form(next_path=next_path)


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
        return staff_sessions.open_for(staff, next_path)
    except Forbidden as error:
        return _form(next_path=next_path, email=email, error=error.sentence), 403


@pages.post("/agents/deconnexion")
@audience(Audience.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End this session, on the server as in the browser, then at the provider that opened it; locked ones too."""
    with runtime().database.transaction() as database:
        ended = accounts.close_session(database, cookies.read(STAFF_COOKIE))
        id_token = sealing.unseal(runtime().settings, ended.id_token) if ended else ""
        if ended is not None:
            ended.id_token = ""
    session.clear()
    flash("Vous êtes déconnecté. Fermez le navigateur si ce poste est partagé.", "success")
    elsewhere = provider_logout.address(ended.provider, id_token, "staff") if ended is not None and id_token else ""
    response = make_response(redirect(elsewhere or url_for("staff_sign_in.form"), 303))
    cookies.take_back(response, STAFF_COOKIE)
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
        staff = people.get_staff(database, actor().authority_id, actor().id or 0)
        email, words = staff.email, accounts.own_words(database, staff)
    try:
        accounts.sign_in(runtime(), email, current, limits.network())
    except Forbidden as error:
        wrong = "Ce n’est pas votre mot de passe actuel." if error.sentence == accounts.REFUSED else error.sentence
        return _account({"current_password": wrong}), 422
    try:
        hashed = accounts.hash_password(new, words)
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


@pages.post("/agents/compte/sessions/fermer")
@audience(Audience.STAFF)
def end_all() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    with runtime().database.transaction() as database:
        mine = history.claim_staff(database, actor().authority_id, actor().id or 0)
        ended = accounts.revoke_all(database, mine)
        facts = {"Sessions": str(ended)}
        account_history.record(database, actor(), mine, Change.SESSIONS_ENDED, facts)
    session.clear()
    flash("Vous êtes déconnecté de tous vos appareils.", "success")
    return redirect(url_for("staff_sign_in.form"), 303)


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
        providers=staff_providers(runtime().settings),
        sentence="",
    )


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
        protected = len(proofs_of.list_factors(database, staff.id))
        works_elsewhere = len(shared_services.list_of_agent(database, staff.id))
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
        protected=protected,
        works_elsewhere=works_elsewhere,
        ways={"password": "mot de passe", crossings.PROVIDER: "site de votre collectivité"}
        | {one.name: one.title for one in staff_providers(runtime().settings)},
        factor_words=FACTOR_WORDS,
    )


def _session_id() -> int:
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    return seen.session_id
