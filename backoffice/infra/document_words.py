"""The words that a PDF, an office document or a text holds, for the search: nothing is guessed from pictures."""

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from time import monotonic
from typing import Any

from backoffice.domain.file_checks import CSV, DOCX, OPEN_DOCUMENTS, PDF, PLAIN_TEXT, PPTX, XLSX

MOST_CHARACTERS = 200_000
"""As many as the search reads of one text."""
LONGEST_SECONDS = 10
# One part of an office document once unpacked: a larger one is left out rather than half read.
LARGEST_PART = 30_000_000

_PARTS = {
    DOCX: re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml"),
    XLSX: re.compile(r"xl/sharedStrings\.xml"),
    PPTX: re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml"),
} | dict.fromkeys(OPEN_DOCUMENTS, re.compile(r"content\.xml"))
# What ends a word besides the spaces that are written: the paragraphs, cells, breaks and tabulations of both families.
_BREAKS = frozenset({"p", "h", "si", "br", "cr", "tab", "s", "line-break"})
_MARK = re.compile(r"<(?P<closes>/?)(?:[\w.-]+:)?(?P<name>[\w.-]*)[^<>]*>")


def read(content: bytes, media_type: str) -> str:
    """What is written in a file, a paragraph a line; empty for what holds no words, or cannot be read."""
    try:
        if media_type == PDF:
            found = _of_pdf(content)
        elif media_type in _PARTS:
            found = _of_archive(content, _PARTS[media_type])
        else:
            found = iter([_of_text(content)] if media_type in {PLAIN_TEXT, CSV} else [])
        pieces, length = [], 0
        for piece in found:
            pieces.append(piece)
            length += len(piece)
            if length > MOST_CHARACTERS:
                break
    except Exception:  # noqa: BLE001 (a hostile document makes its reader fail in any way it likes)
        return ""
    lines = (" ".join(line.split()) for line in "\n".join(pieces).replace("\0", " ").splitlines())
    return "\n".join(line for line in lines if line)[:MOST_CHARACTERS]


def _of_pdf(content: bytes) -> Iterator[str]:
    import pypdfium2

    until = monotonic() + LONGEST_SECONDS
    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(len(document)):
            if monotonic() > until:
                return
            yield _of_page(document[number])
    finally:
        document.close()


def _of_page(page: Any) -> str:
    words = page.get_textpage()
    try:
        # A word cut at the end of a line is one word: PDFium writes U+FFFE, or keeps U+00AD, where it was cut.
        return re.sub("[\ufffe\xad](?:\r?\n)?", "", str(words.get_text_range()))
    finally:
        words.close()
        page.close()


def _of_archive(content: bytes, wanted: re.Pattern[str]) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if wanted.fullmatch(member.filename) and member.file_size <= LARGEST_PART:
                with archive.open(member) as part:
                    # What a member says of its size is not believed.
                    yield _of_xml(part.read(LARGEST_PART))


def _of_xml(content: bytes) -> str:
    """Its text without its marks, which no parser is asked about: there are no entities to define, nothing to fetch."""
    return unescape(_MARK.sub(_said, _of_text(content, LARGEST_PART)))


def _said(mark: re.Match[str]) -> str:
    ends = mark["closes"] or mark[0].endswith("/>")
    return "\n" if ends and mark["name"] in _BREAKS else ""


def _of_text(content: bytes, most: int = 4 * MOST_CHARACTERS) -> str:
    # Four bytes a character at most: no more is looked through.
    held = content[:most]
    if held.startswith((b"\xff\xfe", b"\xfe\xff")):
        return held.decode("utf-16", "replace")
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        # Cut within its last character, it is UTF-8 all the same.
        cut = len(held) < len(content) and fault.start > len(held) - 4
        return held.decode("utf-8-sig" if cut else "cp1252", "replace")
