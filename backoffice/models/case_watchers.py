"""Agents who follow a case that is not theirs to treat."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Number


class CaseWatcher(BelongsToAuthority, Model):
    """An agent who asked to be told of what happens to a case; `told_up_to` is the last line of history they know."""

    __tablename__ = "case_watchers"
    __table_args__ = (Index("ix_case_watchers_staff", "staff_id", "case_id"),)

    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    told_up_to: Mapped[int]
    since: Mapped[At]
