"""The words of a document are those that people read in it, and no document harms who reads it."""

import io
import zipfile

import pikepdf
import pytest

from backoffice.domain.file_checks import CSV, DOCX, OPEN_DOCUMENTS, PDF, PLAIN_TEXT, PPTX, XLSX
from backoffice.infra import document_words

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def a_pdf(*lines: str) -> bytes:
    """A page of text, as any program prints one."""
    document = pikepdf.new()
    page = document.add_blank_page()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    said = b"".join(b"(" + line.encode("cp1252") + b") Tj 0 -20 Td " for line in lines)
    page.Contents = document.make_stream(b"BT /F1 12 Tf 72 700 Td " + said + b"ET")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def an_archive(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def a_docx(body: str, head: str = "") -> bytes:
    whole = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return an_archive(**{"word/document.xml": whole, "word/styles.xml": "<s>style</s>"})


ODF = '<d xmlns:t="urn:t"><t:h>Bail</t:h><t:p>loyer<t:tab/>mensuel</t:p><t:p>du <t:span>préau</t:span></t:p></d>'
SHEET = "<sst><si><t>Recettes</t></si><si><r><t>du mar</t></r><r><t>ché</t></r></si></sst>"


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (a_pdf("Constat de mérule", "dans les combles"), PDF, "Constat de mérule\ndans les combles"),
        (a_docx("<w:p><w:r><w:t>zingue</w:t></w:r><w:r><w:t>rie</w:t></w:r></w:p>"), DOCX, "zinguerie"),
        (an_archive(**{"content.xml": ODF}), OPEN_DOCUMENTS[0], "Bail\nloyer\nmensuel\ndu préau"),
        (an_archive(**{"xl/sharedStrings.xml": SHEET}), XLSX, "Recettes\ndu marché"),
        (an_archive(**{"ppt/slides/slide1.xml": "<a><p>Quai</p></a>"}), PPTX, "Quai"),
        ("Relevé\r\n\r\n nocturne".encode(), PLAIN_TEXT, "Relevé\nnocturne"),
        ("nom;ville\nGuéhenno;Élancourt".encode("cp1252"), CSV, "nom;ville\nGuéhenno;Élancourt"),
        ("Relevé".encode("utf-16"), PLAIN_TEXT, "Relevé"),
    ],
    ids=["pdf", "docx", "odt", "xlsx", "pptx", "text", "csv of Windows", "utf-16"],
)
def test_a_document_is_read_as_people_read_it(content: bytes, media_type: str, words: str) -> None:
    assert document_words.read(content, media_type) == words


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 broken", PDF),
        (b"PK\x03\x04 broken", DOCX),
        (an_archive(**{"word/document.xml": " " * (document_words.LARGEST_PART + 1)}), DOCX),
        (b"\xff\xd8\xff a photo", "image/jpeg"),
        (b"", PLAIN_TEXT),
    ],
    ids=["broken pdf", "broken archive", "bomb", "photo", "empty"],
)
def test_a_document_that_cannot_be_read_has_no_words_and_fails_nobody(content: bytes, media_type: str) -> None:
    assert document_words.read(content, media_type) == ""


def test_a_register_of_thousands_of_pages_is_read_as_far_as_the_search_goes() -> None:
    many = "œuvre " * document_words.MOST_CHARACTERS
    for content, media_type in ((many.encode(), PLAIN_TEXT), (a_docx(f"<w:p>{many}</w:p>"), DOCX)):
        read = document_words.read(content, media_type)
        assert (len(read), read[:12]) == (document_words.MOST_CHARACTERS, "œuvre œuvre ")


def test_what_an_office_document_defines_is_not_followed() -> None:
    read = document_words.read(a_docx("<w:p>Bail &a; &amp; loyer</w:p>", '<!DOCTYPE d [<!ENTITY a "aaaa">]>'), DOCX)
    assert "Bail &a; & loyer" in read
    assert "aaaa" not in read


def test_a_document_that_was_cut_has_the_words_that_are_left() -> None:
    assert document_words.read(a_docx("<w:p>Bail</w:p><w:p>jamais fini"), DOCX).split("\n")[:2] == [
        "Bail",
        "jamais fini",
    ]
