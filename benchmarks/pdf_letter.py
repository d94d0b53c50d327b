"""A warm one-page letter, from its template to its bytes, against WeasyPrint alone on the same page."""

from collections.abc import Iterator

import weasyprint  # noqa: TID253 (it is what is measured)
from weasyprint.text.fonts import FontConfiguration  # noqa: TID253

from backoffice.infra import pdf, templating
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.subject import Bench
from tests.infra import letters

TARGET = 1.2


def run(bench: Bench) -> Iterator[Line]:
    """WeasyPrint alone: the same HTML, style sheet parsed once, one FontConfiguration for all, tagged PDF/A as well."""
    count = bench.many(40)
    values = letters.case_values()
    html = _html(values)
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(string=_without_fonts(pdf.SHEET.read_text(encoding="utf-8")), font_config=fonts)

    def ours() -> int:
        for _ in range(count):
            pdf.render(_html(values))
        return count

    def alone() -> int:
        for _ in range(count):
            page = weasyprint.HTML(string=html)
            page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a")
        return count

    ours()
    alone()
    cost, limit = compare((ours, own_cpu), (alone, own_cpu))
    yield Line("pdf_letter", "–", "warm, one page, against WeasyPrint alone", "ms", cost, limit, TARGET)


def _html(values: dict[str, object]) -> str:
    return templating.document_html("acknowledgement", "Accusé de réception", values, letters.PUBLIC_URL)


def _without_fonts(sheet: str) -> str:
    """The sheet as WeasyPrint alone can read it: our fonts have a private address, theirs is on the disk."""
    return sheet.replace(f"{pdf.FONT_SCHEME}:", f"{pdf.FONTS.as_uri()}/")
