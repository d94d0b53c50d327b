"""How a citizen may be reached, and what became of what we last sent them there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.models.cases import CaseEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen
from backoffice.models.sms import OutgoingSms
from backoffice.queries import citizen_sheet as queries
from backoffice.queries import mail
from backoffice.services.journal import Event

POSTINGS = (Event.DOCUMENT_POSTED, Event.POSTING_TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the last thing sent somewhere: whether it arrived as far as we know, when, and why not."""

    arrived: bool
    label: str
    at: datetime
    why: str = ""


def list_fates(session: Session, actor: Actor, citizen: Citizen) -> dict[str, Fate]:
    """The fate of the last mail, text message and letter, by the attribute of the sheet that they were sent by.

    Only of what was sent about cases that the actor may know of; but an address that sends our mail back is told
    whatever the mail was about.
    """
    found = {
        "email": _mail(_find_mail(session, actor, citizen)) if citizen.email else None,
        "phone": _sms(queries.find_last_sms(session, actor, citizen.id)) if citizen.phone else None,
        "address_line": _letter(queries.find_last_event(session, actor, citizen.id, POSTINGS)),
    }
    return {name: fate for name, fate in found.items() if fate is not None}


def _find_mail(session: Session, actor: Actor, citizen: Citizen) -> OutgoingMail | None:
    returned = mail.find_returned_last(session, citizen.authority_id, citizen.email)
    return returned or queries.find_last_mail(session, actor, citizen.email)


def _mail(last: OutgoingMail | None) -> Fate | None:
    if last is None:
        return None
    if last.bounced_at is not None:
        return Fate(False, "Dernier courriel revenu", last.bounced_at, last.error)
    if last.failed_at is not None:
        return Fate(False, "Dernier courriel non parti", last.failed_at, last.error)
    return Fate(True, "Dernier courriel parti", last.sent_at or last.created_at)


def _sms(last: OutgoingSms | None) -> Fate | None:
    if last is None:
        return None
    if last.failed_at is not None:
        return Fate(False, "Dernier SMS non parti", last.failed_at, last.error)
    return Fate(True, "Dernier SMS parti", last.sent_at or last.created_at)


def _letter(last: CaseEvent | None) -> Fate | None:
    if last is None:
        return None
    if last.kind == Event.POSTING_TAKEN_BACK:
        return Fate(False, "Dernier courrier non posté ou revenu", last.at)
    return Fate(True, "Dernier courrier posté", last.at)
