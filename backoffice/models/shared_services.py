"""A department that works for several authorities (service commun), and its agents in each of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Authority, Department
from backoffice.models.columns import At, BelongsToAuthority, Id, Label, LongText, Number


class SharedService(BelongsToAuthority, Model):
    """A department of this authority that also works for another one, by an agreement of both: one row each.

    Proposed by the authority that has the department, open once the other one accepted it and said which department of
    its own has the cases; either ends it, with a reason. `home_site` and `site` are the addresses of the two sites.
    """

    __tablename__ = "shared_services"
    __table_args__ = (
        Index("ix_shared_services_authority", "authority_id", "id"),
        Index("ix_shared_services_partner", "partner_id", "id"),
    )

    id: Mapped[Id]
    department_id: Mapped[int] = mapped_column(Number, ForeignKey("departments.id"))
    partner_id: Mapped[int] = mapped_column(Number, ForeignKey("authorities.id"))
    partner_department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    # The act on which both agree: « Convention du 12 mars 2026 ».
    agreement: Mapped[Label]
    home_site: Mapped[Label]
    site: Mapped[Label] = mapped_column(default="")
    proposed_at: Mapped[At]
    proposed_by: Mapped[Label]
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by: Mapped[Label] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[Label] = mapped_column(default="")
    end_reason: Mapped[LongText] = mapped_column(default="")
    department: Mapped[Department] = relationship(foreign_keys=[department_id])
    partner_department: Mapped[Department | None] = relationship(foreign_keys=[partner_department_id])
    home: Mapped[Authority] = relationship(foreign_keys="SharedService.authority_id", viewonly=True)
    partner: Mapped[Authority] = relationship(foreign_keys=[partner_id], viewonly=True)

    @property
    def is_open(self) -> bool:
        """Whether both agree today."""
        return self.accepted_at is not None and self.ended_at is None


class SharedMember(BelongsToAuthority, Model):
    """An agent of a shared service who works for this authority: invited by its administrator, until either leaves.

    `home_staff_id` is the agent's own account, `staff_id` the one that stands for it here, which opens nothing before
    the agent accepted.
    """

    __tablename__ = "shared_members"
    __table_args__ = (
        Index("ix_shared_members_service", "shared_service_id", "id"),
        Index("ix_shared_members_home_staff", "home_staff_id", "id"),
        Index("ix_shared_members_staff", "staff_id"),
    )

    id: Mapped[Id]
    shared_service_id: Mapped[int] = mapped_column(Number, ForeignKey("shared_services.id"))
    home_staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    name: Mapped[Label]
    email: Mapped[Label]
    invited_at: Mapped[At]
    invited_by: Mapped[Label]
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[Label] = mapped_column(default="")
    end_reason: Mapped[LongText] = mapped_column(default="")
    service: Mapped[SharedService] = relationship()
