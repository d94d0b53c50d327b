"""SELECTs on received contents: what is known of each, which rows name it, and what is still to be scanned."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select, union
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import MESSAGE, SETTLED, WORDED, Scan
from backoffice.domain.incoming import IncomingFile
from backoffice.models.cases import Attachment, Message
from backoffice.models.files import ReceivedFile
from backoffice.models.mail import MailRecord
from backoffice.queries.once import insert_each_once


def find_file(session: Session, digest: str) -> ReceivedFile | None:
    """What is known of a content."""
    return session.get(ReceivedFile, digest)


def list_files(session: Session, digests: Iterable[str]) -> dict[str, ReceivedFile]:
    """What is known of these contents, by digest."""
    wanted = set(digests)
    if not wanted:
        return {}
    found = session.scalars(select(ReceivedFile).where(ReceivedFile.digest.in_(wanted)))
    return {file.digest: file for file in found}


def list_texts(session: Session, digests: Iterable[str]) -> dict[str, str]:
    """What was read in these contents, by digest; nothing of those without words."""
    wanted = set(digests)
    if not wanted:
        return {}
    query = select(ReceivedFile.digest, ReceivedFile.text).where(ReceivedFile.digest.in_(wanted))
    return {row[0]: row[1] for row in session.execute(query.where(ReceivedFile.text != ""))}


def claim_file(session: Session, digest: str) -> ReceivedFile | None:
    """What is known of a content, locked until the transaction ends."""
    query = select(ReceivedFile).where(ReceivedFile.digest == digest).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def insert_files(session: Session, files: Sequence[dict[str, Any]]) -> set[str]:
    """Contents seen for the first time; give the digests of those that were: two at once are one."""
    return {row.digest for row in insert_each_once(session, ReceivedFile, ("digest",), files, "digest")}


def claim_to_scan(session: Session, now: datetime, limit: int) -> list[ReceivedFile]:
    """Contents that still wait for the antivirus and whose turn has come, locked, the oldest turn first."""
    due = or_(ReceivedFile.retry_at.is_(None), ReceivedFile.retry_at <= now)
    query = (
        select(ReceivedFile)
        .where(ReceivedFile.scan.not_in(list(SETTLED)), due)
        .order_by(ReceivedFile.retry_at, ReceivedFile.digest)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def list_clean_since(session: Session, first: datetime, scanned_before: datetime, limit: int) -> list[str]:
    """Contents that came since then and that an older look found clean, the oldest look first."""
    recent = (ReceivedFile.first_at >= first, ReceivedFile.scan == Scan.CLEAN, ReceivedFile.scanned_at < scanned_before)
    query = select(ReceivedFile.digest).where(*recent).order_by(ReceivedFile.scanned_at, ReceivedFile.digest)
    return list(session.scalars(query.limit(limit)))


def list_wordless(session: Session) -> list[str]:
    """Contents that may hold words, and of which none is kept."""
    query = select(ReceivedFile.digest).where(ReceivedFile.media_type.in_(WORDED), ReceivedFile.text == "")
    return list(session.scalars(query.order_by(ReceivedFile.first_at, ReceivedFile.digest)))


def count_waiting(session: Session) -> int:
    """How many contents stay closed until the antivirus has looked at them."""
    waiting = (Scan.WAITING, Scan.UNAVAILABLE, Scan.TOO_LARGE)
    counted = select(func.count()).select_from(ReceivedFile).where(ReceivedFile.scan.in_(waiting))
    return session.scalar(counted) or 0


def list_unknown(session: Session, limit: int) -> list[IncomingFile]:
    """Contents of files and of whole messages that nothing is known of: they came before the antivirus."""
    known = ReceivedFile.digest
    files = select(Attachment.digest, Attachment.media_type).where(~exists().where(known == Attachment.digest))
    mails = select(MailRecord.raw_digest).where(~exists().where(known == MailRecord.raw_digest))
    found = [IncomingFile("", kind, 0, digest) for digest, kind in session.execute(files.distinct().limit(limit))]
    return found + [IncomingFile("", MESSAGE, 0, raw) for raw in session.scalars(mails.distinct().limit(limit))]


def list_case_ids(session: Session, digest: str) -> list[int]:
    """The cases that have a content as a file, or that the mail made of it belongs to; in the order of locking."""
    attached = select(Attachment.case_id).where(Attachment.digest == digest)
    mailed = select(MailRecord.case_id).where(MailRecord.raw_digest == digest, MailRecord.case_id.is_not(None))
    return sorted(session.scalars(union(attached, mailed)))


def list_names(session: Session, case_id: int, digest: str) -> list[str]:
    """What a case calls the files of this content."""
    named = select(Attachment.name).where(Attachment.case_id == case_id, Attachment.digest == digest)
    return list(session.scalars(named.distinct().order_by(Attachment.name)))


def list_raw_with(session: Session, digest: str) -> list[str]:
    """The original messages that a file of this content came in."""
    query = select(Message.raw_digest).join(Attachment, Attachment.message_id == Message.id)
    return sorted(session.scalars(query.where(Attachment.digest == digest, Message.raw_digest != "").distinct()))
