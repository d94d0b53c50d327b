"""How agents like the shared queue: views with a name, and what each remembers of theirs."""

from sqlalchemy import Boolean, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Model
from backoffice.models.authorities import Department
from backoffice.models.columns import At, BelongsToAuthority, Id, Label, LongText, Number
from backoffice.models.people import Staff


class SavedView(BelongsToAuthority, Model):
    """A list of the queue under a name: its owner's alone, or shared with a department.

    `fields` are the end of the list's address, as the page writes it; they hold no result: whoever opens it sees what
    they may see.
    """

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_owner", "owner_id"), Index("ix_saved_views_department", "department_id"))

    id: Mapped[Id]
    name: Mapped[Label]
    fields: Mapped[LongText]
    owner_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    saved_at: Mapped[At]

    owner: Mapped[Staff] = relationship()
    department: Mapped[Department | None] = relationship()


class QueueHabit(BelongsToAuthority, Model):
    """What an agent chose for their queue: columns (codes with spaces between), its first view, letters as keys."""

    __tablename__ = "queue_habits"

    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    columns: Mapped[Label] = mapped_column(default="")
    first_view_id: Mapped[int | None] = mapped_column(Number, ForeignKey("saved_views.id"))
    letter_keys: Mapped[bool] = mapped_column(Boolean, default=True)
