"""SELECTs on documents."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document


def find_pending(session: Session, document_id: int) -> Document | None:
    """A document that is still to be rendered."""
    return session.scalar(select(Document).where(Document.id == document_id, Document.rendered_at.is_(None)))


def find_document(session: Session, case_id: int, document_id: int) -> Document | None:
    """A document of this very case."""
    return session.scalar(select(Document).where(Document.id == document_id, Document.case_id == case_id))


def find_last_of(session: Session, case_id: int, templates: Collection[str]) -> Document | None:
    """The last document of a case made from one of these templates."""
    query = select(Document).where(Document.case_id == case_id, Document.template.in_(sorted(templates)))
    return session.scalar(query.order_by(Document.id.desc()).limit(1))


def claim_case_of(session: Session, document: Document) -> Case:
    """The case of a document, locked, with its citizen."""
    query = select(Case).where(Case.id == document.case_id).with_for_update(of=Case)
    return session.scalars(query.options(joinedload(Case.citizen))).one()


def find_attachment(session: Session, case_id: int, attachment_id: int) -> Attachment | None:
    """An attachment of this very case."""
    return session.scalar(select(Attachment).where(Attachment.id == attachment_id, Attachment.case_id == case_id))


def list_received_files(session: Session, case_ids: Sequence[int], limit: int) -> list[tuple[Attachment, str]]:
    """(file, author of its message) of what came in for these cases, the last first."""
    query = (
        select(Attachment, Message.author)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.case_id.in_(case_ids), Message.direction == "in")
        .order_by(Attachment.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def find_original(session: Session, case_id: int, message_id: int) -> Message | None:
    """A message of this very case whose raw bytes were kept."""
    kept = select(Message).where(Message.id == message_id, Message.case_id == case_id, Message.raw_digest != "")
    return session.scalar(kept)
