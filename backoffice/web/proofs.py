"""Before a dangerous act, whoever is at the keyboard proves again who they are; what they were sending is not lost."""

from datetime import UTC, datetime

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.dangerous_acts import LABELS, DangerousAct
from backoffice.errors import Forbidden
from backoffice.models.people import Staff
from backoffice.queries import accounts as account_queries
from backoffice.queries import sign_in as queries
from backoffice.services import accounts, second_factors
from backoffice.services.second_factors import Kind
from backoffice.web import kept_input, limits
from backoffice.web.current import Viewer, runtime

PASSWORD, CODE, NOTHING = "password", "code", ""
FIELD = "confirm_password"


def ask(act: DangerousAct) -> ResponseReturnValue | None:
    """None when the form being sent brings the proof: the act goes on; else the page that asks for it."""
    seen: Viewer = g.viewer
    if request.method == "POST" and FIELD in request.form:
        fault = check(seen)
        return None if not fault else page(act, fault)
    return page(act)


def check(seen: Viewer) -> str:
    """What is wrong with the proof in the form; empty when it is right, and noted on the session."""
    typed, staff_id = request.form.get(FIELD, ""), seen.actor.id or 0
    try:
        prove(staff_id, way_of(staff_id), typed)
    except Forbidden as error:
        return "Ce n’est pas votre mot de passe." if error.sentence == accounts.REFUSED else error.sentence
    with runtime().database.transaction() as session:
        queries.claim_session(session, seen.session_id).proved_at = datetime.now(UTC)
    return ""


def prove(staff_id: int, way: str, typed: str) -> None:
    """Raise Forbidden unless this is the password of the account (or a code, when it has none)."""
    with runtime().database.reading() as session:
        staff = _who_proves(session, staff_id)
    if way == CODE:
        second_factors.check_code(runtime(), staff.id if staff else 0, typed)
        return
    accounts.sign_in(runtime(), staff.email if staff else "", typed, limits.network())


def way_of(staff_id: int) -> str:
    """How this account proves itself without leaving the page: its password, else a code, else not at all."""
    with runtime().database.reading() as session:
        staff = _who_proves(session, staff_id)
        if staff is not None and accounts.has_password(staff):
            return PASSWORD
        found = any(one.kind == Kind.APPLICATION for one in queries.list_factors(session, staff.id if staff else 0))
    return CODE if found else NOTHING


def _who_proves(session: Session, staff_id: int) -> Staff | None:
    """The account whose password it is: an agent of another authority proves it by the one that they have there."""
    staff = account_queries.find_account(session, staff_id)
    return account_queries.find_account(session, staff.home_id) if staff is not None and staff.home_id else staff


def page(act: DangerousAct, fault: str = "", next_path: str = "") -> ResponseReturnValue:
    """The page that asks; a form comes with all that was typed in it, but its files."""
    seen: Viewer = g.viewer
    sending = request.method == "POST" and not next_path
    answer = render_template(
        "staff/prove.html",
        act=LABELS[act],
        code=act.value,
        way=way_of(seen.actor.id or 0),
        kept=list(kept_input.fields()) if sending else [],
        files_lost=sending and any(file.filename for file in request.files.values()),
        path=request.full_path.rstrip("?") if sending else "",
        next_path=next_path or request.full_path.rstrip("?"),
        errors={FIELD: fault} if fault else {},
    )
    return answer, 403
