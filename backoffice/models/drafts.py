"""Drafts: forms begun and not sent yet, kept for thirty days."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Number


class Draft(BelongsToAuthority, Model):
    """A form as it was left. It goes away when it is sent, deleted by its owner, or thirty days after its last change.

    `key` is the form's own number, which its request will have as `source_id`; it opens nothing by itself. `token_hash`
    is that of the link sent by e-mail, the last one only. `revision` rises with every change of the answers.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        Index("ix_drafts_citizen", "citizen_id", "saved_at"),
        Index("ix_drafts_expires", "expires_at"),
    )

    id: Mapped[Id]
    key: Mapped[Code] = mapped_column(unique=True)
    procedure_id: Mapped[int] = mapped_column(Number, ForeignKey("procedures.id"))
    version_id: Mapped[int] = mapped_column(Number, ForeignKey("procedure_versions.id"))
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    content: Mapped[Data]
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[At]
    saved_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    procedure: Mapped[Procedure] = relationship()
    version: Mapped[ProcedureVersion] = relationship()
