"""Eliminations of files whose time is over, what holds a file back, and who looked at the log of readings."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number

HOLDING = text("lifted_at IS NULL")


class Elimination(BelongsToAuthority, Model):
    """A bordereau d'élimination, from the proposal to the certificate (`domain.eliminations.EliminationState`).

    `number` is given when the bordereau is drawn; `groups` is what it says then, frozen: {"groups": [{code, title,
    year, cases, first_on, last_on, size, retention, basis, final}]}. The visa is the PDF that the archives signed.
    `counts` grows with the destruction. The four digests name files of the storage, kept for ever.
    """

    __tablename__ = "eliminations"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        Index("ix_eliminations_authority", "authority_id", "state", "id"),
    )

    id: Mapped[Id]
    number: Mapped[Code | None]
    state: Mapped[Code]
    proposed_at: Mapped[At]
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    drawn_by: Mapped[Label] = mapped_column(default="")
    groups: Mapped[Data] = mapped_column(default=dict)
    pdf_digest: Mapped[str] = mapped_column(String(64), default="")
    visa_digest: Mapped[str] = mapped_column(String(64), default="")
    visa_at: Mapped[datetime | None] = mapped_column(Instant)
    visa_by: Mapped[Label] = mapped_column(default="")
    signed_by: Mapped[Label] = mapped_column(default="")
    signed_on: Mapped[date | None] = mapped_column(Date)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    begun_by: Mapped[Label] = mapped_column(default="")
    counts: Mapped[Data] = mapped_column(default=dict)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    certificate_digest: Mapped[str] = mapped_column(String(64), default="")


class EliminationCase(BelongsToAuthority, Model):
    """A file of an elimination and what became of it (`domain.eliminations.LineState`), in French in `reason`.

    As long as it is listed, `reason` says from which day its time was counted, when a question of its form gives it.

    No foreign key to the case, which goes; its reference stays. `proof` is the head of its history when it went.
    """

    __tablename__ = "elimination_cases"
    __table_args__ = (
        UniqueConstraint("elimination_id", "case_id"),
        Index("ix_elimination_cases_case", "case_id", "state"),
        Index("ix_elimination_cases_state", "elimination_id", "state", "id"),
    )

    id: Mapped[Id]
    elimination_id: Mapped[int] = mapped_column(Number, ForeignKey("eliminations.id"))
    case_id: Mapped[int] = mapped_column(Number)
    reference: Mapped[Code]
    procedure_code: Mapped[Code]
    closed_on: Mapped[date] = mapped_column(Date)
    state: Mapped[Code]
    reason: Mapped[LongText] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(String(64), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class CaseHold(BelongsToAuthority, Model):
    """A file that nothing destroys until the hold is lifted: a lawsuit, an inquiry, a wish of the archives."""

    __tablename__ = "case_holds"
    __table_args__ = (
        Index("ix_case_holds_case", "case_id"),
        Index("ix_case_holds_holding", "authority_id", "id", postgresql_where=HOLDING, sqlite_where=HOLDING),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    reason: Mapped[LongText]
    author: Mapped[Label]
    at: Mapped[At]
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[Label] = mapped_column(default="")


class AccessLogLook(BelongsToAuthority, Model):
    """Somebody looked at the log of readings: who, when, and what they narrowed it to."""

    __tablename__ = "access_log_looks"
    __table_args__ = (Index("ix_access_log_looks_at", "authority_id", "at"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
    asked: Mapped[Data] = mapped_column(default=dict)
