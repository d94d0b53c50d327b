"""Parts of a case entrusted to other departments, and opinions asked of bodies outside."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, TextClause, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number
from backoffice.models.people import Staff

AWAITED, ENDED = text("ended_at IS NULL"), text("ended_at IS NOT NULL")
UNREAD = text("read_at IS NULL")


def _list(name: str, where: TextClause, *columns: str) -> Index:
    """An index that gives one of the lists and its count, of these rows alone."""
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Task(BelongsToAuthority, Model):
    """A question about a case, asked by a department of another (and maybe of one person there), or of a body outside.

    `department_id` is None for a body outside, which has a name and an e-mail. `state` is a `domain.tasks.TaskState`;
    `ended_at` is None as long as an answer is awaited. `joined` names what the asker chose to show of the case: ids of
    `attachments` and `documents`. `shared` when the citizen is told how many have answered. The answer is a note of the
    case (`message_id`, with its files) and stands in `answer`; it may be corrected until `read_at`, when the asking
    department read it (or asked no more). `reminders` is the last stage that was reminded. `link_until` is when the
    last link of a body outside ends (None: closed), and `mail_id` the mail that brought it.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("authority_id", "form_key"),
        Index("ix_tasks_case", "case_id", "id"),
        _list("ix_tasks_awaited", AWAITED, "authority_id", "department_id", "due_on", "id"),
        _list("ix_tasks_ended", ENDED, "authority_id", "department_id", "id"),
        _list("ix_tasks_unread", UNREAD, "authority_id", "from_department_id", "due_on", "id"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    form_key: Mapped[Code]
    asked_by_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    from_department_id: Mapped[int] = mapped_column(Number, ForeignKey("departments.id"))
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    body: Mapped[Label] = mapped_column(default="")
    email: Mapped[Label] = mapped_column(default="")
    title: Mapped[Label]
    question: Mapped[LongText]
    due_on: Mapped[date] = mapped_column(Date)
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    joined: Mapped[Data] = mapped_column(default=dict)
    state: Mapped[Code]
    answer: Mapped[LongText] = mapped_column(default="")
    reason: Mapped[LongText] = mapped_column(default="")
    answered_by: Mapped[Label] = mapped_column(default="")
    message_id: Mapped[int | None] = mapped_column(Number, ForeignKey("messages.id"))
    asked_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    link_until: Mapped[date | None] = mapped_column(Date)
    mail_id: Mapped[int | None] = mapped_column(Number, ForeignKey("outgoing_mails.id"))

    case: Mapped[Case] = relationship()
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    from_department: Mapped[Department] = relationship(foreign_keys=[from_department_id])
    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])

    @property
    def who(self) -> str:
        """Who was asked: a department, or a body outside."""
        return self.department.name if self.department else self.body


class TaskLink(BelongsToAuthority, Model):
    """A link by which a body outside reads its question and answers: only its keyed hash is kept."""

    __tablename__ = "task_links"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_task_links_task", "task_id"))

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(Number, ForeignKey("tasks.id"))
    token_hash: Mapped[Digest]
    created_at: Mapped[At]
    until: Mapped[date] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    task: Mapped[Task] = relationship()
