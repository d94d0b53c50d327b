"""What figures are summed from: moments of cases and contacts, and how many a month; no name is in it.

Both are made again from cases. A moment whose case is deleted stays, without its number: sums do not change.
"""

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import BelongsToAuthority, Code, Id, LongText, Number

NOTHING = text("n = 0")


class CountedMoment(BelongsToAuthority, Model):
    """Something of a case, or of a contact, that a figure counts on a day; `reports.moments` says what of each kind.

    `value`, `own` and `since` are what is measured, `legal` and `house` whether a time was kept; durations that are not
    whole days are in tenths of a day. `seen` says which departments saw the same person before.
    """

    __tablename__ = "counted_moments"
    __table_args__ = (
        Index("ix_counted_moments_case", "case_id"),
        Index("ix_counted_moments_contact", "contact_id"),
        Index("ix_counted_moments_day", "authority_id", "kind", "on"),
    )

    id: Mapped[Id]
    case_id: Mapped[int | None] = mapped_column(Number)
    contact_id: Mapped[int | None] = mapped_column(Number)
    kind: Mapped[Code]
    on: Mapped[date] = mapped_column(Date)
    department_id: Mapped[int] = mapped_column(Number)
    channel: Mapped[Code]
    procedure_code: Mapped[Code]
    restricted: Mapped[bool] = mapped_column(Boolean)
    value: Mapped[int] = mapped_column(Number)
    own: Mapped[int | None] = mapped_column(Number)
    legal: Mapped[int | None] = mapped_column(Integer)
    house: Mapped[int | None] = mapped_column(Integer)
    since: Mapped[date | None] = mapped_column(Date)
    seen: Mapped[LongText]


class MonthCount(BelongsToAuthority, Model):
    """How many moments of a month measure the same, in all (`narrowed` is empty), by channel or by procedure (`key`).

    `month` counts months since year 0; `department_id` is 0 for a contact that is no department's.
    """

    __tablename__ = "month_counts"
    __table_args__ = (
        Index("ix_month_counts_nothing", "n", postgresql_where=NOTHING, sqlite_where=NOTHING),
        {"sqlite_with_rowid": False},
    )

    authority_id: Mapped[int] = mapped_column(
        Number, ForeignKey("authorities.id"), primary_key=True, autoincrement=False
    )
    narrowed: Mapped[Code] = mapped_column(primary_key=True)
    measure: Mapped[Code] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[Code] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    restricted: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    value: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    seen: Mapped[LongText] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(Number)


class CountMark(BelongsToAuthority, Model):
    """A case or a contact to be counted again: written by triggers on all that figures are read from.

    One row a change, never shared: who marks waits for nobody, and a change that is not committed yet keeps its mark.
    """

    __tablename__ = "count_marks"
    __table_args__ = (Index("ix_count_marks_authority", "authority_id"),)

    id: Mapped[Id]
    case_id: Mapped[int | None] = mapped_column(Number)
    contact_id: Mapped[int | None] = mapped_column(Number)
