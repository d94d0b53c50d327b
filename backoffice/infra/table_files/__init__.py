"""The formats that tables leave in: a new one is one file and one line in FORMATS."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from backoffice.domain.books import Book
from backoffice.infra.table_files import csv_file, json_lines, ods_file, parquet_file, xlsx_file
from backoffice.infra.table_files.csv_file import FRENCH, MACHINE, Separators


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its code in addresses, its name for people, the end of its files' names, and how it is written.

    `separators` for CSV, which PostgreSQL writes itself; `holds_many` when a file may hold several tables.
    """

    code: str
    label: str
    suffix: str
    media_type: str
    write: Callable[[BinaryIO, Book], None]
    separators: Separators | None = None
    holds_many: bool = True


def _csv(code: str, label: str, separators: Separators) -> Format:
    return Format(code, label, "csv", "text/csv", partial(csv_file.write, separators=separators), separators)


FORMATS: tuple[Format, ...] = (
    Format(
        "xlsx",
        "Classeur Excel (XLSX)",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        xlsx_file.write,
    ),
    Format("ods", "Classeur LibreOffice (ODS)", "ods", ods_file.MEDIA_TYPE, ods_file.write),
    _csv("csv", "CSV pour un tableur français (point-virgule, virgule décimale)", FRENCH),
    _csv("csv-en", "CSV pour un logiciel (virgule, point décimal)", MACHINE),
    Format("jsonl", "JSON, un objet par ligne (JSON Lines)", "jsonl", "application/x-ndjson", json_lines.write),
    Format(
        "parquet",
        "Parquet, pour l’analyse de données",
        "parquet",
        "application/vnd.apache.parquet",
        parquet_file.write,
        holds_many=False,
    ),
)
BY_CODE: dict[str, Format] = {one.code: one for one in FORMATS}
