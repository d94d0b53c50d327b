"""Ready answers: the knowledge base of the desk, their immutable versions and the history of their changes."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number
from backoffice.models.people import Staff


class ReadyAnswer(BelongsToAuthority, Model):
    """An answer that agents give again and again; what it says is in its versions, `title` is that of the last one.

    `procedure_code` is empty when it is about no procedure, `status` when it fits a case in any state; `owner_id` is
    who reads it again by `review_on`; citizens see it when it is `public` and not retired.
    """

    __tablename__ = "ready_answers"
    __table_args__ = (
        UniqueConstraint("authority_id", "code"),
        Index("ix_ready_answers_procedure", "authority_id", "procedure_code"),
    )

    id: Mapped[Id]
    code: Mapped[Code]
    title: Mapped[Label]
    procedure_code: Mapped[Code] = mapped_column(default="")
    status: Mapped[Code] = mapped_column(default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    review_on: Mapped[date] = mapped_column(Date)
    public: Mapped[bool] = mapped_column(Boolean, default=False)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    # No foreign key: it would tie the two tables in a knot that SQLite cannot untie on the way down.
    current_version_id: Mapped[int | None] = mapped_column(Number)
    created_at: Mapped[At]
    owner: Mapped[Staff | None] = relationship()


class ReadyAnswerVersion(BelongsToAuthority, Model):
    """What a ready answer said on a day, never altered; `words` are others for the same thing, for searches."""

    __tablename__ = "ready_answer_versions"
    __table_args__ = (UniqueConstraint("answer_id", "number"),)

    id: Mapped[Id]
    answer_id: Mapped[int] = mapped_column(Number, ForeignKey("ready_answers.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[Label]
    text: Mapped[LongText]
    words: Mapped[LongText] = mapped_column(default="")
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]


class ReadyAnswerChange(BelongsToAuthority, Model):
    """What somebody did to a ready answer, never altered: `said` is its settings after the change."""

    __tablename__ = "ready_answer_changes"
    __table_args__ = (Index("ix_ready_answer_changes_answer", "answer_id", "id"),)

    id: Mapped[Id]
    answer_id: Mapped[int] = mapped_column(Number, ForeignKey("ready_answers.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
