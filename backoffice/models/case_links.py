"""Which cases go together, and how."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, Number


class CaseLink(BelongsToAuthority, Model):
    """What a case is to another one (`domain.case_links.LinkKind`); gone once it is undone, which both histories tell.

    `before` is what a junction changed, so that it can be undone exactly.
    """

    __tablename__ = "case_links"
    __table_args__ = (UniqueConstraint("case_id", "other_id"), Index("ix_case_links_other", "other_id"))

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    kind: Mapped[Code]
    before: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
