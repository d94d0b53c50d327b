"""Phone calls as the telephone system tells them, and the people to call back."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number
from backoffice.models.people import Citizen, Staff

RINGING = text("ended_at IS NULL")
TO_DO = text("done_at IS NULL")


class CallRecord(BelongsToAuthority, Model):
    """A call, received or made: numbers in E.164 (empty when hidden), moments, how it ended, who took it.

    `external_id` is the telephone system's own: the same one told again changes the same row. `told_at` is the moment
    of the last news, so that older ones arriving late change nothing. A contact recorded from a call names it.
    """

    __tablename__ = "call_records"
    __table_args__ = (
        UniqueConstraint("authority_id", "external_id"),
        Index("ix_call_records_started", "authority_id", "started_at", "id"),
        Index("ix_call_records_caller", "authority_id", "from_number"),
        Index("ix_call_records_citizen", "citizen_id"),
        Index("ix_call_records_ringing", "authority_id", "started_at", postgresql_where=RINGING, sqlite_where=RINGING),
    )

    id: Mapped[Id]
    external_id: Mapped[str] = mapped_column(String(128))
    direction: Mapped[Code]
    from_number: Mapped[Code] = mapped_column(default="")
    to_number: Mapped[Code] = mapped_column(default="")
    started_at: Mapped[At]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # Seconds of talk, as told or computed; None when nobody spoke or nobody said.
    duration: Mapped[int | None] = mapped_column(Integer)
    # Empty while it rings or goes on; else answered, missed, voicemail, called_back.
    outcome: Mapped[Code] = mapped_column(default="")
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    told_at: Mapped[At]
    staff: Mapped[Staff | None] = relationship()
    citizen: Mapped[Citizen | None] = relationship()
    case: Mapped[Case | None] = relationship()


class CallBack(BelongsToAuthority, Model):
    """Somebody to call back between two moments, by an agent or by whoever of a department is free.

    `history` lists what was done of it (`lines`: when, who, what), never shortened.
    """

    __tablename__ = "call_backs"
    __table_args__ = (
        Index("ix_call_backs_due", "authority_id", "ends_at", "id", postgresql_where=TO_DO, sqlite_where=TO_DO),
        Index("ix_call_backs_citizen", "citizen_id"),
        Index("ix_call_backs_call", "call_id"),
    )

    id: Mapped[Id]
    call_id: Mapped[int | None] = mapped_column(Number, ForeignKey("call_records.id"))
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    number: Mapped[Code]
    name: Mapped[Label] = mapped_column(default="")
    about: Mapped[LongText] = mapped_column(default="")
    starts_at: Mapped[At]
    ends_at: Mapped[At]
    department_id: Mapped[int] = mapped_column(Number, ForeignKey("departments.id"))
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    history: Mapped[Data] = mapped_column(default=dict)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    created_at: Mapped[At]
    call: Mapped[CallRecord | None] = relationship()
    citizen: Mapped[Citizen | None] = relationship()
    case: Mapped[Case | None] = relationship()
    department: Mapped[Department] = relationship()
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
