"""Files of forms that are not sent yet: kept for a while, so that no second try has to send them again."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model


class HeldFile(Model):
    """Bytes of the storage that a form brought, and that may be forgotten after `until` if nothing names them by then.

    It belongs to no authority, as the storage itself.
    """

    __tablename__ = "held_files"
    __table_args__ = (Index("ix_held_files_until", "until"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)
