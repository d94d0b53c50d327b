"""The files of open data, written line by line: the block of a month, then the whole as CSV, GeoJSON and dictionary."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from backoffice.domain.books import safe_cell
from backoffice.domain.open_data import COLUMNS, FIRST_PLACE_COLUMN, YES, table_schema
from backoffice.infra.storage import Storage

CSV, GEOJSON, DICTIONARY, SCHEMA = "donnees.csv", "donnees.geojson", "dictionnaire.csv", "schema.json"
TOGETHER = 1_000
DICTIONARY_HEADER = ("colonne", "titre", "type", "definition", "valeurs")
KINDS = {"string": "texte", "date": "date (AAAA-MM-JJ)", "number": "nombre", "integer": "nombre entier"}
KINDS |= {"boolean": "oui ou non"}


def write_block(target: BinaryIO, rows: Iterable[Sequence[str]]) -> int:
    """The lines of a block, in the order of what they say: when each came is not told; how many there are."""
    ordered = sorted(
        tuple(safe_cell(cell) if column.kind == "string" else cell for column, cell in zip(COLUMNS, row, strict=True))
        for row in rows
    )
    target.writelines(_lines(ordered[start : start + TOGETHER]) for start in range(0, len(ordered), TOGETHER))
    return len(ordered)


def write_csv(target: BinaryIO, storage: Storage, digests: Iterable[str]) -> None:
    """The blocks under one header: UTF-8, commas, decimal points, days as ISO 8601."""
    target.write(_lines([[one.code for one in COLUMNS]]))
    for digest in digests:
        target.writelines(storage.chunks(digest))


def write_geojson(target: BinaryIO, storage: Storage, digests: Iterable[str]) -> None:
    """The same lines as a FeatureCollection (RFC 7946): a point each, or no geometry where no place is told."""
    target.write(b'{"type":"FeatureCollection","features":[')
    between = b"\n"
    for digest in digests:
        for row in _rows(storage.chunks(digest)):
            target.write(between + json.dumps(_feature(row), ensure_ascii=False, separators=(",", ":")).encode())
            between = b",\n"
    target.write(b"\n]}\n")


def write_dictionary(target: BinaryIO) -> None:
    """What each column is, for people."""
    rows = [(one.code, str(one.title), KINDS[one.kind], str(one.definition), " | ".join(one.values)) for one in COLUMNS]
    target.write(_lines([DICTIONARY_HEADER, *rows]))


def write_schema(target: BinaryIO, title: str, address: str) -> None:
    """The same for programs (Table Schema)."""
    target.write(json.dumps(table_schema(title, address), ensure_ascii=False, indent=2).encode() + b"\n")


def _feature(row: Sequence[str]) -> dict[str, object]:
    longitude, latitude = row[FIRST_PLACE_COLUMN : FIRST_PLACE_COLUMN + 2]
    point = {"type": "Point", "coordinates": [float(longitude), float(latitude)]} if longitude else None
    said = {
        column.code: _value(column.kind, cell)
        for rank, (column, cell) in enumerate(zip(COLUMNS, row, strict=True))
        if not FIRST_PLACE_COLUMN <= rank < FIRST_PLACE_COLUMN + 2
    }
    return {"type": "Feature", "geometry": point, "properties": said}


def _value(kind: str, cell: str) -> object:
    if not cell:
        return None
    if kind == "integer":
        return int(cell)
    return cell == YES if kind == "boolean" else cell


def _rows(chunks: Iterator[bytes]) -> Iterator[list[str]]:
    return csv.reader(_text_lines(chunks))


def _text_lines(chunks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield f"{line.decode()}\n"
    if rest:
        yield rest.decode()


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
