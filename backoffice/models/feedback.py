"""What citizens say of the answers they got."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Id, LongText, Number


class Feedback(BelongsToAuthority, Model):
    """Whether an answer helped; an answer is the closing of a case at `closed_at`, and is judged once.

    `reason` is what was missing, in the citizen's words; `reopened` tells whether their « no » opened the case again.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("case_id", "closed_at"),
        Index("ix_feedback_authority", "authority_id", "at"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    closed_at: Mapped[datetime] = mapped_column(Instant)
    helped: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[LongText] = mapped_column(default="")
    reopened: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[At]
