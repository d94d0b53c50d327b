"""Tables as CSV: for a French spreadsheet (semicolons, decimal commas) or for programs (commas, decimal points)."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from backoffice.domain.books import NO, YES, Book, Field, Kind, Sheet, safe_cell

BOM = "\ufeff".encode()
# Rows are written to the file so many at a time: one call for each would cost more than the formatting.
TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Separators:
    """What stands between cells and in decimal numbers."""

    cells: str
    decimals: str


FRENCH, MACHINE = Separators(";", ","), Separators(",", ".")


def write(target: BinaryIO, book: Book, separators: Separators) -> None:
    """One table is a header and its rows; several stand under their titles, between parameters and definitions."""
    if book.with_bom:
        target.write(BOM)
    if len(book.sheets) == 1:
        _write_rows(target, book.sheets[0], separators)
        return
    _write_lines(target, [[book.title], *map(list, book.parameters)], separators)
    for sheet in book.sheets:
        _write_lines(target, [[], [sheet.title]], separators)
        _write_rows(target, sheet, separators)
    _write_lines(target, [[], ["Définitions"], *map(list, book.definitions)], separators)


def header(fields: Sequence[Field], separators: Separators) -> bytes:
    """The first line of a table."""
    return _lines([[field.title for field in fields]], separators)


def _write_rows(target: BinaryIO, sheet: Sheet, separators: Separators) -> None:
    target.write(header(sheet.fields, separators))
    writers = [_writer_of(field.kind, separators) for field in sheet.fields]
    for rows in _together(sheet):
        cells = ([write(value) for write, value in zip(writers, row, strict=True)] for row in rows)
        target.write(_lines(cells, separators))


def _together(sheet: Sheet) -> Iterator[list[Sequence[Any]]]:
    held: list[Sequence[Any]] = []
    for row in sheet.rows:
        held.append(row)
        if len(held) == TOGETHER:
            yield held
            held = []
    yield held


def _write_lines(target: BinaryIO, lines: list[list[str]], separators: Separators) -> None:
    target.write(_lines(([safe_cell(cell) for cell in line] for line in lines), separators))


def _lines(lines: Any, separators: Separators) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separators.cells, lineterminator="\n").writerows(lines)
    return text.getvalue().encode("utf-8", "replace")


def _writer_of(kind: Kind, separators: Separators) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        return safe_cell(value) if value else ""

    def number(value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        return str(value).replace(".", separators.decimals)

    def day(value: date | None) -> str:
        return value.isoformat() if value else ""

    def flag(value: bool | None) -> str:
        return "" if value is None else YES if value else NO

    return {Kind.TEXT: text, Kind.WHOLE: number, Kind.DECIMAL: number, Kind.DAY: day, Kind.FLAG: flag}[kind]
