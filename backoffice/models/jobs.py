"""Promises: rows that commit with the change that calls for them; the broker only wakes those who keep them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, Code, Data, Id, LongText, Number

TO_DO = text("state IN ('queued', 'running')")


class Job(Model):
    """A promise. `attempts` counts starts; `token` fences out a worker that lost its lease.

    `slot` makes periodic work unique: whichever relay comes first inserts (kind, slot), the others do nothing.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "slot"),
        Index("ix_jobs_due", "due_at", "id", postgresql_where=TO_DO, sqlite_where=TO_DO),
    )

    id: Mapped[Id]
    authority_id: Mapped[int | None] = mapped_column(Number, ForeignKey("authorities.id"))
    kind: Mapped[Code]
    slot: Mapped[Code | None]
    payload: Mapped[Data] = mapped_column(default=dict)
    state: Mapped[Code] = mapped_column(default="queued")
    due_at: Mapped[At]
    attempts: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    token: Mapped[Code] = mapped_column(default="")
    error: Mapped[LongText] = mapped_column(default="")
    created_at: Mapped[At]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
