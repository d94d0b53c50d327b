"""The PDF of every document: archival and accessible in one file, whatever people write in it, and nothing fetched."""

import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import outloud  # type: ignore[import-untyped]
import pikepdf
import pytest

from backoffice.infra import pdf, templating
from tests.infra.letters import (
    HOSTILE,
    PUBLIC_URL,
    REGIMES,
    SECOND,
    acts,
    hostile_acts,
    hostile_values,
    letter_values,
    missing_values,
    regime_values,
    with_second,
)

TEMPLATES = ("acknowledgement", "receipt", "letter")
PAPERS = {
    **{name: ("acknowledgement", regime_values(name)) for name in REGIMES},
    "receipt": ("receipt", regime_values("rejection", electronic=False, channel="Guichet")),
    "receipt by post": ("receipt", regime_values("rejection", electronic=False, channel="Téléphone")),
    "letter": ("letter", letter_values()),
    **acts(),
    **{
        f"missing documents, {language} too": (
            "missing_documents",
            with_second("missing_documents", missing_values(), language),
        )
        for language in SECOND
    },
    "receipt, ar too": ("receipt", with_second("receipt", regime_values("acceptance", electronic=False), "ar")),
    "long letter": ("letter", letter_values(text="Un paragraphe assez long pour faire une ligne.\n\n" * 80)),
}
ADDRESSED = ["Maryse", "Lefèvre-Dubois", "12", "bis", "rue", "des", "Lavandières", "49990", "Saint-Aubin-les-Tilleuls"]
MILLIMETRE = 72 / 25.4
TOGETHER = " ".join(text for name, text in HOSTILE.items() if name != "endless")


