"""What people and cases are found by: rows made again from what they are made of, and from nothing else."""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import BelongsToAuthority, Code, Id, Number


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


class CaseText(BelongsToAuthority, Model):
    """The words of all that a case holds, each once: a tsvector, or a text that an FTS5 table follows by triggers.

    No foreign key to the case: the words of one that is gone are still read, to be forgotten.
    """

    __tablename__ = "case_texts"
    __table_args__ = (Index("ix_case_texts_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),)

    case_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


class CaseTextMark(BelongsToAuthority, Model):
    """A case whose words are to be read again: written by triggers on all that they are read from.

    One row a change, never shared: who marks waits for nobody, and a change that is not committed yet keeps its mark.
    """

    __tablename__ = "case_text_marks"

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number)


class TextSpelling(BelongsToAuthority, Model):
    """A way to write a word that some case has: itself, without one of its letters, or how it sounds."""

    __tablename__ = "text_spellings"
    __table_args__ = (
        Index("ix_text_spellings_word", "authority_id", "word"),
        {"sqlite_with_rowid": False},
    )

    authority_id: Mapped[int] = mapped_column(
        Number, ForeignKey("authorities.id"), primary_key=True, autoincrement=False
    )
    spelling: Mapped[Code] = mapped_column(primary_key=True)
    word: Mapped[Code] = mapped_column(primary_key=True)
