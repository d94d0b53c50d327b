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
from backoffice.infra.runtime import Runtime
from backoffice.models.accounts import AccountEvent
from backoffice.models.authorities import Authority
from backoffice.models.people import Staff
from backoffice.queries import accounts as queries
from backoffice.services import correspondence, documents, moment


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
}

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
    return event


def tell(session: Session, runtime: Runtime, staff: Staff, event: AccountEvent, template: str, **more: str) -> None:
    """Write to the owner of the account what just happened to it."""
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
    mail = correspondence.queue_mail_to(session, runtime, staff.authority_id, staff.email, template, values)
    event.mail_id = mail.id


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
