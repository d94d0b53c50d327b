"""What people are found by: rows made again from what they are made of, and from nothing else."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import BelongsToAuthority, Code, Number


class CitizenKey(BelongsToAuthority, Model):
    """A word of the name or of the street of a sheet, or its telephone; `kind` says which."""

    __tablename__ = "citizen_keys"
    __table_args__ = (
        Index("ix_citizen_keys_key", "authority_id", "kind", "key", "citizen_id"),
        {"sqlite_with_rowid": False},
    )

    citizen_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"), primary_key=True, autoincrement=False)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    key: Mapped[Code] = mapped_column(primary_key=True)


class CaseKey(BelongsToAuthority, Model):
    """A vehicle plate among the answers of a case, without separators."""

    __tablename__ = "case_keys"
    __table_args__ = (
        Index("ix_case_keys_key", "authority_id", "key", "case_id"),
        {"sqlite_with_rowid": False},
    )

    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    key: Mapped[Code] = mapped_column(primary_key=True)


class KnownSpelling(BelongsToAuthority, Model):
    """A way to write a word that some sheet has: itself, without one of its letters, or how it sounds."""

    __tablename__ = "known_spellings"
    __table_args__ = (
        Index("ix_known_spellings_word", "authority_id", "word"),
        {"sqlite_with_rowid": False},
    )

    authority_id: Mapped[int] = mapped_column(
        Number, ForeignKey("authorities.id"), primary_key=True, autoincrement=False
    )
    spelling: Mapped[Code] = mapped_column(primary_key=True)
    word: Mapped[Code] = mapped_column(primary_key=True)
