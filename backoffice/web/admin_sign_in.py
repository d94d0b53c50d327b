"""How staff sign in, seen by who administers their accounts: the rules of the house, and the access of a colleague."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import ROLE_LABELS, Permission
from backoffice.errors import BackofficeError, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.people import Staff
from backoffice.queries import accounts as history
from backoffice.queries import people
from backoffice.queries import sign_in as queries
from backoffice.services import account_history, accounts, second_factors, sign_in_rules, staff_identities
from backoffice.services.account_history import Change
from backoffice.services.second_factors import KIND_LABELS, Kind
from backoffice.web import current, devices
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime
from backoffice.web.identity_clients import staff_providers

pages = Blueprint("admin_sign_in", __name__, url_prefix="/agents/comptes")


@pages.get("/regles")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def rules() -> ResponseReturnValue:
    """Which roles prove twice who they are, and when screens lock."""
    with runtime().database.reading() as session:
        values = sign_in_rules.values_of(session.get_one(Authority, actor().authority_id))
    return _rules_page(values, {})


@pages.post("/regles")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.SIGN_IN_RULES)
def save_rules() -> ResponseReturnValue:
    """From the next sign-in of each."""
    roles, minutes = request.form.getlist("roles"), request.form.get("lock_minutes", "").strip()
    try:
        with runtime().database.transaction() as session:
            sign_in_rules.update(session, actor(), roles, minutes)
    except Invalid as fault:
        return _rules_page({"roles": roles, "lock_minutes": minutes}, fault.faults), 422
    current.forget_authority()
    flash("Les règles de connexion sont enregistrées : elles valent à la prochaine connexion de chacun.", "success")
    return redirect(url_for("admin_sign_in.rules"), 303)


@pages.post("/<int:staff_id>/double-authentification")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_ACCESS)
def reset_factors(staff_id: int) -> ResponseReturnValue:
    """A telephone lost: what the colleague had is void, and the reason is kept."""

    def change(session: Session, staff: Staff) -> str:
        second_factors.reset(session, runtime(), actor(), staff, request.form.get("factor_reason", ""))
        return "La double authentification de cet agent est annulée, et ses sessions sont fermées."

    return _act(staff_id, change)


@pages.post("/<int:staff_id>/sessions/fermer")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
def end_sessions(staff_id: int) -> ResponseReturnValue:
    """A computer lost, an agent gone: they are signed out everywhere."""

    def change(session: Session, staff: Staff) -> str:
        policy.require(actor(), Permission.STAFF_MANAGE)
        ended = accounts.revoke_all(session, staff)
        event = account_history.record(session, actor(), staff, Change.SESSIONS_ENDED, {}, {"Sessions": str(ended)})
        account_history.tell(session, runtime(), staff, event, "account_changed")
        return "Toutes les sessions de cet agent sont fermées."

    return _act(staff_id, change)


@pages.post("/<int:staff_id>/identites/<int:identity_id>/retirer")
@audience(Audience.STAFF, Permission.STAFF_MANAGE)
@dangerous(DangerousAct.STAFF_ACCESS)
def forget_identity(staff_id: int, identity_id: int) -> ResponseReturnValue:
    """The colleague has another account at the provider now."""

    def change(session: Session, staff: Staff) -> str:
        staff_identities.forget(session, runtime(), actor(), staff, identity_id)
        return "Le lien est retiré : le prochain compte du fournisseur qui aura cette adresse le remplacera."

    return _act(staff_id, change)


def shown_of(session: Session, staff: Staff) -> dict[str, Any]:
    """What the page of an account says of how its owner signs in."""
    titles = {one.name: one.title for one in staff_providers(runtime().settings)}
    return {
        "factors": [(one, KIND_LABELS[Kind(one.kind)]) for one in queries.list_factors(session, staff.id)],
        "codes_left": queries.count_recovery_codes(session, staff.id),
        "required": second_factors.is_required(session, staff),
        "sessions": [
            (one, devices.describe(one.user_agent))
            for one in people.list_sessions(session, staff.id, datetime.now(UTC))
        ],
        "identities": [
            (one, titles.get(one.provider, one.provider)) for one in queries.list_identities(session, staff.id)
        ],
    }


def _act(staff_id: int, change: Callable[[Session, Staff], str]) -> ResponseReturnValue:
    from backoffice.web import admin_staff  # noqa: PLC0415 (each shows the other's part of one page)

    try:
        with runtime().database.transaction() as session:
            done = change(session, history.claim_staff(session, actor().authority_id, staff_id))
    except Invalid as fault:
        return admin_staff.page(staff_id, request.form.to_dict(), fault.faults), 422
    except BackofficeError as fault:
        return admin_staff.page(staff_id, {}, {"": fault.sentence}), 409
    flash(done, "success")
    return redirect(url_for("admin_staff.edit", staff_id=staff_id), 303)


def _rules_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        everybody = [one for one in people.list_staff(session, actor().authority_id) if one.active]
        protected = queries.list_protected(session, actor().authority_id)
    wanted = set(values["roles"])
    missing = [one for one in everybody if one.id not in protected and any(m.role in wanted for m in one.memberships)]
    return render_template(
        "admin/sign_in_rules.html",
        values=values,
        errors=errors,
        roles=list(ROLE_LABELS.items()),
        missing=missing,
        providers=staff_providers(runtime().settings),
    )
