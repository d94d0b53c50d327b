"""What proves who staff are besides a password, and the access that an administrator opens in an emergency."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class StaffFactor(BelongsToAuthority, Model):
    """A second factor of an agent: an application that gives codes (`totp`) or a passkey (`passkey`).

    `secret` is sealed (an application's key) or public (a passkey's). `last_counter` is the last period whose code was
    used (totp), or the last signature counter (passkey): neither ever goes back. Unconfirmed until it was used once.
    """

    __tablename__ = "staff_factors"
    __table_args__ = (UniqueConstraint("credential_hash"), Index("ix_staff_factors_staff", "staff_id", "id"))

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    kind: Mapped[Code]
    name: Mapped[Label]
    secret: Mapped[LongText] = mapped_column(deferred=True)
    credential_id: Mapped[LongText] = mapped_column(default="")
    credential_hash: Mapped[str | None] = mapped_column(String(64))
    last_counter: Mapped[int] = mapped_column(Number, default=0)
    created_at: Mapped[At]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(BelongsToAuthority, Model):
    """A code written down for the day when the second factor is lost: used once, and only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[At]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffIdentity(BelongsToAuthority, Model):
    """The account of an agent at an identity provider; its key is (issuer, subject), and there is one by issuer."""

    __tablename__ = "staff_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("staff_id", "issuer"))

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    issuer: Mapped[Label]
    subject: Mapped[Label]
    provider: Mapped[Code]
    # The employer and the directory that vouched at the last sign-in (ProConnect): {"siret", "idp_id", "uid"}.
    claims: Mapped[Data] = mapped_column(default=dict)
    linked_at: Mapped[At]
    last_login_at: Mapped[At]


class EmergencyAccess(BelongsToAuthority, Model):
    """An administrator read cases for some minutes, and said why; `cases_read` counts the pages that were opened."""

    __tablename__ = "emergency_accesses"
    __table_args__ = (Index("ix_emergency_accesses_authority", "authority_id", "id"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    staff_name: Mapped[Label]
    reason: Mapped[LongText]
    opened_at: Mapped[At]
    ends_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    cases_read: Mapped[int] = mapped_column(Integer, default=0)
