"""What people ask of their data, and what the register of processings says beside the procedures."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class RightsRequest(BelongsToAuthority, Model):
    """A request of a person about their data (RGPD 12 to 22): one month to answer, two more when it is complex.

    `kind` and `outcome` are those of `domain.data_rights`. `citizen_id` is the sheet once it is found; `name` is
    emptied five years after the answer. `acts` lists what was done of it: {"lines": [{"at", "who", "what"}]}.
    """

    __tablename__ = "rights_requests"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        Index("ix_rights_requests_due", "authority_id", "answered_on", "due_on", "id"),
        Index("ix_rights_requests_citizen", "citizen_id"),
    )

    id: Mapped[Id]
    number: Mapped[Code]
    kind: Mapped[Code]
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    name: Mapped[Label]
    note: Mapped[LongText] = mapped_column(default="")
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    extended_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[Code] = mapped_column(default="")
    acts: Mapped[Data] = mapped_column(default=dict)
    author: Mapped[Label]
    at: Mapped[At]


class ProcessingEntry(BelongsToAuthority, Model):
    """What an administrator adds to the register for a procedure (RGPD 30), never altered: the last one holds."""

    __tablename__ = "processing_entries"
    __table_args__ = (Index("ix_processing_entries_procedure", "authority_id", "procedure_code", "id"),)

    id: Mapped[Id]
    procedure_code: Mapped[Code]
    said: Mapped[Data]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
