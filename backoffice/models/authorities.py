"""Authorities (collectivités) and their departments (services instructeurs)."""

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class Authority(Model):
    """The legal person that decides: commune, EPCI or département; it owns its calendar and time zone."""

    __tablename__ = "authorities"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Code]
    name: Mapped[Label]
    short_name: Mapped[Label] = mapped_column(default="")
    timezone: Mapped[Code] = mapped_column(default="Europe/Paris")
    calendar: Mapped[Code] = mapped_column(default="metropole")
    email: Mapped[Label] = mapped_column(default="")
    phone: Mapped[Code] = mapped_column(default="")
    details: Mapped[Data] = mapped_column(default=dict)
    created_at: Mapped[At]


class Department(BelongsToAuthority, Model):
    """A service that examines cases."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("authority_id", "code"),)

    id: Mapped[Id]
    code: Mapped[Code]
    name: Mapped[Label]
    email: Mapped[Label] = mapped_column(default="")
    phone: Mapped[Code] = mapped_column(default="")
    address: Mapped[Label] = mapped_column(default="")
    opening_hours: Mapped[Label] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[At]


class Numbering(BelongsToAuthority, Model):
    """The last number given in a series (one series a year and authority): references have no hole."""

    __tablename__ = "numberings"
    __table_args__ = (UniqueConstraint("authority_id", "series"),)

    id: Mapped[Id]
    series: Mapped[Code]
    last: Mapped[int]


class SettingChange(BelongsToAuthority, Model):
    """What somebody changed on a screen of administration, never altered.

    `before` and `after` hold, by label and in words, what differs; `act` is what was done, `subject` to what.
    """

    __tablename__ = "setting_changes"
    __table_args__ = (
        Index("ix_setting_changes_authority", "authority_id", "id"),
        Index("ix_setting_changes_screen", "authority_id", "screen", "id"),
    )

    id: Mapped[Id]
    screen: Mapped[Code]
    subject: Mapped[Label]
    act: Mapped[Label]
    before: Mapped[Data] = mapped_column(default=dict)
    after: Mapped[Data] = mapped_column(default=dict)
    reason: Mapped[LongText] = mapped_column(default="")
    # All of its words without case or accents, for searches.
    folded: Mapped[LongText]
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
