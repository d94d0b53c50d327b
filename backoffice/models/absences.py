"""When agents are away, and who has their cases meanwhile."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Id, LongText, Number
from backoffice.models.people import Staff


class Absence(BelongsToAuthority, Model):
    """An agent is away from one day to another, both included, where the authority is.

    On the first day the open cases go to the stand-in or, when there is none, back to their department: `begun_at`.
    `words` are for whoever has the cases then. Days can change while it has not begun; `cancelled_at` ends it.
    """

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_staff", "staff_id", "until_on"),
        Index("ix_absences_days", "authority_id", "until_on"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    words: Mapped[LongText] = mapped_column(default="")
    stand_in_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    recorded_by_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    recorded_at: Mapped[At]
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    stand_in: Mapped[Staff | None] = relationship(foreign_keys=[stand_in_id])
