"""Open data: what is published of each procedure, its months anonymised once for all, its versions and its history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Json, Model
from backoffice.models.catalogue import Procedure
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number


class OpenDataset(BelongsToAuthority, Model):
    """A procedure that an administrator marked publishable, and how: `choices` is a `domain.open_data.Choices`.

    Months before the one of `first_on` are not published. Once taken back it is published no more; marked again, it
    begins a new `series`, with nothing of the one before. `promised_on` is the last month that a round asked for.
    """

    __tablename__ = "open_datasets"

    id: Mapped[Id]
    procedure_id: Mapped[int] = mapped_column(Number, ForeignKey("procedures.id"), unique=True)
    choices: Mapped[Data]
    threshold: Mapped[int]
    lag: Mapped[int]
    first_on: Mapped[date] = mapped_column(Date)
    series: Mapped[int] = mapped_column(default=1)
    promised_on: Mapped[date | None] = mapped_column(Date)
    taken_back_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[At]

    procedure: Mapped[Procedure] = relationship()


class OpenDataBlock(BelongsToAuthority, Model):
    """A month (`months` is 1) made anonymous once: every later version says it in the same words.

    `held` are the ids of the requests that no group of their month could hide; they wait for the block of their
    quarter (`months` is 3), which counts those that it could not hide either as `suppressed`. `digest` names the lines,
    in CSV without a header. `total` counts the requests of the month.
    """

    __tablename__ = "open_data_blocks"
    __table_args__ = (UniqueConstraint("dataset_id", "series", "starts_on", "months"),)

    id: Mapped[Id]
    dataset_id: Mapped[int] = mapped_column(Number, ForeignKey("open_datasets.id"))
    series: Mapped[int]
    starts_on: Mapped[date] = mapped_column(Date)
    months: Mapped[int]
    choices: Mapped[Data]
    threshold: Mapped[int]
    total: Mapped[int]
    lines: Mapped[int]
    suppressed: Mapped[int]
    held: Mapped[list[Any]] = mapped_column(Json, default=list)
    digest: Mapped[Digest]
    made_at: Mapped[At]


class OpenDataVersion(BelongsToAuthority, Model):
    """What was published on a day, until which month: its files never change. `blocks` are the ids it is made of.

    `threshold` is the smallest that its blocks were made with.
    """

    __tablename__ = "open_data_versions"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: Mapped[Id]
    dataset_id: Mapped[int] = mapped_column(Number, ForeignKey("open_datasets.id"))
    series: Mapped[int]
    number: Mapped[int]
    since_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    blocks: Mapped[list[Any]] = mapped_column(Json, default=list)
    threshold: Mapped[int]
    total: Mapped[int]
    lines: Mapped[int]
    suppressed: Mapped[int]
    waiting: Mapped[int]
    made_at: Mapped[At]


class OpenDataFile(BelongsToAuthority, Model):
    """A file of a version under its public name; `digest` is its SHA-256, under which the storage keeps it."""

    __tablename__ = "open_data_files"
    __table_args__ = (UniqueConstraint("version_id", "name"), Index("ix_open_data_files_digest", "digest"))

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(Number, ForeignKey("open_data_versions.id"))
    name: Mapped[Code]
    digest: Mapped[Digest]
    size: Mapped[int] = mapped_column(Number)


class OpenDataChange(BelongsToAuthority, Model):
    """What was done to a dataset, or to the catalogue (no dataset): by whom, when and why, never altered."""

    __tablename__ = "open_data_changes"
    __table_args__ = (Index("ix_open_data_changes_dataset", "authority_id", "dataset_id", "id"),)

    id: Mapped[Id]
    dataset_id: Mapped[int | None] = mapped_column(Number, ForeignKey("open_datasets.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    reason: Mapped[LongText] = mapped_column(default="")
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
