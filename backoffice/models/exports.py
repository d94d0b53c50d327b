"""The copies of their data that citizens ask for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Id, Label, Number


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
