"""Documents that the house produces: asked for with the change, rendered later, never altered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, Number


class Document(BelongsToAuthority, Model):
    """A letter or certificate: `values` are the facts it states, frozen when it was asked for.

    `digest` is empty until it is rendered, then names the PDF in the storage for ever.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_case", "case_id", "id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    template: Mapped[Code]
    title: Mapped[Label]
    values: Mapped[Data]
    mail_template: Mapped[Code] = mapped_column(default="")
    asked_at: Mapped[At]
    rendered_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
