"""Acknowledgements that leave by hand or by post: only a person knows the day, and appeals depend on it."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.services import clock, journal, legal_facts
from backoffice.services.journal import Event

NOON = time(12)


def note_given(session: Session, actor: Actor, case: Case, on: date) -> None:
    """The acknowledgement was handed over or posted on a day; raise Conflict when one has left already."""
    policy.require(actor, Permission.CASE_NOTE, case)
    if case.acknowledged_at is not None:
        raise Conflict("Un accusé de réception est déjà parti pour ce dossier.")
    authority = session.get_one(Authority, case.authority_id)
    legal_facts.check_past(authority, on, case.received_on, "La date de remise de l’accusé")
    # Only the day is known: noon is that day, wherever the authority is.
    case.acknowledged_at = datetime.combine(on, NOON, ZoneInfo(authority.timezone))
    clock.refresh(session, case, authority)
    case.revision += 1
    journal.record(session, actor, case, Event.ACKNOWLEDGED, on=on.isoformat())
