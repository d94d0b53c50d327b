"""Tables as ODS, written as they come: the XML of OpenDocument 1.3, in a ZIP, in flat memory."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from backoffice.domain.books import NO, YES, Book, Field, Kind, Sheet

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
MOST_ROWS = 1_048_575
TOGETHER = 1_000
# What XML cannot say, and what it would say otherwise (a new line inside a cell is a paragraph of its own).
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
# Every file bears one date: the same tables give the same bytes.
WHEN = datetime(2000, 1, 1).timetuple()[:6]  # noqa: DTZ001 (ZIP knows no time zone)

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"), ("config", "config"), ("meta", "meta"),
    )
)  # fmt: skip
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {NAMESPACES} office:version="1.3">'
STYLES = (
    "<office:automatic-styles>"
    '<number:date-style style:name="N1"><number:day number:style="long"/><number:text>/</number:text>'
    '<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>'
    "</number:date-style>"
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="N1"/>'
    '<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/>'
    "</style:style>"
    '<style:style style:name="wide" style:family="table-column"><style:table-column-properties '
    'style:column-width="4.5cm"/></style:style>'
    "</office:automatic-styles>"
)
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="settings.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def write(target: BinaryIO, book: Book) -> None:
    """Each table in a sheet of its own, then the parameters and the definitions."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        # The first member says what the file is, uncompressed, for who looks at its first bytes alone.
        archive.writestr(_member("mimetype", ZIP_STORED), MEDIA_TYPE)
        names: list[tuple[str, int, int]] = []
        with archive.open(_member("content.xml"), "w", force_zip64=True) as file:
            for piece in _content(book, names):
                file.write(piece.encode("utf-8", "replace"))
        archive.writestr(_member("settings.xml"), _settings([name for name, _, _ in names]))
        archive.writestr(_member("META-INF/manifest.xml"), MANIFEST)


def _member(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    info = ZipInfo(name, WHEN)
    info.compress_type = compression
    return info


def _content(book: Book, names: list[tuple[str, int, int]]) -> Iterator[str]:
    yield HEAD + STYLES + "<office:body><office:spreadsheet>"
    for sheet in book.sheets:
        yield from _sheet(sheet, names)
    yield from _about(book)
    yield "<table:database-ranges>"
    for place, (name, rows, columns) in enumerate(names):
        quoted = "'" + name.replace("'", "''") + "'"
        area = f"{quoted}.A1:{quoted}.{_letters(columns)}{rows + 1}"
        yield (
            f'<table:database-range table:name="filtre{place}" table:display-filter-buttons="true" '
            f"table:target-range-address={quoteattr(area)}/>"
        )
    yield "</table:database-ranges></office:spreadsheet></office:body></office:document-content>"


def _sheet(sheet: Sheet, names: list[tuple[str, int, int]]) -> Iterator[str]:
    rows, part = iter(sheet.rows), 1
    writers = [_writer_of(field) for field in sheet.fields]
    while True:
        name = _plain(sheet.title if part == 1 else f"{sheet.title} ({part})").replace("/", " ")
        yield f"<table:table table:name={quoteattr(name)}>"
        yield f'<table:table-column table:style-name="wide" table:number-columns-repeated="{len(sheet.fields)}"/>'
        heads = "".join(_text(field.title, "head") for field in sheet.fields)
        yield f"<table:table-header-rows><table:table-row>{heads}</table:table-row></table:table-header-rows>"
        count, held = 0, list[str]()
        for row in rows:
            cells = "".join([write(value) for write, value in zip(writers, row, strict=True)])
            held.append(f"<table:table-row>{cells}</table:table-row>")
            count += 1
            if len(held) == TOGETHER:
                yield "".join(held)
                held.clear()
            if count == MOST_ROWS:
                break
        yield "".join(held) + "</table:table>"
        names.append((name, count, len(sheet.fields)))
        if count < MOST_ROWS:
            return
        part += 1


def _about(book: Book) -> Iterator[str]:
    yield '<table:table table:name="Paramètres"><table:table-column table:style-name="wide" '
    yield 'table:number-columns-repeated="2"/>'
    for name, value in book.about:
        yield f"<table:table-row>{_text(name, 'head')}{_text(value)}</table:table-row>"
    yield "</table:table>"


def _settings(names: Sequence[str]) -> str:
    """The first line and the first column stay in sight."""

    def item(name: str, kind: str, value: str) -> str:
        return f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'

    frozen = "".join(
        item(name, "short" if "Mode" in name else "int", value)
        for name, value in (
            ("HorizontalSplitMode", "2"), ("VerticalSplitMode", "2"), ("HorizontalSplitPosition", "1"),
            ("VerticalSplitPosition", "1"), ("PositionRight", "1"), ("PositionBottom", "1"),
        )
    )  # fmt: skip
    tables = "".join(
        f"<config:config-item-map-entry config:name={quoteattr(name)}>{frozen}</config:config-item-map-entry>"
        for name in names
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-settings {NAMESPACES} office:version="1.3">'
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f'<config:config-item-map-named config:name="Tables">{tables}</config:config-item-map-named>'
        "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set>"
        "</office:settings></office:document-settings>"
    )


def _writer_of(field: Field) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        return _text(value) if value else "<table:table-cell/>"

    def number(value: Any) -> str:
        if value is None or isinstance(value, str):
            return text(value)
        shown = f"<text:p>{value}</text:p></table:table-cell>"
        return f'<table:table-cell office:value-type="float" office:value="{value}">{shown}'

    def day(value: date | None) -> str:
        if value is None:
            return "<table:table-cell/>"
        cell = f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{value}">'
        return f"{cell}<text:p>{value:%d/%m/%Y}</text:p></table:table-cell>"

    def flag(value: bool | None) -> str:
        return text("" if value is None else YES if value else NO)

    return {Kind.TEXT: text, Kind.WHOLE: number, Kind.DECIMAL: number, Kind.DAY: day, Kind.FLAG: flag}[field.kind]


def _text(value: str, style: str = "") -> str:
    styled = f' table:style-name="{style}"' if style else ""
    lines = "</text:p><text:p>".join(escape(_plain(value)).splitlines()) if "\n" in value else escape(_plain(value))
    return f'<table:table-cell{styled} office:value-type="string"><text:p>{lines}</text:p></table:table-cell>'


def _plain(value: str) -> str:
    return value if value.isprintable() else value.translate(CONTROLS)


def _letters(column: int) -> str:
    """The name of a column, from 1: A, B… Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
