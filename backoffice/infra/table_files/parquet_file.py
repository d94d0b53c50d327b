"""A table as Parquet, in flat memory: the part of the format (apache/parquet-format 2.10) that a plain table needs.

Optional columns, plain values, GZIP pages of one row group each; pyarrow, which does it too, weighs forty megabytes.
"""

import gzip
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any, BinaryIO

from backoffice.domain.books import Book, Field, Kind

MAGIC = b"PAR1"
GROUP = 50_000
EPOCH = date(1970, 1, 1).toordinal()

# The compact protocol of Thrift names the types of what follows.
I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12
# Enumerations of parquet.thrift.
BOOLEAN, INT32, INT64, DOUBLE, BYTE_ARRAY = 0, 1, 2, 5, 6
UTF8, DATE = 0, 6
OPTIONAL, PLAIN, RLE, GZIP, DATA_PAGE = 1, 0, 3, 2, 0
TYPES: dict[Kind, tuple[int, int | None]] = {
    Kind.TEXT: (BYTE_ARRAY, UTF8),
    Kind.WHOLE: (INT64, None),
    Kind.DECIMAL: (DOUBLE, None),
    Kind.DAY: (INT32, DATE),
    Kind.FLAG: (BOOLEAN, None),
}


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A column of a row group in the file: where its page begins, and its sizes in bytes."""

    place: int
    size: int
    plain_size: int


def write(target: BinaryIO, book: Book) -> None:
    """The first table of a book."""
    sheet = book.sheets[0]
    target.write(MAGIC)
    position, groups, held = len(MAGIC), list[tuple[int, list[_Chunk]]](), list[Sequence[Any]]()

    def end_group() -> None:
        nonlocal position
        chunks = []
        for field, values in zip(sheet.fields, zip(*held, strict=True), strict=True):
            page, plain_size = _page(field.kind, values)
            target.write(page)
            chunks.append(_Chunk(position, len(page), plain_size))
            position += len(page)
        groups.append((len(held), chunks))
        held.clear()

    for row in sheet.rows:
        held.append(row)
        if len(held) == GROUP:
            end_group()
    if held:
        end_group()
    footer = _footer(sheet.fields, groups, book)
    target.write(footer + struct.pack("<I", len(footer)) + MAGIC)


def _page(kind: Kind, values: Sequence[Any]) -> tuple[bytes, int]:
    known = [value is not None for value in values]
    levels = _bits(known)
    groups = _varint(len(levels) << 1 | 1)
    body = struct.pack("<I", len(groups) + len(levels)) + groups + levels + _PLAIN[kind](list(compress(values, known)))
    packed = gzip.compress(body, 6, mtime=0)
    about = _struct((1, I32, len(values)), (2, I32, PLAIN), (3, I32, RLE), (4, I32, RLE))
    head = _struct((1, I32, DATA_PAGE), (2, I32, len(body)), (3, I32, len(packed)), (5, STRUCT, about))
    return head + packed, len(head) + len(body)


def _texts(values: Sequence[str]) -> bytes:
    encoded = [value.encode("utf-8", "replace") for value in values]
    return b"".join([part for text in encoded for part in (struct.pack("<I", len(text)), text)])


def _bits(values: Sequence[bool]) -> bytes:
    number = int("".join(["1" if value else "0" for value in reversed(values)]) or "0", 2)
    return number.to_bytes((len(values) + 7) // 8, "little")


_PLAIN: dict[Kind, Callable[[Sequence[Any]], bytes]] = {
    Kind.TEXT: _texts,
    Kind.WHOLE: lambda values: struct.pack(f"<{len(values)}q", *values),
    Kind.DECIMAL: lambda values: struct.pack(f"<{len(values)}d", *values),
    Kind.DAY: lambda values: struct.pack(f"<{len(values)}i", *[day.toordinal() - EPOCH for day in values]),
    Kind.FLAG: _bits,
}


def _footer(fields: Sequence[Field], groups: Sequence[tuple[int, list[_Chunk]]], book: Book) -> bytes:
    root = _struct((4, BINARY, b"schema"), (5, I32, len(fields)))
    schema = [root, *(_element(field) for field in fields)]
    said = [
        _struct((1, BINARY, name.encode()), (2, BINARY, value.encode("utf-8", "replace")))
        for name, value in book.parameters
    ]
    return _struct(
        (1, I32, 2),
        (2, LIST, (STRUCT, schema)),
        (3, I64, sum(count for count, _ in groups)),
        (4, LIST, (STRUCT, [_group(fields, count, chunks) for count, chunks in groups])),
        (5, LIST, (STRUCT, said)),
        (6, BINARY, b"Parvis"),
    )


def _element(field: Field) -> bytes:
    stored, meant = TYPES[field.kind]
    known = [(1, I32, stored), (3, I32, OPTIONAL), (4, BINARY, field.code.encode())]
    return _struct(*known, *([] if meant is None else [(6, I32, meant)]))


def _group(fields: Sequence[Field], count: int, chunks: Sequence[_Chunk]) -> bytes:
    columns = [_column(field, count, chunk) for field, chunk in zip(fields, chunks, strict=True)]
    return _struct((1, LIST, (STRUCT, columns)), (2, I64, sum(chunk.plain_size for chunk in chunks)), (3, I64, count))


def _column(field: Field, count: int, chunk: _Chunk) -> bytes:
    encodings = [_varint(_zigzag(one)) for one in (PLAIN, RLE)]
    path = [_varint(len(field.code.encode())) + field.code.encode()]
    about = _struct(
        (1, I32, TYPES[field.kind][0]),
        (2, LIST, (I32, encodings)),
        (3, LIST, (BINARY, path)),
        (4, I32, GZIP),
        (5, I64, count),
        (6, I64, chunk.plain_size),
        (7, I64, chunk.size),
        (9, I64, chunk.place),
    )
    return _struct((2, I64, chunk.place), (3, STRUCT, about))


def _struct(*fields: tuple[int, int, Any]) -> bytes:
    """A Thrift structure: (number, type, value) in the order of their numbers."""
    written, last = bytearray(), 0
    for number, kind, value in fields:
        written.append((number - last) << 4 | kind)
        written += _value(kind, value)
        last = number
    return bytes(written) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind in {I32, I64}:
        return _varint(_zigzag(value))
    if kind == BINARY:
        return _varint(len(value)) + bytes(value)
    if kind == STRUCT:
        return bytes(value)
    of, items = value
    head = bytes([len(items) << 4 | of]) if len(items) < 15 else bytes([0xF0 | of]) + _varint(len(items))
    return head + b"".join(items)


def _zigzag(value: int) -> int:
    return value << 1 ^ value >> 63


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
