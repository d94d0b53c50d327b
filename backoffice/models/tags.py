"""Tags, which cases carry them, and the history of their changes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, Number


class Tag(BelongsToAuthority, Model):
    """A word that agents put on cases: of one department, or of all (`department_id` is None).

    `folded` is its name without case or accents, once in an authority; `tone` is a colour of `domain.tags`.
    """

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("authority_id", "folded"),)

    id: Mapped[Id]
    name: Mapped[Label]
    folded: Mapped[Label]
    tone: Mapped[Code]
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[At]
    department: Mapped[Department | None] = relationship()


class CaseTag(BelongsToAuthority, Model):
    """A tag on a case: there, or not; who put it is in the history of the case."""

    __tablename__ = "case_tags"
    __table_args__ = (UniqueConstraint("case_id", "tag_id"), Index("ix_case_tags_tag", "tag_id", "case_id"))

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    tag_id: Mapped[int] = mapped_column(Number, ForeignKey("tags.id"))


class TagChange(BelongsToAuthority, Model):
    """What somebody did to a tag, never altered: `said` is its settings after the change."""

    __tablename__ = "tag_changes"
    __table_args__ = (Index("ix_tag_changes_tag", "tag_id", "id"),)

    id: Mapped[Id]
    tag_id: Mapped[int] = mapped_column(Number, ForeignKey("tags.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
