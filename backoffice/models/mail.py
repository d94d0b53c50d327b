"""The mail ledger (what came in, line by line) and the mails we send."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number

UNDELIVERED = text("bounced_at IS NOT NULL OR failed_at IS NOT NULL")
WAITING_FOR_A_PERSON = ("pending", "parked", "quarantined")
"""The outcomes of the few lines that somebody or something still has to settle, among all those of the years."""
FOR_A_PERSON = text(f"outcome IN {WAITING_FOR_A_PERSON}")


class MailRecord(BelongsToAuthority, Model):
    """One line a received message, written with its raw bytes kept before anything is parsed; exactly one outcome.

    `position` is the message's place in its mailbox: UIDVALIDITY:UID for IMAP, the file for a Maildir. `received_on` is
    its day where the authority is. `only_key` names the message itself, whatever its mailbox: the first line that
    brings it takes the key, so that no other does anything but repeat it. `content` is what a parked message says,
    until a person places it. `complete` is False when only the beginning was kept, the message being too large.
    """

    __tablename__ = "mail_records"
    __table_args__ = (
        UniqueConstraint("mailbox", "position"),
        UniqueConstraint("authority_id", "only_key"),
        Index("ix_mail_records_dedupe", "authority_id", "dedupe_key"),
        Index("ix_mail_records_raw", "raw_digest"),
        Index("ix_mail_records_balance", "mailbox", "received_on", "outcome"),
        Index(
            "ix_mail_records_waiting",
            "authority_id",
            "outcome",
            "id",
            postgresql_where=FOR_A_PERSON,
            sqlite_where=FOR_A_PERSON,
        ),
    )

    id: Mapped[Id]
    mailbox: Mapped[Code]
    position: Mapped[Label]
    raw_digest: Mapped[Digest]
    size: Mapped[int]
    complete: Mapped[bool] = mapped_column(Boolean, default=True)
    received_at: Mapped[At]
    received_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[At]
    dedupe_key: Mapped[Label] = mapped_column(default="")
    only_key: Mapped[str | None] = mapped_column(String(64))
    sender: Mapped[Label] = mapped_column(default="")
    subject: Mapped[Label] = mapped_column(default="")
    kind: Mapped[Code] = mapped_column(default="")
    outcome: Mapped[Code] = mapped_column(default="pending")
    reason: Mapped[LongText] = mapped_column(default="")
    content: Mapped[Data] = mapped_column(default=dict)
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"), index=True)
    candidate_case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))


class MailboxBookmark(BelongsToAuthority, Model):
    """How far a mailbox was read: our own bookmark, never the server's seen flag.

    `holder` and `held_until` make sure that one worker at a time reads it. `received` counts the messages taken in, one
    by one as they come: the daily check compares it with the lines, and writes what does not add up in `fault`.
    """

    __tablename__ = "mailbox_bookmarks"
    __table_args__ = (UniqueConstraint("mailbox"),)

    id: Mapped[Id]
    mailbox: Mapped[Code]
    uidvalidity: Mapped[int] = mapped_column(Number, default=0)
    last_uid: Mapped[int] = mapped_column(Number, default=0)
    received: Mapped[int] = mapped_column(Number, default=0)
    holder: Mapped[Code] = mapped_column(default="")
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    last_success_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[LongText] = mapped_column(default="")
    last_error_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    fault: Mapped[LongText] = mapped_column(default="")


class KeptMailbox(BelongsToAuthority, Model):
    """A mailbox that an administrator added on a screen, read beside those of the settings while `active`.

    `scheme`, `host`, `port`, `account` and `folder` say where it is; `secret` is its password, sealed.
    """

    __tablename__ = "kept_mailboxes"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[Id]
    code: Mapped[Code]
    address: Mapped[Label]
    scheme: Mapped[Code]
    host: Mapped[Label]
    port: Mapped[int] = mapped_column(Integer)
    account: Mapped[Label]
    folder: Mapped[Label]
    processed_folder: Mapped[Label]
    procedure_code: Mapped[Code] = mapped_column(default="")
    secret: Mapped[LongText] = mapped_column(default="", deferred=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[At]


class OutgoingMail(BelongsToAuthority, Model):
    """A mail we owe: written with the change that calls for it, sent by a job; `message_id` is keyed and ours.

    `thread` names the mails exchanged before, one a line. `raw_digest` is the mail as it left, byte for byte (empty
    for one that held a secret link: of a mail that is `secret`, the words are wiped once it left).
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        Index("ix_outgoing_mails_recipient", "recipient", "created_at"),
        Index(
            "ix_outgoing_mails_undelivered",
            "authority_id",
            "case_id",
            postgresql_where=UNDELIVERED,
            sqlite_where=UNDELIVERED,
        ),
    )

    id: Mapped[Id]
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"), index=True)
    message_row_id: Mapped[int | None] = mapped_column(Number, ForeignKey("messages.id"))
    recipient: Mapped[Label]
    subject: Mapped[Label]
    text: Mapped[LongText]
    html: Mapped[LongText] = mapped_column(default="")
    message_id: Mapped[Label] = mapped_column(unique=True)
    in_reply_to: Mapped[Label] = mapped_column(default="")
    thread: Mapped[LongText] = mapped_column(default="", server_default="")
    reply_to: Mapped[Label] = mapped_column(default="")
    sender: Mapped[Label] = mapped_column(default="")
    automatic: Mapped[bool] = mapped_column(default=False)
    files: Mapped[Data] = mapped_column(default=dict)
    created_at: Mapped[At]
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[LongText] = mapped_column(default="")
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
    raw_digest: Mapped[Digest] = mapped_column(default="", server_default="")
    secret: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    @property
    def is_forward(self) -> bool:
        """Whether it brings the request itself, with all its answers and files, to another administration."""
        return "received" in self.files
