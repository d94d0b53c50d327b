"""Files that are asked for and expire: the copies of their data for citizens, and the exports of agents."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number
from backoffice.models.people import Staff


class DataExport(BelongsToAuthority, Model):
    """What an account holds, as a PDF to read and as JSON for machines; swept when it expires.

    `address` is the one that a link had proved, when that is how the account was open: it sees the cases that go by it.
    The bytes stay in the row, not in the storage, which keeps what it has for ever.
    """

    __tablename__ = "data_exports"
    __table_args__ = (
        Index("ix_data_exports_citizen", "citizen_id", "id"),
        Index("ix_data_exports_expires", "expires_at"),
    )

    id: Mapped[Id]
    citizen_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"))
    address: Mapped[Label] = mapped_column(default="")
    asked_at: Mapped[At]
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    data: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    data_size: Mapped[int] = mapped_column(default=0)
    page: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    page_size: Mapped[int] = mapped_column(default=0)


class Export(BelongsToAuthority, Model):
    """A file that an agent had made to take away: who, what, how many lines, and why when it tells of people.

    `asked` is what the worker reads: the source of the lines, its filters, the choices of the form. `state` is a
    `domain.exports.ExportState`. The bytes go when it expires (`digest` is then empty), this line stays: it is the log.
    `form_key` makes a double click one export.
    """

    __tablename__ = "exports"
    __table_args__ = (
        UniqueConstraint("authority_id", "form_key"),
        Index("ix_exports_staff", "staff_id", "id"),
        Index("ix_exports_authority", "authority_id", "id"),
        Index("ix_exports_expires", "expires_at"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    form_key: Mapped[Code]
    kind: Mapped[Code]
    format: Mapped[Code]
    title: Mapped[Label]
    about: Mapped[LongText] = mapped_column(default="")
    asked: Mapped[Data]
    personal: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[LongText] = mapped_column(default="")
    state: Mapped[Code]
    fault: Mapped[LongText] = mapped_column(default="")
    total: Mapped[int | None] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[At]
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    name: Mapped[Label] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(Number, default=0)
    downloads: Mapped[int] = mapped_column(default=0)

    staff: Mapped[Staff] = relationship()
