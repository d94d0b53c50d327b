"""Paper that went through a scanner: the files as they came, and the letters that they were cut into."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number

TO_DO = text("state = 'waiting'")


class DigitisedFile(BelongsToAuthority, Model):
    """A line a file, written with its bytes kept (`digest`) before anything is opened; exactly one outcome (`state`).

    `source_key` names the arrival: the same file looked at twice is one line. `reason` says in French why it was set
    aside. `cut` is a `domain.scan_cutting.Cut` once it is cut.
    """

    __tablename__ = "digitised_files"
    __table_args__ = (
        UniqueConstraint("authority_id", "source_key"),
        Index("ix_digitised_files_digest", "authority_id", "digest"),
        Index("ix_digitised_files_state", "authority_id", "state", "id"),
    )

    id: Mapped[Id]
    source_key: Mapped[Label]
    name: Mapped[Label]
    media_type: Mapped[Label]
    size: Mapped[int] = mapped_column(Number)
    digest: Mapped[Digest]
    cuts_at_blanks: Mapped[bool] = mapped_column(Boolean, default=False)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    received_at: Mapped[At]
    state: Mapped[Code]
    reason: Mapped[LongText] = mapped_column(default="")
    cut: Mapped[Code] = mapped_column(default="")
    page_count: Mapped[int] = mapped_column(Integer, default=0)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class DigitisedLetter(BelongsToAuthority, Model):
    """A letter of a file, as a PDF of its own (`digest`): it waits, is registered, or is put away with a reason.

    `pages` is {"pages": [{"preview": digest, "thumbnail": digest}]}, JPEG of each page. `text` is what was read on
    them; `read_at` is empty until somebody tried.
    """

    __tablename__ = "digitised_letters"
    __table_args__ = (
        UniqueConstraint("file_id", "position"),
        Index("ix_digitised_letters_waiting", "authority_id", "id", postgresql_where=TO_DO, sqlite_where=TO_DO),
    )

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(Number, ForeignKey("digitised_files.id"))
    position: Mapped[int]
    digest: Mapped[Digest]
    size: Mapped[int] = mapped_column(Number)
    pages: Mapped[Data]
    text: Mapped[LongText] = mapped_column(default="")
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[Code]
    reason: Mapped[LongText] = mapped_column(default="")
    arrived_letter_id: Mapped[int | None] = mapped_column(Number, ForeignKey("arrived_letters.id"))
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    file: Mapped[DigitisedFile] = relationship()
