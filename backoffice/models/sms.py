"""The text messages we owe."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Id, LongText, Number


class OutgoingSms(BelongsToAuthority, Model):
    """A text message about a case: written with the change that calls for it, sent by a job.

    It says nothing but that there is something new: the number is the citizen's when it leaves, and is not kept here.
    """

    __tablename__ = "outgoing_sms"
    __table_args__ = (Index("ix_outgoing_sms_case", "case_id", "id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    key: Mapped[Code]
    created_at: Mapped[At]
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[LongText] = mapped_column(default="")
