"""Tables as XLSX, in flat memory: real types, a first line that stays and filters, and a sheet of parameters."""

from collections.abc import Callable
from datetime import date
from typing import Any, BinaryIO

from backoffice.domain.books import NO, YES, Book, Field, Kind, Sheet

# What a sheet holds at most (1,048,576 rows, of which the header is one): the rest goes on in another one.
MOST_ROWS = 1_048_575
LONGEST_NAME, NOT_IN_NAMES = 31, str.maketrans(dict.fromkeys("[]:*?/\\", " "))
LONGEST_TEXT = 32_767
# The day that spreadsheets count from (30 December 1899), in the proleptic calendar.
FIRST_DAY = date(1899, 12, 30).toordinal()
WIDTHS = {Kind.TEXT: 24, Kind.WHOLE: 12, Kind.DECIMAL: 12, Kind.DAY: 12, Kind.FLAG: 10}
CONSTANT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write(target: BinaryIO, book: Book) -> None:
    """Each table in a sheet of its own, then the parameters and the definitions."""
    import xlsxwriter

    workbook = xlsxwriter.Workbook(target, CONSTANT)
    workbook.set_properties({"title": book.title})
    styles = {
        "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "wrap": workbook.add_format({"text_wrap": True, "valign": "top"}),
        Kind.DAY: workbook.add_format({"num_format": "dd/mm/yyyy"}),
        Kind.DECIMAL: workbook.add_format({"num_format": "#,##0.##"}),
        Kind.WHOLE: workbook.add_format({"num_format": "#,##0"}),
    }
    names = set[str]()
    for sheet in book.sheets:
        _write_sheet(workbook, sheet, styles, names)
    _write_about(workbook, book, styles)
    workbook.close()


def _write_sheet(workbook: Any, sheet: Sheet, styles: dict[str, Any], names: set[str]) -> None:
    rows, goes_on = iter(sheet.rows), True
    while goes_on:
        page = workbook.add_worksheet(_name(sheet.title, names))
        # In flat memory a column is described before its rows are written.
        for place, field in enumerate(sheet.fields):
            page.set_column(place, place, WIDTHS[field.kind])
            page.write_string(0, place, field.title, styles["head"])
        page.freeze_panes(1, 1)
        writers = [_writer_of(page, field, styles) for field in sheet.fields]
        number = 0
        goes_on = False
        for row in rows:
            number += 1
            for place, (cell, value) in enumerate(zip(writers, row, strict=True)):
                if value is not None and value != "":
                    cell(number, place, value)
            if number == MOST_ROWS:
                goes_on = True
                break
        page.autofilter(0, 0, number, len(sheet.fields) - 1)


def _writer_of(page: Any, field: Field, styles: dict[str, Any]) -> Callable[[int, int, Any], Any]:
    """How the cells of a column are written: by their kind, without looking for it in each."""
    style, string, number = styles.get(field.kind), page.write_string, page.write_number

    def text(row: int, place: int, value: str) -> None:
        string(row, place, value[:LONGEST_TEXT])

    def figure(row: int, place: int, value: Any) -> None:
        if isinstance(value, str):
            string(row, place, value)
        else:
            number(row, place, value, style)

    def day(row: int, place: int, value: date) -> None:
        number(row, place, value.toordinal() - FIRST_DAY, style)

    def flag(row: int, place: int, value: bool) -> None:
        string(row, place, YES if value else NO)

    return {Kind.TEXT: text, Kind.WHOLE: figure, Kind.DECIMAL: figure, Kind.DAY: day, Kind.FLAG: flag}[field.kind]


def _write_about(workbook: Any, book: Book, styles: dict[str, Any]) -> None:
    page = workbook.add_worksheet("Paramètres")
    page.set_column(0, 0, 40)
    page.set_column(1, 1, 90)
    for number, (name, value) in enumerate(book.about):
        page.write_string(number, 0, name, styles["head"] if number == 0 else styles["wrap"])
        page.write_string(number, 1, value, styles["wrap"])


def _name(title: str, known: set[str]) -> str:
    """A name that a spreadsheet accepts, and that no other sheet has."""
    base = title.translate(NOT_IN_NAMES).strip("' ")
    name, number = base[:LONGEST_NAME], 2
    while name.casefold() in known or name.casefold() == "paramètres":
        mark = f" ({number})"
        name, number = base[: LONGEST_NAME - len(mark)] + mark, number + 1
    known.add(name.casefold())
    return name
