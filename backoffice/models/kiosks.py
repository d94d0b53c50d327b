"""Kiosks: screens of an entrance hall where anybody makes a request."""

from datetime import datetime

from sqlalchemy import Boolean, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Id, Label


class Kiosk(BelongsToAuthority, Model):
    """A device of a given place, known by a cookie whose hash alone is kept.

    `code_hash` is that of the code that installs it, once, until `code_ends_at`. A kiosk that was withdrawn stays
    listed and opens nothing.
    """

    __tablename__ = "kiosks"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("code_hash"),
        Index("ix_kiosks_authority", "authority_id", "id"),
    )

    id: Mapped[Id]
    place: Mapped[Label]
    has_printer: Mapped[bool] = mapped_column(Boolean, default=False)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    browser: Mapped[Label] = mapped_column(default="")
    created_at: Mapped[At]
    installed_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
