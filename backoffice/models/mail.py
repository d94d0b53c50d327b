"""The mail ledger (what came in, line by line) and the mails we send."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number


class MailRecord(BelongsToAuthority, Model):
    """One line a received message, written with its raw bytes kept before anything is parsed; exactly one outcome.

    `position` is the message's place in its mailbox: UIDVALIDITY:UID for IMAP, the file name for a Maildir.
    """

    __tablename__ = "mail_records"
    __table_args__ = (
        UniqueConstraint("mailbox", "position"),
        Index("ix_mail_records_dedupe", "authority_id", "dedupe_key"),
        Index("ix_mail_records_outcome", "mailbox", "outcome", "received_at"),
    )

    id: Mapped[Id]
    mailbox: Mapped[Code]
    position: Mapped[Label]
    raw_digest: Mapped[Digest]
    size: Mapped[int]
    received_at: Mapped[At]
    dedupe_key: Mapped[Label] = mapped_column(default="")
    sender: Mapped[Label] = mapped_column(default="")
    subject: Mapped[Label] = mapped_column(default="")
    kind: Mapped[Code] = mapped_column(default="")
    outcome: Mapped[Code] = mapped_column(default="pending")
    reason: Mapped[LongText] = mapped_column(default="")
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"), index=True)
    candidate_case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class MailboxBookmark(BelongsToAuthority, Model):
    """How far a mailbox was read: our own bookmark, never the server's seen flag."""

    __tablename__ = "mailbox_bookmarks"
    __table_args__ = (UniqueConstraint("mailbox"),)

    id: Mapped[Id]
    mailbox: Mapped[Code]
    uidvalidity: Mapped[int] = mapped_column(Number, default=0)
    last_uid: Mapped[int] = mapped_column(Number, default=0)
    last_success_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[LongText] = mapped_column(default="")
    last_error_at: Mapped[datetime | None] = mapped_column(Instant)


class OutgoingMail(BelongsToAuthority, Model):
    """A mail we owe: written with the change that calls for it, sent by a job; `message_id` is keyed and ours."""

    __tablename__ = "outgoing_mails"

    id: Mapped[Id]
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"), index=True)
    message_row_id: Mapped[int | None] = mapped_column(Number, ForeignKey("messages.id"))
    recipient: Mapped[Label]
    subject: Mapped[Label]
    text: Mapped[LongText]
    html: Mapped[LongText] = mapped_column(default="")
    message_id: Mapped[Label] = mapped_column(unique=True)
    in_reply_to: Mapped[Label] = mapped_column(default="")
    reply_to: Mapped[Label] = mapped_column(default="")
    sender: Mapped[Label] = mapped_column(default="")
    automatic: Mapped[bool] = mapped_column(default=False)
    files: Mapped[Data] = mapped_column(default=dict)
    created_at: Mapped[At]
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[LongText] = mapped_column(default="")
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
