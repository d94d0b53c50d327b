"""A workstation that several people share: the screen locks by a button or by itself, and opens with the password."""

from datetime import UTC, datetime

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.errors import Forbidden
from backoffice.models.people import Staff, WebSession
from backoffice.queries import accounts as account_queries
from backoffice.queries import sign_in as queries
from backoffice.services import accounts
from backoffice.web import kept_input, local_paths, proofs, security, staff_sessions
from backoffice.web.access import Audience, audience, halted, read_halted, read_staff
from backoffice.web.current import runtime, viewer

pages = Blueprint("staff_lock", __name__, url_prefix="/agents")

DONE = 204
ENDED = "Votre session a pris fin. Reconnectez-vous dans un nouvel onglet, puis déverrouillez ici : rien n’est perdu."


@pages.post("/verrouiller")
@security.answers_itself
@audience(Audience.STAFF)
def lock() -> ResponseReturnValue:
    """Hide everything until the password is typed; a page that hides itself is told that it is done.

    Such a page may be as old as it likes: nobody is left with an open session because a form was too old.
    """
    if not _asks_for_itself() and not security.is_genuine_form():
        return kept_input.ask_to_send_again()
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    with runtime().database.transaction() as database:
        queries.claim_session(database, seen.session_id).locked_at = datetime.now(UTC)
    if _asks_for_itself():
        return "", DONE
    back = local_paths.safe_path(request.form.get("next", ""))
    return redirect(url_for("staff_lock.show", next=back or None), 303)


@pages.get("/verrouille")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """The locked screen."""
    held = _held()
    if held is None:
        return redirect(_next() or url_for("staff_sign_in.home"))
    return _page(_owner(held), {})


@pages.post("/deverrouiller")
@security.answers_itself
@audience(Audience.PUBLIC)
def unlock() -> ResponseReturnValue:
    """Open it again: the page that hid itself comes back as it was, with what was typed."""
    if _asks_for_itself():
        return _unlock_in_place()
    if not security.is_genuine_form():
        return kept_input.ask_to_send_again()
    held = _held()
    if held is None:
        return redirect(_next() or url_for("staff_sign_in.home"), 303)
    staff = _owner(held)
    fault = _open(staff.id, held.id)
    if fault:
        return _page(staff, {"password": fault}), 403
    kept_path = local_paths.safe_path(request.form.get("kept_path", ""))
    return staff_sessions.go_on(staff.name, _next(), kept_input.carried(), kept_path)


def _unlock_in_place() -> ResponseReturnValue:
    """The answer to a page that hid itself: its own reader's password, whatever the server was told meanwhile."""
    seen, held = read_staff(), halted()
    staff_id = held.staff_id if held is not None else seen.actor.id if seen is not None else None
    session_id = held.id if held is not None else seen.session_id if seen is not None else 0
    if staff_id is None or str(staff_id) != request.form.get("who") or (held is not None and held.step):
        return jsonify(said=ENDED), 401
    fault = _open(staff_id, session_id)
    return (jsonify(said=fault), 403) if fault else ("", DONE)


def _open(staff_id: int, session_id: int) -> str:
    """Check the password and unlock; give what is wrong, empty when it is done."""
    try:
        proofs.prove(staff_id, proofs.way_of(staff_id), request.form.get("password", ""))
    except Forbidden as error:
        return "Ce n’est pas votre mot de passe." if error.sentence == accounts.REFUSED else error.sentence
    with runtime().database.transaction() as database:
        opened = queries.claim_session(database, session_id)
        opened.locked_at, opened.proved_at = None, datetime.now(UTC)
    return ""


@pages.post("/confirmer")
@audience(Audience.STAFF)
def confirm() -> ResponseReturnValue:
    """The password again, before a page that shows or gives what is dangerous."""
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    fault = proofs.check(seen)
    if fault:
        try:
            act = DangerousAct(request.form.get("act", ""))
        except ValueError:
            act = DangerousAct.PERSONAL_EXPORT
        return proofs.page(act, fault, _next() or url_for("staff_sign_in.home"))
    return redirect(_next() or url_for("staff_sign_in.home"), 303)


def _held() -> WebSession | None:
    held = read_halted()
    return held if held is not None and held.locked_at is not None else None


def _owner(held: WebSession) -> Staff:
    with runtime().database.reading() as database:
        staff = account_queries.find_account(database, held.staff_id or 0)
    assert staff is not None  # noqa: S101 (the session is of staff)
    return staff


def _asks_for_itself() -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _next() -> str:
    return local_paths.safe_path(request.values.get("next", ""))


def _page(staff: Staff, errors: dict[str, str]) -> str:
    kept_path = local_paths.safe_path(request.form.get("kept_path", ""))
    return render_template(
        "staff/locked.html",
        kept=kept_input.carried(),
        kept_path=kept_path,
        next_path=_next(),
        name=staff.name,
        errors=errors,
    )
