"""Break-glass: an administrator, who reads no case otherwise, reads them for some minutes, says why, others know."""

from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission, Role
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.sign_in import EmergencyAccess
from backoffice.queries import accounts as account_queries
from backoffice.queries import sign_in as queries
from backoffice.services import account_history, moment
from backoffice.services.account_history import Change

LASTS = timedelta(minutes=30)
SHORTEST_REASON, LONGEST_REASON = 20, 1000
TOLD = frozenset({Role.DPO.value, Role.FUNCTIONAL_ADMIN.value})
"""Who is written to when somebody opens one: those who answer for the data, and the other administrators."""


def open_access(session: Session, runtime: Runtime, actor: Actor, session_id: int, reason: str) -> EmergencyAccess:
    """Let this session alone read every case for half an hour; raise Invalid without a reason that can be checked."""
    policy.require(actor, Permission.EMERGENCY_OPEN)
    said = " ".join(reason.split())
    if len(said) < SHORTEST_REASON:
        fault = f"Dites précisément pourquoi, en {SHORTEST_REASON} caractères au moins : d’autres liront ce motif."
        raise Invalid(fault, {"reason": fault})
    if len(said) > LONGEST_REASON:
        fault = f"Ce motif est trop long : {LONGEST_REASON} caractères au plus."
        raise Invalid(fault, {"reason": fault})
    held, now = queries.claim_session(session, session_id), moment.now()
    if held.emergency_until is not None and held.emergency_until > now:
        raise Conflict("Un accès d’urgence est déjà ouvert ici.")
    held.emergency_until = now + LASTS
    access = EmergencyAccess(
        authority_id=actor.authority_id,
        staff_id=actor.id,
        staff_name=actor.name,
        reason=said,
        opened_at=now,
        ends_at=held.emergency_until,
        cases_read=0,
    )
    session.add(access)
    session.flush()
    _tell(session, runtime, actor, access)
    return access


def close_access(session: Session, actor: Actor, session_id: int) -> None:
    """Give the right back before its end."""
    queries.claim_session(session, session_id).emergency_until = None
    access = queries.find_open_emergency(session, actor.id or 0)
    if access is None:
        return
    access.closed_at = moment.now()
    staff = account_queries.claim_staff(session, actor.authority_id, actor.id or 0)
    facts = {"Dossiers et fiches lus": str(access.cases_read)}
    account_history.record(session, actor, staff, Change.EMERGENCY_CLOSED, {}, facts)


def note_reading(session: Session, actor: Actor) -> None:
    """Count one more case or sheet that was read."""
    access = queries.find_open_emergency(session, actor.id or 0)
    if access is not None:
        access.cases_read += 1


def _tell(session: Session, runtime: Runtime, actor: Actor, access: EmergencyAccess) -> None:
    staff = account_queries.claim_staff(session, actor.authority_id, actor.id or 0)
    facts = {"Motif": access.reason}
    event = account_history.record(session, actor, staff, Change.EMERGENCY_OPENED, {}, facts)
    for one in queries.list_active_staff(session, actor.authority_id, TOLD):
        if one.id != actor.id:
            account_history.tell_other(session, runtime, one, event, "emergency_access")
    account_history.tell(session, runtime, staff, event, "account_changed")
