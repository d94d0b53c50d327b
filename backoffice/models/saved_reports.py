"""Reports under a name: whom they are shared with, whom they are sent to, and their versions, frozen as they were."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Json, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number
from backoffice.models.people import Staff


class SavedReport(BelongsToAuthority, Model):
    """A report under a name: its owner's alone, shared with a department, or with all who may read reports.

    `fields` are the filters, as the end of the address of the activity page; `span` is a `domain.saved_reports.Span`.
    One that is shared or sent leaves the department: its small numbers are hidden, and they are when `outward` says so.
    `scheduled_from` is the first day on which it may leave by e-mail. A retired one keeps its versions.
    """

    __tablename__ = "saved_reports"
    __table_args__ = (
        Index("ix_saved_reports_owner", "owner_id"),
        Index("ix_saved_reports_authority", "authority_id", "retired_at"),
    )

    id: Mapped[Id]
    name: Mapped[Label]
    owner_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    for_all: Mapped[bool] = mapped_column(Boolean, default=False)
    fields: Mapped[LongText]
    span: Mapped[Code]
    outward: Mapped[bool] = mapped_column(Boolean, default=False)
    rhythm: Mapped[Code] = mapped_column(default="")
    scheduled_from: Mapped[date | None] = mapped_column(Date)
    saved_at: Mapped[At]
    retired_at: Mapped[datetime | None] = mapped_column(Instant)

    owner: Mapped[Staff] = relationship()


class ReportRecipient(BelongsToAuthority, Model):
    """An address that a report is sent to, until its owner asks for no more (`stopped_at`)."""

    __tablename__ = "report_recipients"
    __table_args__ = (UniqueConstraint("report_id", "email"),)

    id: Mapped[Id]
    report_id: Mapped[int] = mapped_column(Number, ForeignKey("saved_reports.id"))
    email: Mapped[Label]
    added_at: Mapped[At]
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)


class ReportVersion(BelongsToAuthority, Model):
    """A report as it was on a day, by whom and with which parameters: its files never change.

    `slot` is the week or month that it was sent for, or names the form that asked for it: each makes one version.
    """

    __tablename__ = "report_versions"
    __table_args__ = (UniqueConstraint("report_id", "number"), UniqueConstraint("report_id", "slot"))

    id: Mapped[Id]
    report_id: Mapped[int] = mapped_column(Number, ForeignKey("saved_reports.id"))
    number: Mapped[int]
    slot: Mapped[Code]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    asked: Mapped[Data]
    period: Mapped[Label]
    parameters: Mapped[list[Any]] = mapped_column(Json, default=list)
    fault: Mapped[LongText] = mapped_column(default="")
    asked_at: Mapped[At]
    made_at: Mapped[datetime | None] = mapped_column(Instant)

    staff: Mapped[Staff] = relationship()
    report: Mapped[SavedReport] = relationship()


class ReportFile(BelongsToAuthority, Model):
    """A version in one format; `digest` is its SHA-256, under which the storage keeps it for ever."""

    __tablename__ = "report_files"
    __table_args__ = (UniqueConstraint("version_id", "format"), Index("ix_report_files_digest", "digest"))

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(Number, ForeignKey("report_versions.id"))
    format: Mapped[Code]
    digest: Mapped[Digest]
    size: Mapped[int] = mapped_column(Number)
