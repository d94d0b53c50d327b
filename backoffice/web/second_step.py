"""The second step of a sign-in: a code of an application, a passkey, or a recovery code."""

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.models.people import Staff, WebSession
from backoffice.queries import accounts as account_queries
from backoffice.services import passkeys, second_factors
from backoffice.services.second_factors import Kind, Step
from backoffice.web import kept_input, local_paths, staff_sessions
from backoffice.web.access import Audience, audience, read_halted
from backoffice.web.current import runtime

pages = Blueprint("second_step", __name__, url_prefix="/agents/connexion/verification")

EXPIRED = 401


@pages.get("")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """What is asked, after the password."""
    held = _held()
    if held is None:
        return redirect(url_for("staff_sign_in.form"))
    return _page(held, "")


@pages.post("")
@audience(Audience.PUBLIC)
def check() -> ResponseReturnValue:
    """A code, of an application or of recovery."""
    held = _held()
    if held is None:
        return kept_input.ask_to_sign_in()
    if not request.form.get("code", "").strip():
        return _page(held, "Donnez le code que votre application affiche."), 422
    try:
        proof = second_factors.check_code(runtime(), held.staff_id or 0, request.form["code"])
    except Forbidden as error:
        return _page(held, error.sentence), 403
    return staff_sessions.complete(held, proof, _next())


@pages.post("/cle/demande")
@audience(Audience.PUBLIC)
def ask() -> ResponseReturnValue:
    """What the browser has its passkey sign."""
    held = _held()
    if held is None:
        return jsonify(error="Votre session a pris fin : reconnectez-vous."), EXPIRED
    try:
        with runtime().database.transaction() as database:
            return jsonify(passkeys.ask_to_sign(database, runtime(), _owner(held), held.id))
    except Conflict as error:
        return jsonify(error=error.sentence), 409


@pages.post("/cle")
@audience(Audience.PUBLIC)
def check_passkey() -> ResponseReturnValue:
    """What the passkey signed."""
    held = _held()
    if held is None:
        return kept_input.ask_to_sign_in()
    with runtime().database.transaction() as database:
        challenge = passkeys.take_challenge(database, held.id)  # gone, whatever comes of it
    try:
        with runtime().database.transaction() as database:
            passkeys.check(database, runtime(), _owner(held), challenge, request.form.get("passkey", ""))
    except (Conflict, Invalid) as error:
        return _page(held, error.sentence), 403
    return staff_sessions.complete(held, Kind.PASSKEY, _next())


def _held() -> WebSession | None:
    held = read_halted()
    return held if held is not None and held.step == Step.FACTOR else None


def _owner(held: WebSession) -> Staff:
    with runtime().database.reading() as database:
        staff = account_queries.find_account(database, held.staff_id or 0)
    assert staff is not None  # noqa: S101 (the session is of staff)
    return staff


def _next() -> str:
    return local_paths.safe_path(request.values.get("next", ""))


def _page(held: WebSession, fault: str) -> str:
    kept = kept_input.carried()
    return staff_sessions.second_step_page(held.staff_id or 0, fault, next_path=_next(), kept=kept)
