"""SELECTs on files that forms brought, and on everything that may name a file."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.orm import Session

from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.models.batches import Batch
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Attachment, Message
from backoffice.models.catalogue import PaperForm
from backoffice.models.documents import Document
from backoffice.models.drafts import Draft
from backoffice.models.files import ReceivedFile
from backoffice.models.held_files import HeldFile
from backoffice.models.mail import MailRecord, OutgoingMail
from backoffice.queries.once import insert_once

NAMED = (
    ReceivedFile.digest,
    ReceivedFile.preview,
    ReceivedFile.thumbnail,
    Attachment.digest,
    Message.raw_digest,
    Document.digest,
    Bundle.pdf_digest,
    Bundle.zip_digest,
    Batch.merged_digest,
    MailRecord.raw_digest,
    OutgoingMail.raw_digest,
    PaperForm.digest,
)
"""Every column that names a file; the files of drafts and of parked mails stand in what these say."""
WAITING = (MailOutcome.PENDING, MailOutcome.PARKED, MailOutcome.QUARANTINED)


def hold(session: Session, digests: Iterable[str], until: datetime) -> None:
    """Keep these files until then at least."""
    # In one order for everybody: two forms with the same files never wait for each other.
    for digest in sorted(set(digests)):
        insert_once(session, HeldFile, ("digest",), digest=digest, until=until)
        held = claim_held(session, digest)
        if held is not None and held.until < until:
            held.until = until


def list_ended(session: Session, now: datetime, limit: int) -> list[str]:
    """Files whose time is over, the oldest first."""
    query = select(HeldFile.digest).where(HeldFile.until < now).order_by(HeldFile.until).limit(limit)
    return list(session.scalars(query))


def claim_held(session: Session, digest: str) -> HeldFile | None:
    """One of them, locked until the transaction ends."""
    query = select(HeldFile).where(HeldFile.digest == digest).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def is_named(session: Session, digest: str) -> bool:
    """Whether any row of the house needs this file."""
    named = [select(literal(1)).where(column == digest) for column in NAMED]
    in_drafts = select(literal(1)).where(cast(Draft.content, Text).contains(digest))
    waiting = MailRecord.outcome.in_(WAITING)
    in_mails = select(literal(1)).where(waiting, cast(MailRecord.content, Text).contains(digest))
    return any(session.scalar(query.limit(1)) is not None for query in (*named, in_drafts, in_mails))
