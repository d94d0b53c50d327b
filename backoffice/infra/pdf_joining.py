"""Many PDFs as one, page after page, in memory that does not grow with their number."""

from array import array
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, BinaryIO

import pikepdf

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
# What a page loses on its way: its place in another tree, and the tags and links that only its own file explains.
LEFT_BEHIND = frozenset({"/Parent", "/StructParents", "/Tabs", "/Annots", "/Metadata"})
CATALOG, PAGES, INFO = 1, 2, 3


def join(sources: Iterable[BinaryIO], target: BinaryIO, title: str) -> int:
    """Write the pages of all sources to `target`, to be printed on one side; answer how many there are.

    The result is a working file for a printer: the letters that it repeats stay archived and accessible one by one.
    Raises pikepdf.PdfError for a source that is no PDF.
    """
    writer = _Writer(target)
    for source in sources:
        with pikepdf.open(source) as file:
            writer.add(file)
    writer.end(title)
    return len(writer.pages)


class _Writer:
    """Copies objects as they come, under new numbers; it remembers where each begins, and nothing else."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.position = 0
        self.offsets = array("Q", [0] * (INFO + 1))
        self.pages = array("Q")
        self._write(HEADER)

    def add(self, file: Any) -> None:
        """Append the pages of an open file, and whatever they are drawn with, once."""
        numbers: dict[tuple[int, int], int] = {}
        queue: list[tuple[int, Any]] = []

        def number_of(found: Any) -> int:
            if found.objgen not in numbers:
                numbers[found.objgen] = self._next_number()
                queue.append((numbers[found.objgen], found))
            return numbers[found.objgen]

        for page in file.pages:
            number = self._next_number()
            self.pages.append(number)
            entries = {name: value for name, value in page.obj.items() if name not in LEFT_BEHIND}
            # A page may have these from the tree that it leaves.
            entries |= {"/Resources": page.resources, "/MediaBox": page.mediabox}
            body = _dictionary(entries.items(), number_of)
            self._object(number, body[:-2] + b"/Parent %d 0 R>>" % PAGES)
        while queue:
            number, found = queue.pop()
            self._object(number, *_parts(found, number_of))

    def end(self, title: str) -> None:
        """Write the tree of pages, the catalogue and the table of offsets."""
        kids = b" ".join(b"%d 0 R" % number for number in self.pages)
        self._object(PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.pages), kids))
        one_side = b"/ViewerPreferences<</Duplex/Simplex/DisplayDocTitle true>>"
        self._object(CATALOG, b"<</Type/Catalog/Pages %d 0 R/Lang(fr)%s>>" % (PAGES, one_side))
        self._object(INFO, b"<</Title<%s>>>" % (b"\xfe\xff" + title.encode("utf-16-be")).hex().encode())
        start, count = self.position, len(self.offsets)
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for offset in self.offsets[1:]:
            self._write(b"%010d 00000 n \n" % offset)
        trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self._write(trailer % (count, CATALOG, INFO, start))

    def _next_number(self) -> int:
        self.offsets.append(0)
        return len(self.offsets) - 1

    def _object(self, number: int, *parts: bytes) -> None:
        self.offsets[number] = self.position
        for part in (b"%d 0 obj\n" % number, *parts, b"\nendobj\n"):
            self._write(part)

    def _write(self, part: bytes) -> None:
        self.target.write(part)
        self.position += len(part)


def _parts(found: Any, number_of: Any) -> tuple[bytes, ...]:
    """An object under its new number; a stream keeps its bytes as they are, still compressed."""
    if isinstance(found, pikepdf.Stream):
        raw = found.read_raw_bytes()
        entries = {**dict(found.items()), "/Length": len(raw)}
        return _dictionary(entries.items(), number_of), b"\nstream\n", raw, b"\nendstream"
    return (_direct(found, number_of),)


def _value(value: Any, number_of: Any) -> bytes:
    if getattr(value, "is_indirect", False):
        return b"%d 0 R" % number_of(value)
    return _direct(value, number_of)


def _direct(value: Any, number_of: Any) -> bytes:
    if isinstance(value, pikepdf.Dictionary):
        return _dictionary(value.items(), number_of)
    if isinstance(value, pikepdf.Array):
        return b"[" + b" ".join(_value(each, number_of) for each in value) + b"]"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, Decimal):
        return format(value, "f").encode()
    return b"null" if value is None else bytes(value.unparse())


def _dictionary(entries: Iterable[tuple[str, Any]], number_of: Any) -> bytes:
    written = (pikepdf.Name(name).unparse() + b" " + _value(value, number_of) for name, value in entries)
    return b"<<" + b" ".join(written) + b">>"
