"""SELECTs on the mails we send and on the ledger of those we receive."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models.cases import Case, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail


def find_unsent(session: Session, mail_id: int) -> OutgoingMail | None:
    """A mail that is still to be sent."""
    return session.scalar(select(OutgoingMail).where(OutgoingMail.id == mail_id, OutgoingMail.sent_at.is_(None)))


def list_mail_documents(session: Session, mail: OutgoingMail) -> list[Document]:
    """The rendered documents that a mail carries."""
    ids = mail.files.get("documents", [])
    query = select(Document).where(Document.id.in_(ids), Document.digest != "").order_by(Document.id)
    return list(session.scalars(query)) if ids else []


def find_last_received_message_id(session: Session, case_id: int) -> str:
    """The Message-ID of the last e-mail received on a case, for our answer to thread under it; else empty."""
    query = select(Message.facts).where(
        Message.case_id == case_id, Message.direction == "in", Message.channel == "email"
    )
    facts = session.scalar(query.order_by(Message.id.desc()).limit(1))
    return str(facts.get("message_id", "")) if facts else ""


def claim_case(session: Session, case_id: int) -> Case:
    """The case of a mail, locked."""
    return session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one()
