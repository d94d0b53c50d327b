"""The districts (quartiers) of an authority, and the history of their changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Json, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class DistrictRow(BelongsToAuthority, Model):
    """A part of the territory; `outlines` as GeoJSON writes them, `streets` as they were typed, one a line.

    `folded` is its name without case or accents, once in an authority. Retired ones keep their cases.
    """

    __tablename__ = "districts"
    __table_args__ = (UniqueConstraint("authority_id", "folded"),)

    id: Mapped[Id]
    name: Mapped[Label]
    folded: Mapped[Label]
    outlines: Mapped[list[Any]] = mapped_column(Json, default=list)
    streets: Mapped[LongText] = mapped_column(default="")
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[At]


class DistrictChange(BelongsToAuthority, Model):
    """What an administrator did to a district, never altered: `said` is the district after the change."""

    __tablename__ = "district_changes"
    __table_args__ = (Index("ix_district_changes_district", "district_id", "id"),)

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(Number, ForeignKey("districts.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
