"""Those who follow a report that somebody else made."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Digest, Id, Label, Number


class Follower(BelongsToAuthority, Model):
    """An address that is told, once, that a case is closed; then the row goes. `token_hash` opens its way out."""

    __tablename__ = "followers"
    __table_args__ = (UniqueConstraint("case_id", "email"), UniqueConstraint("token_hash"))

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    email: Mapped[Label]
    token_hash: Mapped[Digest]
    created_at: Mapped[At]
