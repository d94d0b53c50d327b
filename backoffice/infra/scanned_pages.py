"""Pages of a scanned file (PDF or TIFF): their pictures, what each is for the cut, and some of them as a file apart."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from backoffice.domain.file_checks import PDF
from backoffice.domain.scan_cutting import SEPARATOR_TEXT, PageKind

if TYPE_CHECKING:  # each library is loaded when it is first needed: most processes never see a scan
    from PIL import Image

# The longest side of a page as it is looked at, and as its text is read (some 300 dots an inch of A4), in points.
SHOWN_SIDE, READ_SIDE = 1600, 3500
# A page with less ink than this share of its points is blank: dust and the shadow of a fold.
BLANK_INK = 0.0008
DARK = 140
EDGE = 0.04


class UnreadableScan(ValueError):
    """A file that is no PDF or TIFF that can be opened."""


class ScannedPages:
    """An open file, read page by page."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self.count = len(document)

    def picture(self, number: int, side: int = SHOWN_SIDE) -> Image.Image:
        """A page (from 0) in shades of grey, its longest side of so many points; raise UnreadableScan."""
        import pypdfium2

        try:
            page = self._document[number]
            try:
                drawn = page.render(scale=side / max(*page.get_size(), 1), grayscale=True)
                grey: Image.Image = drawn.to_pil().convert("L")
                return grey
            finally:
                page.close()
        except pypdfium2.PdfiumError as fault:
            raise UnreadableScan from fault


@contextmanager
def opened(content: bytes) -> Iterator[ScannedPages]:
    """The pages of a PDF; raise UnreadableScan."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        raise UnreadableScan from fault
    try:
        yield ScannedPages(document)
    finally:
        document.close()


def as_pdf(content: bytes, media_type: str) -> bytes:
    """The same pages as a PDF; raise UnreadableScan."""
    if media_type == PDF:
        return content
    from PIL import Image, ImageSequence  # noqa: PLC0415 (see above)

    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=("TIFF",)) as picture:
            frames = ImageSequence.Iterator(picture)
            first = _plain(next(frames))
            rest = (_plain(frame) for frame in frames)
            first.save(out, "PDF", save_all=True, append_images=rest, resolution=_resolution(picture))
    except Exception as fault:
        # A hostile picture makes a decoder fail in any way it likes: whatever it is, it cannot be read.
        raise UnreadableScan from fault
    return out.getvalue()


def kind_of(page: Image.Image) -> PageKind:
    """What a page is for the cut."""
    import zxingcpp

    for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)):
        if code.text == SEPARATOR_TEXT:
            return PageKind.SEPARATOR
    width, height = page.size
    inside = page.crop((int(width * EDGE), int(height * EDGE), int(width * (1 - EDGE)), int(height * (1 - EDGE))))
    ink = sum(inside.histogram()[:DARK])
    return PageKind.BLANK if ink < BLANK_INK * inside.width * inside.height else PageKind.CONTENT


def some_pages(content: bytes, pages: Sequence[int]) -> bytes:
    """These pages of a PDF, as a PDF; raise UnreadableScan."""
    import pikepdf  # noqa: PLC0415 (see above)

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(content)) as source, pikepdf.new() as target:
            for number in pages:
                target.pages.append(source.pages[number])
            target.save(out, deterministic_id=True)
    except pikepdf.PdfError as fault:
        raise UnreadableScan from fault
    return out.getvalue()


def _plain(frame: Image.Image) -> Image.Image:
    """A copy that the PDF writer takes: black and white stays so, the rest loses what a page has no use for."""
    return frame.copy() if frame.mode in {"1", "L", "RGB"} else frame.convert("RGB")


def _resolution(picture: Image.Image) -> float:
    found = picture.info.get("dpi", (0, 0))[0]
    return float(found) if found and 50 <= float(found) <= 1200 else 200.0
