"""Letters that leave by another way than the first: handed over, posted, or sent again to the address of today."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.letters import ACKNOWLEDGEMENTS
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict
from backoffice.infra import templating
from backoffice.infra.runtime import Runtime
from backoffice.infra.templating import MailText
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.queries import cases as case_queries
from backoffice.queries import documents as queries
from backoffice.services import (
    acknowledging,
    clock,
    correspondence,
    documents,
    journal,
    legal_facts,
    moment,
    representations,
)
from backoffice.services.journal import Event

NOT_READY = "Ce courrier n’est pas encore produit : attendez un instant, puis recommencez."
REPLACED = "Un accusé de réception plus récent remplace celui-ci : c’est lui qu’il faut envoyer."
RENEWED = "Ce courrier a été écrit de nouveau pour une autre adresse : c’est sa dernière version qu’il faut envoyer."
SAME_ADDRESS = "Ce courrier porte déjà l’adresse de l’usager."
NO_EMAIL = "L’usager n’a pas d’adresse électronique, ou ne veut pas de courriel : imprimez le courrier et postez-le."
OTHER_ADDRESS = "L’adresse de l’usager a changé depuis que la page est ouverte : vérifiez à qui le courrier partira."


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would leave if it were sent now: the letter, the mail that brings it (None by post) and who gets it."""

    document: Document
    email: str
    mail: MailText | None
    address: tuple[str, ...]


def prepare(session: Session, runtime: Runtime, actor: Actor, case: Case, document: Document) -> Parcel:
    """Exactly what `send_again` would send, and to whom; the postal address is that of the citizen today."""
    policy.require(actor, Permission.CASE_NOTE, case)
    _check_sendable(session, case, document)
    citizen = case.citizen
    if citizen is None:
        return Parcel(document, "", None, ())
    address = address_of(session, case)
    if not citizen.is_answered_by_email:
        return Parcel(document, "", None, address)
    mail = templating.mail(
        _mail_of(document), {**document.values, "language": case.language}, runtime.settings.public_url
    )
    return Parcel(document, citizen.email, mail, address)


def send_again(session: Session, runtime: Runtime, actor: Actor, case: Case, document: Document, email: str) -> None:
    """Send a letter by e-mail to the address that the actor saw; raise Conflict when it is no longer the citizen's."""
    policy.require(actor, Permission.CASE_REPLY, case)
    _check_sendable(session, case, document)
    citizen = case.citizen
    if citizen is None or not citizen.is_answered_by_email:
        raise Conflict(NO_EMAIL)
    if citizen.email != email:
        raise Conflict(OTHER_ADDRESS)
    correspondence.queue_mail(
        session, runtime, case, _mail_of(document), document.values, automatic=False, documents=[document.id]
    )
    case.revision += 1
    data = {"document_id": document.id, "template": document.template, "recipient": email}
    journal.record(session, actor, case, Event.DOCUMENT_SENT_AGAIN, **data)


def write_again(session: Session, actor: Actor, case: Case, document: Document) -> None:
    """Write a letter again for the address of today, which goes in the window of its envelope; raise Conflict."""
    policy.require(actor, Permission.CASE_REPLY, case)
    _check_sendable(session, case, document)
    if case.citizen is None or document.template == "receipt" or not is_addressed_elsewhere(session, case, document):
        raise Conflict(SAME_ADDRESS)
    documents.ask_for_version(session, actor, case, document)
    case.revision += 1


def is_addressed_elsewhere(session: Session, case: Case, document: Document) -> bool:
    """Whether the citizen lives elsewhere than the letter says, at an address that is whole."""
    now = address_of(session, case)
    return len(now) > 2 and now != printed_address(document)


def address_of(session: Session, case: Case) -> tuple[str, ...]:
    """The lines of the citizen's address today, as an envelope bears them."""
    to = representations.addressee(session, case)
    lines = (to.name, to.through, to.address_line, f"{to.postcode} {to.city}".strip())
    return tuple(line for line in lines if line)


def printed_address(document: Document) -> tuple[str, ...]:
    """The address that stands in the window of the envelope: that of the day on which the letter was written."""
    citizen = document.values["citizen"]
    place = f"{citizen['postcode']} {citizen['city']}".strip()
    return tuple(line for line in (citizen["name"], citizen.get("through", ""), citizen["address_line"], place) if line)


def note_posted(session: Session, actor: Actor, case: Case, document: Document, on: date) -> None:
    """Somebody handed a letter over or posted it on a day; an acknowledgement counts as sent that day."""
    policy.require(actor, Permission.CASE_NOTE, case)
    _check_sendable(session, case, document)
    if document.posted_on is not None:
        raise Conflict("La remise de ce courrier est déjà notée.")
    authority = session.get_one(Authority, case.authority_id)
    legal_facts.check_past(authority, on, case.received_on, "La date de remise du courrier")
    document.posted_on = on
    if document.template in ACKNOWLEDGEMENTS and case.acknowledged_at is None:
        acknowledging.note_given(session, actor, case, on)
        return
    case.revision += 1
    data = {"document_id": document.id, "template": document.template, "on": on.isoformat()}
    journal.record(session, actor, case, Event.DOCUMENT_POSTED, **data)


def take_posting_back(session: Session, actor: Actor, case: Case, document: Document) -> None:
    """It was not posted after all (the case locked by the caller): it waits again, and dates follow."""
    policy.require(actor, Permission.CASE_NOTE, case)
    was = document.posted_on
    if was is None:
        return
    document.posted_on = None
    authority = session.get_one(Authority, case.authority_id)
    given_on = acknowledging.find_given_on(case, ZoneInfo(authority.timezone))
    if document.template in ACKNOWLEDGEMENTS and given_on == was:
        case.acknowledged_at = None
        clock.forget_unborn(session, case, authority)
        clock.refresh(session, case, authority)
    case.revision += 1
    data = {"document_id": document.id, "template": document.template, "on": was.isoformat()}
    journal.record(session, actor, case, Event.POSTING_TAKEN_BACK, **data)


def note_opened(session: Session, case: Case, document: Document) -> None:
    """The citizen opens a decision on their page (the case locked by the caller): the first time is written.

    It shows that they know of it; it is no notification, unless they agreed to be notified so (L112-15).
    """
    for event in case_queries.list_events(session, case.id):
        if event.kind == Event.DOCUMENT_OPENED and event.data["document_id"] == document.id:
            return
    citizen = case.citizen
    actor = Actor("citizen", case.authority_id, case.citizen_id, citizen.display_name if citizen else "Usager")
    opened_on = moment.today(session.get_one(Authority, case.authority_id).timezone)
    data = {"document_id": document.id, "template": document.template, "on": opened_on.isoformat()}
    journal.record(session, actor, case, Event.DOCUMENT_OPENED, **data)


def _mail_of(document: Document) -> str:
    return "acknowledgement" if document.template in ACKNOWLEDGEMENTS else "document"


def _check_sendable(session: Session, case: Case, document: Document) -> None:
    if not document.digest:
        raise Conflict(NOT_READY)
    if any(one.version_of == document.id for one in case_queries.list_documents(session, case.id)):
        raise Conflict(RENEWED)
    if document.template in ACKNOWLEDGEMENTS:
        last = queries.find_last_of(session, case.id, ACKNOWLEDGEMENTS)
        if last is not None and last.id != document.id:
            raise Conflict(REPLACED)
