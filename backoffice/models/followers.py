"""Those who follow a report that somebody else made."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Digest, Id, Label, Number


class Follower(BelongsToAuthority, Model):
    """An address that is told, once, that a case is closed; then the row goes. `token_hash` opens its way out.

    Until `confirmed_at` nobody proved it, and the same token opens its way in. `language` is the one they asked in.
    """

    __tablename__ = "followers"
    __table_args__ = (UniqueConstraint("case_id", "email"), UniqueConstraint("token_hash"))

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    email: Mapped[Label]
    token_hash: Mapped[Digest]
    created_at: Mapped[At]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    language: Mapped[Code] = mapped_column(default="fr")
