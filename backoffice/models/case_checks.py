"""What agents ticked on the checklist of a case."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Id, Label, Number


class CaseCheck(BelongsToAuthority, Model):
    """An item of the checklist of a procedure (`code`) that somebody ticked; gone once unticked."""

    __tablename__ = "case_checks"
    __table_args__ = (UniqueConstraint("case_id", "code"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    code: Mapped[Code]
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
