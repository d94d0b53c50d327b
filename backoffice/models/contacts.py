"""What the desk keeps besides cases: contacts answered at once, and what is being written down."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.cases import Case
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number
from backoffice.models.people import Citizen, Staff


class Contact(BelongsToAuthority, Model):
    """A visit, a call or a letter that was answered on the spot: counted, never a case by itself.

    `source_id` is the number of the form it was written on. `motive` is the code of a procedure, or empty, and
    `department_id` that of the procedure then; when `restricted`, only that department may read it. `line` is what was
    said, `about_case_id` the running case that was asked about, `case_id` the case that it became afterwards. After a
    year `line` and `citizen_id` are emptied: it counts.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("authority_id", "source_id"),
        Index("ix_contacts_authority", "authority_id", "at"),
        Index("ix_contacts_citizen", "citizen_id", "at"),
    )

    id: Mapped[Id]
    source_id: Mapped[Label]
    channel: Mapped[Code]
    at: Mapped[At]
    recorded_by_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    motive: Mapped[Code] = mapped_column(default="")
    restricted: Mapped[bool] = mapped_column(Boolean, default=False)
    # Numbers of rows of other tables, kept as facts: an answer or a call may go, the contact stays.
    ready_answer_version_id: Mapped[int | None] = mapped_column(Number)
    call_id: Mapped[int | None] = mapped_column(Number)
    line: Mapped[LongText] = mapped_column(default="")
    about_case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"))
    case_id: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.id"), index=True)

    recorded_by: Mapped[Staff] = relationship()
    citizen: Mapped[Citizen | None] = relationship()
    about_case: Mapped[Case | None] = relationship(foreign_keys=[about_case_id])
    case: Mapped[Case | None] = relationship(foreign_keys=[case_id])


class DeskDraft(BelongsToAuthority, Model):
    """The desk's screen as an agent left it: gone once recorded, given up, or a week after its last change.

    `key` is the number of the form, which its contact or its case will have as `source_id`; it is its agent's alone.
    """

    __tablename__ = "desk_drafts"
    __table_args__ = (
        UniqueConstraint("authority_id", "key"),
        Index("ix_desk_drafts_staff", "staff_id", "saved_at"),
        Index("ix_desk_drafts_expires", "expires_at"),
    )

    id: Mapped[Id]
    key: Mapped[Code]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    channel: Mapped[Code]
    title: Mapped[Label] = mapped_column(default="")
    content: Mapped[Data]
    created_at: Mapped[At]
    saved_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
