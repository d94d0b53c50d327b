"""In whose name a case was opened, when it is not the speaker's."""

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import BelongsToAuthority, Code, Id, Label, Number


class CaseRepresentation(BelongsToAuthority, Model):
    """The person or organisation that a case is for; the citizen of the case speaks in its name.

    `seen` when an agent looked at the proof without keeping it; kept, it is an attachment of the case. Those up to
    number `proof_after` proved it for somebody else.
    """

    __tablename__ = "case_representations"
    __table_args__ = (UniqueConstraint("case_id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    capacity: Mapped[Code]
    tie: Mapped[Code] = mapped_column(default="")
    family_name: Mapped[Label] = mapped_column(default="")
    given_names: Mapped[Label] = mapped_column(default="")
    name: Mapped[Label] = mapped_column(default="")
    number: Mapped[Code] = mapped_column(default="")
    role: Mapped[Label] = mapped_column(default="")
    address_line: Mapped[Label] = mapped_column(default="")
    postcode: Mapped[Code] = mapped_column(default="")
    city: Mapped[Label] = mapped_column(default="")
    seen: Mapped[bool] = mapped_column(Boolean, default=False)
    proof_after: Mapped[int] = mapped_column(Number, default=0)
    scope: Mapped[Label] = mapped_column(default="")
    valid_until: Mapped[date | None] = mapped_column(Date)
