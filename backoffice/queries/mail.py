"""SELECTs on the mails we send and on the ledger of those we receive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode
from backoffice.models.cases import Attachment, Case, Message
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


def list_mail_attachments(session: Session, mail: OutgoingMail) -> list[Attachment]:
    """The received files that a mail passes on."""
    ids = mail.files.get("received", [])
    query = select(Attachment).where(Attachment.id.in_(ids), Attachment.case_id == mail.case_id)
    return list(session.scalars(query.order_by(Attachment.id))) if ids else []


def find_last_received_facts(session: Session, case_id: int) -> dict[str, Any]:
    """What is known of the last e-mail received on a case (its Message-ID, its mailbox…); empty without one."""
    query = select(Message.facts).where(
        Message.case_id == case_id, Message.direction == "in", Message.channel == "email"
    )
    return session.scalar(query.order_by(Message.id.desc()).limit(1)) or {}


def find_opening_facts(session: Session, case_id: int) -> dict[str, Any]:
    """What is known of the e-mail that opened a case; empty when it came by another door."""
    query = select(Message.channel, Message.facts).where(Message.case_id == case_id, Message.direction == "in")
    first = session.execute(query.order_by(Message.id).limit(1)).first()
    return dict(first.facts) if first is not None and first.channel == ChannelCode.EMAIL else {}


def find_mail(session: Session, case_id: int, mail_id: int) -> OutgoingMail | None:
    """A mail of this very case."""
    return session.scalar(select(OutgoingMail).where(OutgoingMail.id == mail_id, OutgoingMail.case_id == case_id))


def list_thread(session: Session, case_id: int, recipient: str) -> list[str]:
    """The Message-IDs of the mails of a case, those received and those that left for this address, oldest first."""
    received = select(Message.received_at, Message.facts).where(
        Message.case_id == case_id, Message.direction == "in", Message.channel == "email"
    )
    ours = select(OutgoingMail.sent_at, OutgoingMail.message_id).where(
        OutgoingMail.case_id == case_id, OutgoingMail.recipient == recipient, OutgoingMail.sent_at.is_not(None)
    )
    dated = [(at, str(facts.get("message_id", ""))) for at, facts in session.execute(received)]
    dated += [(at, message_id) for at, message_id in session.execute(ours)]
    return [message_id for _, message_id in sorted(dated) if message_id]


def find_message(session: Session, case_id: int, message_id: int) -> Message | None:
    """A message of this very case."""
    return session.scalar(select(Message).where(Message.id == message_id, Message.case_id == case_id))


def find_of_message(session: Session, message_id: int) -> OutgoingMail | None:
    """The mail that carries an answer; not locked, for a worker locks the mail before its case."""
    return session.scalar(select(OutgoingMail).where(OutgoingMail.message_row_id == message_id))


def find_sent_mail(session: Session, authority_id: int, message_id: str) -> OutgoingMail | None:
    """A mail of ours by its Message-ID."""
    mine = (OutgoingMail.authority_id == authority_id, OutgoingMail.message_id == message_id)
    return session.scalar(select(OutgoingMail).where(*mine))


def find_last_sent_mail(session: Session, case_id: int, recipients: Sequence[str]) -> OutgoingMail | None:
    """The last mail of a case that left for one of these addresses."""
    sent = (OutgoingMail.case_id == case_id, OutgoingMail.sent_at.is_not(None))
    addressed = func.lower(OutgoingMail.recipient).in_([address.lower() for address in recipients])
    return session.scalar(select(OutgoingMail).where(*sent, addressed).order_by(OutgoingMail.id.desc()).limit(1))


def find_returned_last(session: Session, authority_id: int, recipient: str) -> OutgoingMail | None:
    """The last mail that left for an address, when it came back: the address does not work, whatever the case."""
    sent = (OutgoingMail.authority_id == authority_id, OutgoingMail.sent_at.is_not(None))
    to = (OutgoingMail.recipient == recipient, *sent)
    last = session.scalar(select(OutgoingMail).where(*to).order_by(OutgoingMail.created_at.desc()).limit(1))
    return last if last is not None and last.bounced_at is not None else None


def list_answered_since(session: Session, authority_id: int, recipient: str, since: datetime) -> list[int | None]:
    """The cases that automatic mails to an address were about, among those that came by e-mail."""
    query = (
        select(OutgoingMail.case_id)
        .join(Case, Case.id == OutgoingMail.case_id)
        .where(
            OutgoingMail.authority_id == authority_id,
            OutgoingMail.recipient == recipient,
            OutgoingMail.created_at >= since,
            OutgoingMail.automatic,
            Case.channel == ChannelCode.EMAIL,
        )
    )
    return list(session.scalars(query))


def count_mails_to_since(session: Session, authority_id: int, recipient: str, since: datetime) -> int:
    """How many mails of no case (links that somebody asked for) were written to an address since this instant."""
    addressed = (OutgoingMail.recipient == recipient, OutgoingMail.created_at >= since)
    mine = (OutgoingMail.authority_id == authority_id, OutgoingMail.case_id.is_(None))
    return session.scalar(select(func.count()).select_from(OutgoingMail).where(*addressed, *mine)) or 0
