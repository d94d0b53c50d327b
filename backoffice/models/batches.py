"""What is done in bulk: one batch for a selection of cases, one line a case with what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Json, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, LongText, Number


class Batch(BelongsToAuthority, Model):
    """The same letter, or the same action, for many cases; `form_key` makes a double click one batch.

    `kind` is a `domain.batches.Kind`, `values` what was asked for, which `domain.batch_actions` reads for actions.
    `done` counts the lines that are settled, whatever became of them. `merged_digest` names the PDF of the letters to
    post, empty while they are being written and when none is to post.
    """

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("authority_id", "form_key"),
        Index("ix_batches_staff", "staff_id", "id"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    kind: Mapped[Code]
    form_key: Mapped[Code]
    values: Mapped[Data]
    state: Mapped[Code]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[At]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    merged_digest: Mapped[str] = mapped_column(String(64), default="")
    merged_size: Mapped[int] = mapped_column(Number, default=0)


class BatchLine(BelongsToAuthority, Model):
    """What became of one case of a batch: its letter and how it leaves, or why it was refused, in French.

    Of an action: the revision of the case when it was chosen, that which the action left, and what it had `before`.
    """

    __tablename__ = "batch_lines"
    __table_args__ = (
        UniqueConstraint("batch_id", "case_id", "document_id"),
        UniqueConstraint("batch_id", "position"),
    )

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(Number, ForeignKey("batches.id"))
    position: Mapped[int]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(Number, ForeignKey("documents.id"))
    state: Mapped[Code]
    way: Mapped[Code] = mapped_column(default="")
    message: Mapped[LongText] = mapped_column(default="")
    seen_revision: Mapped[int | None] = mapped_column(Integer)
    left_revision: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
