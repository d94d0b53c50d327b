"""SELECTs on files that forms brought, and on everything that may name a file."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.models.batches import Batch
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Attachment, Message
from backoffice.models.catalogue import PaperForm
from backoffice.models.contacts import DeskDraft
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.models.documents import Document
from backoffice.models.drafts import Draft
from backoffice.models.eliminations import Elimination
from backoffice.models.exports import Export
from backoffice.models.files import ReceivedFile
from backoffice.models.held_files import HeldFile
from backoffice.models.mail import MailRecord, OutgoingMail
from backoffice.models.open_data import OpenDataBlock, OpenDataFile
from backoffice.models.saved_reports import ReportFile
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
    Export.digest,
    ReportFile.digest,
    OpenDataBlock.digest,
    OpenDataFile.digest,
    MailRecord.raw_digest,
    OutgoingMail.raw_digest,
    PaperForm.digest,
    DigitisedFile.digest,
    DigitisedLetter.digest,
    Elimination.pdf_digest,
    Elimination.visa_digest,
    Elimination.certificate_digest,
)
"""Every column that names a file; the files of drafts and of parked mails stand in what these say."""
DIGEST = re.compile(r"[0-9a-f]{64}")
READ_AT_ONCE = 200
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


def list_named(session: Session, digests: Collection[str], *, received: bool = True) -> set[str]:
    """Those of these files that some row of the house needs: each table is read once, however many files there are.

    With `received`, a file counts as needed as soon as something is known of its content.
    """
    wanted = set(digests)
    named = [column for column in NAMED if received or column is not ReceivedFile.digest]
    columns = (session.scalars(select(column).where(column.in_(wanted)).distinct()) for column in named)
    found = {digest for column in columns for digest in column}
    for text in _texts(session):
        found |= wanted.intersection(DIGEST.findall(text))
    return found


def is_known(session: Session, digest: str) -> bool:
    """Whether these bytes were received with something, a draft apart: one look along an index."""
    return session.get(ReceivedFile, digest) is not None


def _texts(session: Session) -> Iterator[str]:
    """What names files in its words, by pages: the files of drafts, and mails that wait for somebody."""
    drafts = select(Draft.id, cast(Draft.content["files"], Text))
    desk = select(DeskDraft.id, cast(DeskDraft.content["files"], Text))
    waiting = select(MailRecord.id, cast(MailRecord.content, Text)).where(MailRecord.outcome.in_(WAITING))
    for query, id_ in ((drafts, Draft.id), (desk, DeskDraft.id), (waiting, MailRecord.id)):
        last: int | None = 0
        while last is not None:
            page = session.execute(query.where(id_ > last).order_by(id_).limit(READ_AT_ONCE)).all()
            yield from (text for _, text in page)
            last = page[-1][0] if len(page) == READ_AT_ONCE else None
