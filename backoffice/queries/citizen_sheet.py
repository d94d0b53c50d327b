"""SELECTs of what the sheet of a citizen gathers: documents, mandates, and how our letters and mails fared."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import CitizenMatchSetAside
from backoffice.models.representations import CaseRepresentation
from backoffice.models.sms import OutgoingSms
from backoffice.queries.cases import visible_to

MOST_DOCUMENTS = 30
MOST_MANDATES = 30


@dataclass(frozen=True, slots=True)
class Produced:
    """A document that the house made, and the case that it was made for."""

    document_id: int
    title: str
    asked_at: datetime
    posted_on: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """For whom the citizen speaks in a case."""

    row: CaseRepresentation
    reference: str


def list_documents(session: Session, actor: Actor, citizen_id: int) -> list[Produced]:
    """The documents of the cases that the actor may know of, the newest first."""
    columns = (Document.id, Document.title, Document.asked_at, Document.posted_on, Case.reference)
    mine = select(*columns).join(Case, Case.id == Document.case_id).where(Case.citizen_id == citizen_id)
    query = visible_to(actor, mine.where(Document.digest != ""))
    rows = session.execute(query.order_by(Document.id.desc()).limit(MOST_DOCUMENTS))
    return [Produced(*row) for row in rows]


def list_mandates(session: Session, actor: Actor, citizen_id: int) -> list[Mandate]:
    """In whose name the citizen speaks, in the cases that the actor may know of, the newest first."""
    mine = select(CaseRepresentation, Case.reference).join(Case, Case.id == CaseRepresentation.case_id)
    query = visible_to(actor, mine.where(Case.citizen_id == citizen_id))
    rows = session.execute(query.order_by(CaseRepresentation.id.desc()).limit(MOST_MANDATES))
    return [Mandate(row, reference) for row, reference in rows]


def find_last_mail(session: Session, actor: Actor, recipient: str) -> OutgoingMail | None:
    """The last mail to this address, about a case that the actor may know of, whose fate is known."""
    known = or_(OutgoingMail.sent_at.is_not(None), OutgoingMail.failed_at.is_not(None))
    mine = select(OutgoingMail).join(Case, Case.id == OutgoingMail.case_id)
    query = visible_to(actor, mine.where(OutgoingMail.recipient == recipient, known))
    return session.scalar(query.order_by(OutgoingMail.created_at.desc()).limit(1))


def find_last_sms(session: Session, actor: Actor, citizen_id: int) -> OutgoingSms | None:
    """The last text message, about a case of the citizen that the actor may know of, whose fate is known."""
    known = or_(OutgoingSms.sent_at.is_not(None), OutgoingSms.failed_at.is_not(None))
    mine = select(OutgoingSms).join(Case, Case.id == OutgoingSms.case_id)
    query = visible_to(actor, mine.where(Case.citizen_id == citizen_id, known))
    return session.scalar(query.order_by(OutgoingSms.id.desc()).limit(1))


def find_last_event(session: Session, actor: Actor, citizen_id: int, kinds: tuple[str, ...]) -> CaseEvent | None:
    """The last event of these kinds in the cases of the citizen that the actor may know of."""
    mine = select(CaseEvent).join(Case, Case.id == CaseEvent.case_id)
    query = visible_to(actor, mine.where(Case.citizen_id == citizen_id, CaseEvent.kind.in_(kinds)))
    return session.scalar(query.order_by(CaseEvent.at.desc(), CaseEvent.id.desc()).limit(1))


def list_told_apart(session: Session, citizen_id: int) -> set[int]:
    """The sheets that somebody said are not of this person, whichever of the two they said it from."""
    apart = CitizenMatchSetAside
    query = select(apart.account_id, apart.sheet_id).where(
        or_(apart.account_id == citizen_id, apart.sheet_id == citizen_id)
    )
    return {one for row in session.execute(query) for one in row} - {citizen_id}
