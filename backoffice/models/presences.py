"""Who has a case open."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import BelongsToAuthority, Number


class CasePresence(BelongsToAuthority, Model):
    """An agent has the page of a case open, until `expires_at` unless the page says so again."""

    __tablename__ = "case_presences"
    __table_args__ = (Index("ix_case_presences_expires", "expires_at"),)

    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime] = mapped_column(Instant)
