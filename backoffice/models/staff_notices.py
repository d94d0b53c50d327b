"""What agents must know in time, and how each of them wants to be told."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class StaffNotice(BelongsToAuthority, Model):
    """Something a member of staff must know in time; the same thing (`kind`) is said once to each about a case.

    `event` is what it is filed under. A notice leads to its case, at `place` of its page, or to the address in `place`
    when it is about no case. `mailed_at` is when a mail summed it up.
    """

    __tablename__ = "staff_notices"
    __table_args__ = (
        UniqueConstraint("staff_id", "case_id", "kind"),
        Index("ix_staff_notices_staff", "staff_id", "read_at", "id"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    event: Mapped[Code] = mapped_column(server_default="deadline")
    kind: Mapped[Code]
    text: Mapped[LongText]
    place: Mapped[Label] = mapped_column(default="", server_default="")
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[At]
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    mailed_at: Mapped[datetime | None] = mapped_column(Instant)


class NoticeHabit(BelongsToAuthority, Model):
    """How an agent wants to be told: `modes` by event, and how often a mail may sum up what they did not read."""

    __tablename__ = "notice_habits"

    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    modes: Mapped[Data] = mapped_column(default=dict)
    rhythm: Mapped[Code]
    mailed_at: Mapped[datetime | None] = mapped_column(Instant)
