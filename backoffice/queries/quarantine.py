"""SELECTs on infected contents: which an authority received, by which cases and mails."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import Scan
from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.models.cases import Attachment, Case
from backoffice.models.files import ReceivedFile
from backoffice.models.mail import MailRecord

# Mail whose raw bytes are still all there is, or that a person is still to place.
UNSETTLED = (MailOutcome.PENDING, MailOutcome.PARKED, MailOutcome.QUARANTINED)


class Kept(StrEnum):
    """Whether the bytes are still there."""

    KEPT = "kept"
    ERASED = "erased"


@dataclass(slots=True)
class Sources:
    """Where an infected content came from: (file name, size, case) and lines of the mail ledger."""

    files: list[tuple[str, int, Case]] = field(default_factory=list)
    mails: list[MailRecord] = field(default_factory=list)


def list_infected(
    session: Session, authority_id: int, *, words: str, kept: Kept | None, limit: int, offset: int
) -> list[ReceivedFile]:
    """The infected contents of an authority, the last found first."""
    query = select(ReceivedFile).where(*_infected(authority_id, words, kept))
    ordered = query.order_by(ReceivedFile.scanned_at.desc(), ReceivedFile.digest)
    return list(session.scalars(ordered.limit(limit).offset(offset)))


def count_infected(session: Session, authority_id: int, *, words: str = "", kept: Kept | None = None) -> int:
    """How many there are."""
    counted = select(func.count()).select_from(ReceivedFile).where(*_infected(authority_id, words, kept))
    return session.scalar(counted) or 0


def find_infected(session: Session, authority_id: int, digest: str) -> ReceivedFile | None:
    """One infected content, if this authority received it."""
    query = select(ReceivedFile).where(ReceivedFile.digest == digest, *_infected(authority_id, "", None))
    return session.scalar(query)


def list_sources(session: Session, authority_id: int, digests: Iterable[str]) -> dict[str, Sources]:
    """Where each of these contents came from, in this authority."""
    found: dict[str, Sources] = defaultdict(Sources)
    wanted = list(digests)
    attached = (
        select(Attachment, Case)
        .join(Case, Case.id == Attachment.case_id)
        .where(Attachment.digest.in_(wanted), Attachment.authority_id == authority_id)
        .order_by(Attachment.id)
    )
    for attachment, case in session.execute(attached):
        found[attachment.digest].files.append((attachment.name, attachment.size, case))
    mailed = select(MailRecord).where(MailRecord.raw_digest.in_(wanted), MailRecord.authority_id == authority_id)
    for line in session.scalars(mailed.order_by(MailRecord.id)):
        found[line.raw_digest].mails.append(line)
    for digest in wanted:
        parked = select(MailRecord).where(*_parked(authority_id), cast(MailRecord.content, Text).contains(digest))
        found[digest].mails += [line for line in session.scalars(parked) if line not in found[digest].mails]
    return dict(found)


def is_awaited(session: Session, digest: str) -> bool:
    """Whether somebody is still to read a mail of this content, by its original."""
    awaited = select(MailRecord.id).where(MailRecord.raw_digest == digest, MailRecord.outcome.in_(UNSETTLED))
    return session.scalar(awaited.limit(1)) is not None


def _parked(authority_id: int) -> tuple[ColumnElement[bool], ...]:
    return MailRecord.authority_id == authority_id, MailRecord.outcome == MailOutcome.PARKED


def _infected(authority_id: int, words: str, kept: Kept | None) -> list[Any]:
    digest = ReceivedFile.digest
    attached = exists().where(Attachment.digest == digest, Attachment.authority_id == authority_id)
    mailed = exists().where(MailRecord.raw_digest == digest, MailRecord.authority_id == authority_id)
    parked = exists().where(*_parked(authority_id), cast(MailRecord.content, Text).contains(digest))
    conditions: list[Any] = [ReceivedFile.scan == Scan.INFECTED, or_(attached, mailed, parked)]
    if kept is not None:
        erased = ReceivedFile.erased_at
        conditions.append(erased.is_(None) if kept is Kept.KEPT else erased.is_not(None))
    if words:
        named = exists().where(
            Attachment.digest == digest,
            Attachment.case_id == Case.id,
            Attachment.authority_id == authority_id,
            or_(
                Case.reference == words, Case.restricted.is_(False) & Attachment.name.icontains(words, autoescape=True)
            ),
        )
        conditions.append(or_(ReceivedFile.virus.icontains(words, autoescape=True), named))
    return conditions
