"""Pages to PDF: PDF/A-3a and PDF/UA-1 in one file, fonts embedded, nothing fetched; alone to know WeasyPrint."""

import re
import subprocess
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "atkinson-hyperlegible"
SHEET = Path(__file__).resolve().parents[2] / "templates" / "documents" / "sheet.css"
FONT_SCHEME = "app"
DATA_NAME = "donnees.json"
DATA_DATE = datetime(2000, 1, 1, tzinfo=UTC)

# PDF/UA-1 says so in the XMP, and PDF/A wants its property described beside it (ISO 19005-3, 6.6.2.3).
ACCESSIBLE = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1" />\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""

# Marks that turn the direction of the text that follows: a name that holds one could reverse a whole letter.
TURNING = frozenset([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
SEEN_AS_NOTHING = frozenset({0x09, 0x0A, 0x0D})

_LOCK = Lock()


def render(html: str, data: bytes | None = None) -> bytes:
    """The PDF of a page of `documents/`; the same page gives the same bytes.

    A character that no installed font draws is written `[U+6F22]`: a letter shows what it could not print.
    `data` is the JSON that the page was made from, kept inside the file for machines to read (PDF/A-3).
    """
    press = _press()
    with _LOCK:  # Pango's font map is not made for several threads
        page = press.weasyprint.HTML(string=_printable(html), url_fetcher=press.fetcher)
        content: bytes = page.write_pdf(
            stylesheets=[press.sheet],
            font_config=press.fonts,
            finisher=_declare_accessible,
            pdf_variant="pdf/a-3a",
            attachments=[_attached(press, data)] if data is not None else None,
        )
    return content


@dataclass(frozen=True, slots=True)
class _Press:
    """What a process needs to print: one font configuration for all its pages, or memory leaks (dependencies: 4)."""

    weasyprint: Any
    fetcher: Any
    fonts: Any
    sheet: Any


@cache
def _press() -> _Press:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        """Fetches what stands in the page itself and our fonts; no network, no other file."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme != FONT_SCHEME:
                return super().fetch(url, headers)
            if name not in {path.name for path in FONTS.glob("*.woff2")}:
                raise ValueError(f"unknown font: {name}")
            return URLFetcherResponse(url, (FONTS / name).read_bytes(), {"Content-Type": "font/woff2"})

    fetcher = OwnFiles(allowed_protocols={"data"}, allow_redirects=False)
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(string=SHEET.read_text(encoding="utf-8"), font_config=fonts, url_fetcher=fetcher)
    return _Press(weasyprint, fetcher, fonts, sheet)


def _attached(press: _Press, data: bytes) -> Any:
    # One day for all: the hour of printing would make two prints of one page differ.
    return press.weasyprint.Attachment(
        file_obj=BytesIO(data),
        name=DATA_NAME,
        description="Données à partir desquelles ce document a été établi",
        created=DATA_DATE,
        modified=DATA_DATE,
        relationship="Data",
    )


def _declare_accessible(_: Any, file: Any) -> None:
    """Write the PDF/UA-1 claim into the XMP that WeasyPrint made for PDF/A (it claims one norm at a time)."""
    number = int(file.catalog["Metadata"].split()[0])
    metadata = file.objects[number]
    metadata.stream = [part.replace(b"</rdf:RDF>", ACCESSIBLE + b"</rdf:RDF>") for part in metadata.stream]


class _Printed(dict[int, int | str]):
    """What each character becomes on paper, learnt as they come (for str.translate)."""

    def __missing__(self, code: int) -> int | str:
        shown = code in SEEN_AS_NOTHING or (code in _drawn() and code not in TURNING)
        self[code] = code if shown else f"[U+{code:04X}]"
        return self[code]


_printed = _Printed()


def _printable(html: str) -> str:
    return unicodedata.normalize("NFC", html).translate(_printed)


@cache
def _drawn() -> frozenset[int]:
    """Every character that an installed font, or one of ours, has a drawing for."""
    listed = subprocess.run(
        ["fc-list", ":scalable=true:color=false", "--format", "%{charset} "], capture_output=True, check=True, text=True
    )
    codes: set[int] = set()
    for first, last in re.findall(r"([0-9a-f]+)(?:-([0-9a-f]+))?", listed.stdout):
        codes.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(codes)
