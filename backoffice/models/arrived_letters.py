"""The register of letters that arrived (courrier arrivé)."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Model
from backoffice.models.cases import Case
from backoffice.models.columns import At, BelongsToAuthority, Code, Id, Label, Number
from backoffice.models.people import Staff


class ArrivedLetter(BelongsToAuthority, Model):
    """A line of the register: `number` has no hole in its authority and year of arrival (`year`).

    `source_id` is that of the message it became: registered twice, a form is one letter. Who wrote, and what, is said
    by the case.
    """

    __tablename__ = "arrived_letters"
    __table_args__ = (
        UniqueConstraint("authority_id", "year", "number"),
        UniqueConstraint("authority_id", "source_id"),
        Index("ix_arrived_letters_case", "case_id"),
    )

    id: Mapped[Id]
    year: Mapped[int]
    number: Mapped[int]
    source_id: Mapped[Label]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    nature: Mapped[Code]
    registered_number: Mapped[Code] = mapped_column(default="")
    received_on: Mapped[date] = mapped_column(Date)
    dated_on: Mapped[date | None] = mapped_column(Date)
    posted_on: Mapped[date | None] = mapped_column(Date)
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    registered_at: Mapped[At]

    case: Mapped[Case] = relationship()
    staff: Mapped[Staff] = relationship()
