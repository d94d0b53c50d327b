"""Tables that leave in a file: columns with a kind each, rows as they come, and what they were made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# A spreadsheet runs a cell that begins with one of these (CSV injection).
RUNS = ("=", "+", "-", "@", "\t", "\r")
YES, NO = "oui", "non"


class Kind(StrEnum):
    """What the cells of a column are; any cell may also be None, or a text that says why there is no number."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name for programs, its title for people, what its cells are, and its definition."""

    code: str
    title: str
    kind: Kind = Kind.TEXT
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; `rows` may be read once only, as they come from the database: there may be a million."""

    code: str
    title: str
    fields: tuple[Field, ...]
    rows: Iterable[Sequence[Any]]
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """What a file holds: tables, and the parameters they were made with, as (name, value).

    `with_bom` begins a CSV with the mark that Excel wants to read UTF-8.
    """

    title: str
    sheets: tuple[Sheet, ...]
    parameters: tuple[tuple[str, str], ...] = field(default=())
    with_bom: bool = True

    @property
    def definitions(self) -> tuple[tuple[str, str], ...]:
        """What the columns count, once each."""
        fields = (one for sheet in self.sheets for one in sheet.fields)
        return tuple({one.title: one.definition for one in fields if one.definition}.items())

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """What a reader must know of the file, as (name, text): its title, parameters, tables and columns."""
        tables = ((sheet.title, sheet.definition) for sheet in self.sheets if sheet.definition)
        return ((self.title, ""), *self.parameters, *tables, *self.definitions)


def safe_cell(text: str) -> str:
    """A text that no spreadsheet will run."""
    return f"'{text}" if text.startswith(RUNS) else text
