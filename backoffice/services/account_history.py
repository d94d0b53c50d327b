"""What happens to the accounts of staff: written in a history that nobody alters, and told to their owner by e-mail."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor
from backoffice.domain.setting_screens import Screen
from backoffice.infra.runtime import Runtime
from backoffice.models.accounts import AccountEvent
from backoffice.models.authorities import Authority
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Staff
from backoffice.queries import accounts as queries
from backoffice.services import correspondence, documents, moment, setting_history


class Change(StrEnum):
    """What can happen to an account."""

    CREATED = "created"
    INVITED = "invited"
    CORRECTED = "corrected"
    ROLE_GIVEN = "role_given"
    ROLE_TAKEN = "role_taken"
    SUSPENDED = "suspended"
    REOPENED = "reopened"
    RESET = "reset"
    PASSWORD_CHOSEN = "password_chosen"
    PASSWORD_CHANGED = "password_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    CODES_RENEWED = "codes_renewed"
    CODE_USED = "code_used"
    SESSIONS_ENDED = "sessions_ended"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_CHANGED = "identity_changed"
    IDENTITY_FORGOTTEN = "identity_forgotten"
    EMERGENCY_OPENED = "emergency_opened"
    EMERGENCY_CLOSED = "emergency_closed"
    RULES_CHANGED = "rules_changed"
    WORKS_ELSEWHERE = "works_elsewhere"
    WORKS_NO_LONGER = "works_no_longer"


CHANGE_LABELS: dict[Change, str] = {
    Change.CREATED: "Compte ouvert",
    Change.INVITED: "Nouvelle invitation",
    Change.CORRECTED: "Identité corrigée",
    Change.ROLE_GIVEN: "Rôle attribué",
    Change.ROLE_TAKEN: "Rôle retiré",
    Change.SUSPENDED: "Compte suspendu",
    Change.REOPENED: "Compte rouvert",
    Change.RESET: "Mot de passe annulé",
    Change.PASSWORD_CHOSEN: "Mot de passe choisi par l’agent",
    Change.PASSWORD_CHANGED: "Mot de passe changé par l’agent",
    Change.FACTOR_ADDED: "Double authentification ajoutée par l’agent",
    Change.FACTOR_REMOVED: "Double authentification retirée par l’agent",
    Change.FACTORS_RESET: "Double authentification annulée",
    Change.CODES_RENEWED: "Nouveaux codes de secours",
    Change.CODE_USED: "Connexion avec un code de secours",
    Change.SESSIONS_ENDED: "Sessions fermées",
    Change.IDENTITY_LINKED: "Compte relié à un fournisseur d’identité",
    Change.IDENTITY_CHANGED: "Employeur ou annuaire différent chez le fournisseur d’identité",
    Change.IDENTITY_FORGOTTEN: "Lien avec un fournisseur d’identité retiré",
    Change.EMERGENCY_OPENED: "Accès d’urgence aux dossiers ouvert",
    Change.EMERGENCY_CLOSED: "Accès d’urgence aux dossiers refermé",
    Change.RULES_CHANGED: "Règles de connexion changées par cet agent",
    Change.WORKS_ELSEWHERE: "Travaille aussi pour une autre collectivité (service commun)",
    Change.WORKS_NO_LONGER: "Ne travaille plus pour une autre collectivité (service commun)",
}

# What somebody does to their own account is not administration, save this.
OF_ADMINISTRATION = frozenset(
    {
        Change.RULES_CHANGED,
        Change.EMERGENCY_OPENED,
        Change.EMERGENCY_CLOSED,
        Change.WORKS_ELSEWHERE,
        Change.WORKS_NO_LONGER,
    }
)

Facts = Mapping[str, str]


def record(
    session: Session,
    actor: Actor,
    staff: Staff,
    change: Change,
    before: Facts | None = None,
    after: Facts | None = None,
) -> AccountEvent:
    """Add the next line; the caller holds the account (new, or locked), so two lines never take one number."""
    last = queries.find_last_event(session, staff.id)
    event = AccountEvent(
        authority_id=staff.authority_id,
        staff_id=staff.id,
        number=last.number + 1 if last else 1,
        kind=change,
        at=moment.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        before=dict(before or {}),
        after=dict(after or {}),
        previous_digest=last.digest if last else "",
    )
    event.digest = _digest(event)
    session.add(event)
    session.flush()
    if actor.id != staff.id or change in OF_ADMINISTRATION:
        act = CHANGE_LABELS[change]
        setting_history.record(session, actor, Screen.STAFF, staff.name, event.before, event.after, act=act)
    return event


def tell(session: Session, runtime: Runtime, staff: Staff, event: AccountEvent, template: str, **more: str) -> None:
    """Write to the owner of the account what just happened to it."""
    event.mail_id = tell_other(session, runtime, staff, event, template, **more).id


def tell_other(
    session: Session, runtime: Runtime, staff: Staff, event: AccountEvent, template: str, **more: str
) -> OutgoingMail:
    """The same to a colleague whose account it is not; give the mail."""
    authority = session.get_one(Authority, staff.authority_id)
    values = {
        "authority": documents.authority_values(authority),
        "name": staff.name,
        "change": CHANGE_LABELS[Change(event.kind)],
        "at": f"le {long_datetime(event.at, ZoneInfo(authority.timezone))}",
        "by": event.actor_name,
        "before": event.before,
        "after": event.after,
        **more,
    }
    return correspondence.queue_mail_to(session, runtime, staff.authority_id, staff.address, template, values)


def verify(session: Session, staff_id: int) -> bool:
    """Compute the whole chain again: False when a line was altered, or removed in the middle, outside the house."""
    previous = ""
    for number, event in enumerate(queries.list_events(session, staff_id), start=1):
        if event.number != number or event.previous_digest != previous or event.digest != _digest(event):
            return False
        previous = event.digest
    return True


def _digest(event: AccountEvent) -> str:
    line = [
        event.staff_id,
        event.number,
        event.kind,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_kind,
        event.actor_id,
        event.actor_name,
        event.before,
        event.after,
        event.previous_digest,
    ]
    return hashlib.sha256(json.dumps(line, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
