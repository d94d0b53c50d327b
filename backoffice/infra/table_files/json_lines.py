"""Tables as JSON lines: one object a row, with the codes of the columns as names."""

import json
from datetime import date
from typing import Any, BinaryIO

from backoffice.domain.books import Book


def write(target: BinaryIO, book: Book) -> None:
    """Days as ISO 8601; with several tables, `table` says which one a row is of."""
    for sheet in book.sheets:
        codes = [field.code for field in sheet.fields]
        about = {"table": sheet.code} if len(book.sheets) > 1 else {}
        for row in sheet.rows:
            line = about | dict(zip(codes, row, strict=True))
            target.write(json.dumps(line, ensure_ascii=False, default=_day).encode("utf-8", "replace") + b"\n")


def _day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not a cell: {value!r}")
