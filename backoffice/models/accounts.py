"""What happened to the accounts of staff."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, Number


class AccountEvent(BelongsToAuthority, Model):
    """A line of the history of an account: append-only and hash-chained (`digest` covers the line before).

    `before` and `after` are what changed, as people read it (label → text).
    """

    __tablename__ = "account_events"
    __table_args__ = (UniqueConstraint("staff_id", "number"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    number: Mapped[int]
    kind: Mapped[Code]
    at: Mapped[At]
    actor_kind: Mapped[Code]
    actor_id: Mapped[int | None] = mapped_column(Number)
    actor_name: Mapped[Label]
    before: Mapped[Data]
    after: Mapped[Data]
    mail_id: Mapped[int | None] = mapped_column(Number, ForeignKey("outgoing_mails.id"))
    previous_digest: Mapped[str] = mapped_column(String(64), default="")
    digest: Mapped[Digest]
