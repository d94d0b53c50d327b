"""Macros, the history of their changes, and the forms that applied them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, Number


class Macro(BelongsToAuthority, Model):
    """A named sequence of acts, for the cases of one department, or of all (`department_id` is None).

    `folded` is its name without case or accents, once in an authority; `steps` are those of `domain.macros.Steps`;
    the lowest `position` is offered first.
    """

    __tablename__ = "macros"
    __table_args__ = (UniqueConstraint("authority_id", "folded"),)

    id: Mapped[Id]
    name: Mapped[Label]
    folded: Mapped[Label]
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    steps: Mapped[Data] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(Integer)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[At]
    department: Mapped[Department | None] = relationship()


class MacroChange(BelongsToAuthority, Model):
    """What somebody did to a macro, never altered: `said` is its settings after the change."""

    __tablename__ = "macro_changes"
    __table_args__ = (Index("ix_macro_changes_macro", "macro_id", "id"),)

    id: Mapped[Id]
    macro_id: Mapped[int] = mapped_column(Number, ForeignKey("macros.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]


class MacroRun(BelongsToAuthority, Model):
    """A form that applied a macro to a case, known by its key: sent twice, it acts once."""

    __tablename__ = "macro_runs"
    __table_args__ = (UniqueConstraint("case_id", "form_key"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    macro_id: Mapped[int] = mapped_column(Number, ForeignKey("macros.id"))
    form_key: Mapped[Code]
    at: Mapped[datetime | None] = mapped_column(Instant)
