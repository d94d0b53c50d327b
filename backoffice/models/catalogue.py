"""Procedures (démarches) and their immutable versions."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number


class Procedure(BelongsToAuthority, Model):
    """A démarche of the catalogue; what it says is in its versions."""

    __tablename__ = "procedures"
    __table_args__ = (UniqueConstraint("authority_id", "code"),)

    id: Mapped[Id]
    code: Mapped[Code]
    title: Mapped[Label]
    department_id: Mapped[int] = mapped_column(Number, ForeignKey("departments.id"))
    open: Mapped[bool] = mapped_column(Boolean, default=True)
    # No foreign key: it would tie the two tables in a knot that SQLite cannot untie on the way down.
    current_version_id: Mapped[int | None] = mapped_column(Number)
    created_at: Mapped[At]
    department: Mapped[Department] = relationship()
    current_version: Mapped["ProcedureVersion | None"] = relationship(
        primaryjoin="Procedure.current_version_id == ProcedureVersion.id",
        foreign_keys=[current_version_id],
        viewonly=True,
    )


class ProcedureVersion(BelongsToAuthority, Model):
    """What a procedure said on a day; a running case keeps the version it was filed under.

    In force from `published_at` to the next one. Nobody is the author of what came with the product (`staff_id`).
    """

    __tablename__ = "procedure_versions"
    __table_args__ = (UniqueConstraint("procedure_id", "number"),)

    id: Mapped[Id]
    procedure_id: Mapped[int] = mapped_column(Number, ForeignKey("procedures.id"))
    number: Mapped[int]
    definition: Mapped[Data]
    digest: Mapped[Digest]
    published_at: Mapped[datetime] = mapped_column(Instant)
    # No foreign key: it came after cases held on to this table, which SQLite drops to add one.
    staff_id: Mapped[int | None] = mapped_column(Number)
    reason: Mapped[LongText] = mapped_column(default="")
    procedure: Mapped[Procedure] = relationship(foreign_keys=[procedure_id])


class MeasuredDelay(BelongsToAuthority, Model):
    """What the answers of a procedure really took (calendar days), measured every day from the cases that ended."""

    __tablename__ = "usual_delays"
    __table_args__ = (UniqueConstraint("authority_id", "procedure_code"),)

    id: Mapped[Id]
    procedure_code: Mapped[Code]
    sample: Mapped[int]
    median: Mapped[int]
    nine_in_ten: Mapped[int]
    measured_at: Mapped[At]


class PaperForm(BelongsToAuthority, Model):
    """The form of a procedure to print: one row for each wording of the sheet, printed once, kept for ever.

    `fingerprint` covers `values`, all that the sheet says, and how it is laid out. `digest` names the PDF in the
    storage, empty until it is made.
    """

    __tablename__ = "paper_forms"
    __table_args__ = (UniqueConstraint("authority_id", "fingerprint"),)

    id: Mapped[Id]
    procedure_id: Mapped[int] = mapped_column(Number, ForeignKey("procedures.id"), index=True)
    fingerprint: Mapped[Digest]
    title: Mapped[Label]
    values: Mapped[Data]
    asked_at: Mapped[At]
    digest: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)


class LifecycleDraft(BelongsToAuthority, Model):
    """The lifecycle of a procedure that somebody is drafting, one a procedure; gone once it is published."""

    __tablename__ = "lifecycle_drafts"

    id: Mapped[Id]
    procedure_id: Mapped[int] = mapped_column(Number, ForeignKey("procedures.id"), unique=True)
    lifecycle: Mapped[Data]
    author: Mapped[Label]
    saved_at: Mapped[At]


class ProcedureDraft(BelongsToAuthority, Model):
    """The next version of a procedure that somebody is writing, one a procedure; gone once it is published.

    `definition` is that of a file, letters included, and may not hold together yet. `code` is that of the procedure,
    which may not exist yet; `base_number` is the version in force when the draft began, 0 for none.
    """

    __tablename__ = "procedure_drafts"
    __table_args__ = (UniqueConstraint("authority_id", "code"),)

    id: Mapped[Id]
    code: Mapped[Code]
    definition: Mapped[Data]
    origin: Mapped[Label]
    base_number: Mapped[int]
    author: Mapped[Label]
    started_at: Mapped[At]
    saved_at: Mapped[At]
