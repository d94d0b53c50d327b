"""Bundles: a case as it stood, in one PDF and one ZIP, for an appeal, the CADA or an ombudsman, or for the archives."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Id, Number
from backoffice.models.people import Staff


class BundleKind(StrEnum):
    """What a bundle is for: proof (a PDF and a ZIP), or the archives (a SEDA transfer in a ZIP, no PDF)."""

    EVIDENCE = "evidence"
    ARCHIVES = "archives"


class Bundle(BelongsToAuthority, Model):
    """What was asked for by a member of staff; both digests are empty until it is made.

    It is no `Document`: it quotes internal notes and readers, which the citizen's own page must never show.
    """

    __tablename__ = "bundles"
    __table_args__ = (Index("ix_bundles_case", "case_id", "id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    kind: Mapped[Code] = mapped_column(default=BundleKind.EVIDENCE)
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    asked_at: Mapped[At]
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    pdf_digest: Mapped[str] = mapped_column(String(64), default="")
    pdf_size: Mapped[int] = mapped_column(Number, default=0)
    zip_digest: Mapped[str] = mapped_column(String(64), default="")
    zip_size: Mapped[int] = mapped_column(Number, default=0)

    staff: Mapped[Staff] = relationship()
