"""What agents are writing on a case and have not sent."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import BelongsToAuthority, Code, Id, LongText, Number
from backoffice.models.people import Staff


class CaseDraft(BelongsToAuthority, Model):
    """One text of an agent on a case, of a kind of `services.case_drafts`; gone once sent, or a month after it changed.

    When `shared`, whoever may write the same on the case reads it and may go on with it: it becomes theirs.
    """

    __tablename__ = "case_drafts"
    __table_args__ = (
        UniqueConstraint("case_id", "staff_id", "kind"),
        Index("ix_case_drafts_expires", "expires_at"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    kind: Mapped[Code]
    text: Mapped[LongText]
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    author: Mapped[Staff] = relationship()