@pytest.fixture
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The PDF of one of the papers."""
    template, values = PAPERS[request.param]
    return printed(template, values, tmp_path)


def printed(template: str, values: dict[str, Any], folder: Path) -> Path:
    path = folder / "paper.pdf"
    path.write_bytes(pdf.render(templating.document_html(template, "Titre du document", values, PUBLIC_URL)))
    return path


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return done.stdout.replace("\u00a0", " ").replace("\u202f", " ")


def words_of(path: Path) -> list[tuple[float, float, float, float, str]]:
    """The words of the first page: left, top, right, bottom in millimetres from the corner of the sheet, and text."""
    done = subprocess.run(["pdftotext", "-bbox", "-l", "1", path, "-"], capture_output=True, text=True, check=True)
    found = re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', done.stdout)
    return [
        (float(left) / MILLIMETRE, float(top) / MILLIMETRE, float(right) / MILLIMETRE, float(foot) / MILLIMETRE, word)
        for left, top, right, foot, word in found
    ]


def check_structure(path: Path, *, with_data: bool = False) -> None:
    """What veraPDF asks for and pikepdf can see: both claims in one RDF, title, language, tags, fonts."""
    with pikepdf.open(path) as file:
        xmp = bytes(file.Root.Metadata.read_bytes())
        assert xmp.count(b"<rdf:RDF") == xmp.count(b"</rdf:RDF>") == 1
        assert xmp.index(b"pdfuaid:part") < xmp.index(b"</rdf:RDF>")
        with file.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            assert metadata.pdfa_status == "3A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"]
        assert b"pdfaSchema:namespaceURI" in xmp
        assert str(file.Root.Lang) == "fr"
        assert file.Root.MarkInfo.Marked
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert [str(intent.S) for intent in file.Root.OutputIntents] == ["/GTS_PDFA1"]
        names = [str(file.Root.AF[0].AFRelationship)] if "/AF" in file.Root else []
        assert names == (["/Data"] if with_data else [])
        assert ("/EmbeddedFiles" in file.Root.get("/Names", pikepdf.Dictionary())) == with_data
        for each in file.objects:
            if isinstance(each, pikepdf.Stream | pikepdf.Dictionary):
                assert not each.get("/Interpolate")
                if each.get("/Type") == "/FontDescriptor":
                    assert "/FontFile2" in each or "/FontFile3" in each
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)


def check_accessible(path: Path) -> None:
    # WeasyPrint keeps the page's foot out of the tree that readers follow, but PDF 1.7 has no tag to say so.
    result = outloud.check(str(path), skip=["PAG-001"])
    assert (result.verdict, result.errors, result.warnings) == ("pass", 0, 0), result.findings


@pytest.mark.parametrize("paper", PAPERS, indirect=True)
def test_every_document_is_archival_and_accessible(paper: Path) -> None:
    check_structure(paper)
    check_accessible(paper)


@pytest.mark.parametrize("text", [*HOSTILE.values(), TOGETHER], ids=[*HOSTILE, "together"])
def test_every_document_stays_so_whatever_people_write(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # The acts of the law, which are laid out alike, meet all the texts in one name, and the endless one.
    papers = [] if text == TOGETHER else [(template, hostile_values(text)) for template in TEMPLATES]
    acts_too = hostile_acts(text) if text in {TOGETHER, HOSTILE["endless"]} else {}
    for template, values in [*papers, *acts_too.items()]:
        path = printed(template, with_second(template, values, "ar"), tmp_path)
        check_structure(path)
        assert "2026-000123" in text_of(path)
    # WeasyPrint says here that it drew a .notdef glyph, which PDF/A forbids, or that it ignored a part of the style.
    assert caplog.messages == []


def test_a_character_without_a_drawing_is_shown_by_its_number(tmp_path: Path) -> None:
    values = letter_values(text="Monsieur 漢\udc80 n’a pas d’accent \u0007 ni de secret\u202e.")
    text = text_of(printed("letter", values, tmp_path))
    assert "Monsieur [U+6F22][U+DC80] n’a pas d’accent [U+0007] ni de secret[U+202E]." in text


def test_other_alphabets_are_drawn_when_a_font_has_them(tmp_path: Path) -> None:
    values = letter_values(text="Нина, Nguyễn, Ελένη, 12 €, œuvre")
    assert "Нина, Nguyễn, Ελένη, 12 €, œuvre" in text_of(printed("letter", values, tmp_path))


def test_the_same_page_gives_the_same_bytes() -> None:
    page = templating.document_html("letter", "Courrier", letter_values(), PUBLIC_URL)
    assert pdf.render(page) == pdf.render(page)


def test_the_facts_of_a_document_stand_in_it_for_machines(tmp_path: Path) -> None:
    page = templating.document_html("letter", "Courrier", letter_values(), PUBLIC_URL)
    facts = json.dumps({"nom": "Élodie 漢"}, ensure_ascii=False).encode()
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf.render(page, facts))
    assert path.read_bytes() == pdf.render(page, facts)
    check_structure(path, with_data=True)
    check_accessible(path)
    with pikepdf.open(path) as file:
        attached = file.attachments[pdf.DATA_NAME]
        assert attached.get_file().mime_type == "application/json"
        assert attached.get_file().read_bytes() == facts


def test_the_address_shows_in_the_window_of_an_envelope_and_nothing_else(tmp_path: Path) -> None:
    posted = [("acknowledgement", letter_values()), ("letter", letter_values()), *dict(acts().values()).items()]
    posted += [("receipt", regime_values("rejection", electronic=False, channel="Téléphone"))]
    for template, values in posted:
        words = words_of(printed(template, values, tmp_path))
        always_seen = [
            word for left, top, right, foot, word in words if left >= 105 and right <= 190 and 55 <= top < 79
        ]
        assert always_seen == ADDRESSED
        # The window of 45 mm over a sheet that floats by 10 mm may show x 90–200 mm and y 34–90 mm.
        sometimes = [word for left, top, right, foot, word in words if right > 90 and foot > 34 and top < 90]
        assert sometimes == always_seen


def test_long_names_push_the_text_down_instead_of_covering_it(tmp_path: Path) -> None:
    values = letter_values()
    values["citizen"] |= {"name": "Jean-Baptiste " * 18, "address_line": "résidence des Tilleuls " * 11}
    words = words_of(printed("letter", values, tmp_path))
    heading = next(top for left, top, right, foot, word in words if word == "Votre")
    assert max(foot for left, top, right, foot, word in words if word in {"Jean-Baptiste", "Tilleuls"}) < heading


def test_nothing_sticks_out_of_the_sheet(tmp_path: Path) -> None:
    for text in HOSTILE.values():
        words = words_of(printed("acknowledgement", hostile_values(text), tmp_path))
        assert [word for left, top, right, foot, word in words if left < 15 or right > 195] == []
    for template, values in hostile_acts(HOSTILE["endless"]).items():
        words = words_of(printed(template, values, tmp_path))
        assert [word for left, top, right, foot, word in words if left < 15 or right > 195] == [], template


def test_the_receipt_is_in_large_print(tmp_path: Path) -> None:
    template, values = PAPERS["receipt"]
    path = printed(template, values, tmp_path)
    sentence = [foot - top for left, top, right, foot, word in words_of(path) if word == "relative"]
    assert min(sentence) >= 14 / MILLIMETRE


def test_pages_are_numbered(tmp_path: Path) -> None:
    text = text_of(printed(*PAPERS["long letter"], tmp_path))
    pages = text.count("\f")
    assert pages > 1
    assert [f"Page {number}/{pages}" in text for number in range(1, pages + 1)] == [True] * pages
    assert text.count("Ville de Saint-Aubin-les-Tilleuls – dossier 2026-000123") == pages


def test_nothing_is_fetched_from_the_network_or_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("le secret")
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    addresses = [secret.as_uri(), "http://127.0.0.1:9/x", "https://127.0.0.1:9/x", "ftp://127.0.0.1:9/x", "app:../x"]
    page = "".join(
        f'<link rel=attachment href="{address}"><link rel=stylesheet href="{address}"><img alt=x src="{address}">'
        f"<style>@import url({address}); p {{ background: url({address}) }}</style>"
        f'<object data="{address}"></object><svg><image href="{address}"/></svg>'
        for address in addresses
    )
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf.render(f'<html lang=fr><title>x</title><body><h1 data-foot="x">x</h1><p>{page}</p>'))
    assert asked == []
    check_structure(path)
    assert "le secret" not in text_of(path)
