"""What is known of received bytes, whoever sent them and however often: one row a content."""

from datetime import datetime

from sqlalchemy import Boolean, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, Label, LongText


class ReceivedFile(Model):
    """Bytes of the storage that came from outside: what the antivirus said of them, and the pictures made from them.

    It belongs to no authority, as the storage itself: the attachments, messages and lines that name its `digest` do.
    `scan` is a `domain.file_checks.Scan`; `retry_at` is when a scan that led nowhere is asked for again. Once
    `prepared_at`, `preview` and `thumbnail` name the JPEG made from a picture (empty when none could be) and `active`
    says that a PDF carries scripts, or may: it is `damaged`. `erased_at`: the bytes of an infected file were deleted.
    """

    __tablename__ = "received_files"
    __table_args__ = (
        Index("ix_received_files_scan", "scan", "retry_at"),
        Index("ix_received_files_first_at", "first_at"),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[Label]
    first_at: Mapped[At]
    scan: Mapped[str] = mapped_column(String(64))
    virus: Mapped[Label] = mapped_column(default="")
    scanned_at: Mapped[datetime | None] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_by: Mapped[Label] = mapped_column(default="")
    prepared_at: Mapped[datetime | None] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(Boolean, default=False)
    damaged: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    preview: Mapped[str] = mapped_column(String(64), default="")
    thumbnail: Mapped[str] = mapped_column(String(64), default="")
    # The words of a document, or what was recognised on a scanned letter, when the machine can.
    text: Mapped[LongText] = mapped_column(default="", server_default="", deferred=True)
