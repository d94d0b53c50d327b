"""The activity report is one document: page, workbooks, data and PDF say the same, and hide the same."""

import csv
import io
import random
import re
import subprocess
import zipfile
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from lxml import etree

from backoffice.domain.french import number
from backoffice.domain.masking import MASKED, lines_to_mask
from backoffice.domain.policy import Actor
from backoffice.domain.report_periods import Period
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files import BY_CODE
from backoffice.reports.base import Filters
from backoffice.services import report_document, report_exports
from backoffice.services.report_document import Document
from tests import factories
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases.test_figures import fill
from tests.web.conftest import SignedIn

SPRING = Filters(date(2026, 2, 1), date(2026, 4, 30), today=date(2026, 4, 30))
WINTER = Period(date(2025, 11, 1), date(2026, 1, 31))
URN = "urn:oasis:names:tc:opendocument:xmlns:"


def the_document(runtime: Runtime, *, outward: bool) -> tuple[Document, dict[str, Any]]:
    with runtime.database.reading() as session:
        philippe = factories.actor_named(session, "Philippe")
        document = report_document.read(session, philippe, SPRING, WINTER, ["Voirie"], outward=outward)
        return document, report_exports.authority_of(session, philippe)


def written(document: Document, code: str) -> bytes:
    target = io.BytesIO()
    BY_CODE[code].write(target, report_document.to_book(document))
    return target.getvalue()


def cells_of(document: Document) -> dict[str, list[list[str]]]:
    """What each table shows, by its title."""
    return {one.title: [[_plain(value) for value in row] for row in one.rows] for one in document.sections}


def _plain(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, int | float) else str(value)


def in_xlsx(content: bytes) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        page.title: [[_plain(cell) for cell in row] for row in page.iter_rows(min_row=2, values_only=True)]
        for page in book
        if page.title != "Paramètres"
    }


def in_ods(content: bytes) -> dict[str, list[list[str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = etree.fromstring(archive.read("content.xml"))
    table, office = f"{{{URN}table:1.0}}", f"{{{URN}office:1.0}}"
    found = {}
    for one in tree.iter(f"{table}table"):
        rows = [row.findall(f"{table}table-cell") for row in one.iter(f"{table}table-row")]
        said = [
            [(_typed(c.get(f"{office}value")) or "\n".join(p.text or "" for p in c)) for c in row] for row in rows[1:]
        ]
        found[str(one.get(f"{table}name"))] = said
    del found["Paramètres"]
    return found


def _typed(value: str | None) -> str:
    return (value or "").replace(".", ",")


def in_csv(content: bytes) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    blocks = content.decode("utf-8-sig").split("\n\n")
    for block in blocks[1:-1]:
        (title,), _, *rows = csv.reader(io.StringIO(block), delimiter=";")
        found[title] = [list(row) for row in rows]
    return found


def in_pdf(content: bytes, folder: Path) -> str:
    """The words of the PDF in the order of its content, without spaces."""
    path = folder / "report.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True)
    return _squeezed(done.stdout)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _printed(value: Any) -> str:
    return "–" if value is None else _squeezed(value if isinstance(value, str) else number(value))


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_screen_the_workbooks_the_data_and_the_pdf_say_the_same(
    app: Flask, signed_in: SignedIn, tmp_path: Path
) -> None:
    runtime: Runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        fill(session, seed=11, cases=40)
    for outward in (False, True):
        document, authority = the_document(runtime, outward=outward)
        expected = cells_of(document)
        assert len(expected) == len(document.sections) > 5
        assert list(in_xlsx(written(document, "xlsx")).values()) == list(expected.values())
        assert list(in_ods(written(document, "ods")).values()) == list(expected.values())
        assert in_csv(written(document, "csv")) == expected
        text = in_pdf(report_exports.print_document(runtime, authority, document), tmp_path)
        if not outward:
            check_structure(tmp_path / "report.pdf")
            check_accessible(tmp_path / "report.pdf")
        for section in document.sections:
            for row in section.rows:
                shown = row[:-1] if report_document.is_of_figures(section) else row
                assert "".join(map(_printed, shown)) in text, (section.title, row)
        for name, said in (*document.parameters, *document.definitions):
            assert _squeezed(name) in text
            assert _squeezed(said) in text
        assert any(MASKED in row for one in document.sections for row in one.rows) is outward
    document, _ = the_document(runtime, outward=False)
    page = signed_in("Philippe").get("/agents/activite/?du=2026-02-01&au=2026-04-30").text
    seen = re.sub(r'<span class="visually-hidden">.*?</span>', "", page)
    screen = _squeezed(unescape(re.sub(r"<[^>]*>", "", seen)))
    for section in document.tables:
        for row in section.chart.rows if section.chart else section.rows:
            assert "".join(map(_printed, row)) in screen, (section.title, row)


def test_no_hidden_number_is_found_again_by_difference() -> None:
    draw = random.Random(4)
    for _ in range(300):
        labels = [f"l{place}" for place in range(draw.randrange(1, 9))]
        tables = [
            [(label, [draw.choice((0, 1, 2, 4, 5, 9, 40)) for _ in range(3)]) for label in labels]
            for _ in range(draw.randrange(1, 4))
        ]
        hidden = lines_to_mask(tables, 5)
        for table in tables:
            lines = [counts for label, counts in table if label in hidden]
            assert not any(0 < count < 5 for label, counts in table if label not in hidden for count in counts)
            for column in zip(*lines, strict=True):
                # What a total gives back: nothing at all, or the sum of several lines that is not small itself.
                assert len(lines) == len(table) or sum(column) == 0 or (sum(column) >= 5 and len(lines) > 1)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_who_counts_one_department_gets_the_report_of_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        fill(session, seed=5, cases=60)
    with runtime.database.reading() as session:
        marc: Actor = factories.actor_named(session, "Marc")
        document = report_document.read(session, marc, SPRING, WINTER, [], outward=False)
    assert "Voirie" in dict(document.parameters)["Services comptés"]
