"""Files from the public: honest ones are kept as they came, hostile ones are refused with a sentence."""

import io
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict

from backoffice.infra.runtime import Runtime
from channels.http import uploads
from channels.http.uploads import UploadLimits
from tests import factories

LIMITS = UploadLimits(1_000_000)
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 200
HEIC = (Path(__file__).parents[1] / "samples/files/photo.heic").read_bytes()


def a_picture(kind: str = "JPEG", pixels: int = 8) -> bytes:
    """A real picture."""
    out = io.BytesIO()
    Image.new("RGB", (pixels, pixels), "red").save(out, kind)
    return out.getvalue()


def an_archive(**members: str) -> bytes:
    """A ZIP with these members, in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


ODT = an_archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<a/>"})
DOCX = an_archive(**{"[Content_Types].xml": "<Types/>", "word__document.xml": "<a/>"})
DOCM = an_archive(**{"[Content_Types].xml": "<Types/>", "word__document.xml": "<a/>", "word__vbaProject.bin": "x"})
JAR = an_archive(**{"META-INF__MANIFEST.MF": "Main-Class: A", "A.class": "x"})


@pytest.fixture
def runtime(seeded_sqlite_url: str, tmp_path: Path) -> Runtime:
    """Files do not depend on the database: one engine is enough."""
    return factories.a_runtime(seeded_sqlite_url, tmp_path)


def a_bomb(kind: str) -> bytes:
    """A few kilobytes that would become gigabytes."""
    if kind == "points":
        swollen = bytearray(a_picture("PNG"))
        swollen[16:24] = (60_000).to_bytes(4, "big") * 2
        swollen[29:33] = zlib.crc32(swollen[12:29]).to_bytes(4, "big")
        return bytes(swollen)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        if kind == "members":
            for number in range(6000):
                archive.writestr(f"{number}", "")
        elif kind == "zip":
            with archive.open("content.xml", "w") as member:
                for _ in range(51):
                    member.write(b" " * 10_000_000)
        else:
            laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
            xml = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">{laughs}]><a>&a9;</a>'
            archive.writestr("content.xml", xml.encode("utf-16" if kind == "xml 16" else "utf-8"))
    return out.getvalue()


def posted(content: bytes, name: str = "photo.jpg", field: str = "photos") -> MultiDict[str, FileStorage]:
    """A form's files, with one file."""
    return MultiDict([(field, FileStorage(io.BytesIO(content), name, content_type="image/jpeg"))])


@pytest.mark.parametrize(
    ("content", "name", "kind", "kept_as"),
    [
        (a_picture(), "Mon trou.JPG", "image/jpeg", "Mon trou.jpg"),
        (a_picture("PNG"), "capture", "image/png", "capture.png"),
        (a_picture("WEBP"), "a.webp", "image/webp", "a.webp"),
        (HEIC, "IMG_0001.HEIC", "image/heic", "IMG_0001.heic"),
        (PDF, "devis.pdf", "application/pdf", "devis.pdf"),
        (ODT, "lettre.odt", "application/vnd.oasis.opendocument.text", "lettre.odt"),
        (
            DOCX,
            "lettre.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "lettre.docx",
        ),
        ("Bonjour,\nl’été est là.\n".encode(), "mot.txt", "text/plain", "mot.txt"),
    ],
)
def test_ordinary_files_are_kept_by_their_content(
    runtime: Runtime, content: bytes, name: str, kind: str, kept_as: str
) -> None:
    (file,), errors = uploads.receive_files(posted(content, name), runtime, LIMITS)
    assert errors == {}
    assert (file.media_type, file.name, file.size, file.field) == (kind, kept_as, len(content), "photos")
    assert runtime.storage.get(file.digest) == content


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        SVG,
        EXECUTABLE,
        JAR,
        DOCM,
        b"#!/bin/sh\nrm -rf /\n",
        a_picture() + JAR,
        a_picture("GIF") + b"<script>alert(1)</script>",
        b"<html>" + PDF,
        PDF + HTML,
        EXECUTABLE[:2] + JAR,
        b"\x00" * 500,
    ],
    ids=[
        "html",
        "svg",
        "exe",
        "jar",
        "macros",
        "shell",
        "jpeg+jar",
        "gif+js",
        "html+pdf",
        "pdf+html",
        "exe+zip",
        "noise",
    ],
)
@pytest.mark.parametrize("name", ["photo.jpg", "photo.pdf"])
def test_hostile_files_are_refused_whatever_their_name(runtime: Runtime, content: bytes, name: str) -> None:
    received, errors = uploads.receive_files(posted(content, name), runtime, LIMITS)
    assert received == ()
    assert name in errors["photos"]
    assert errors["photos"].endswith(".")


@pytest.mark.parametrize("kind", ["points", "zip", "xml", "xml 16", "members"])
def test_bombs_are_refused_before_they_are_opened(runtime: Runtime, kind: str) -> None:
    content = a_bomb(kind)
    assert len(content) < 700_000
    tracemalloc.start()
    received, errors = uploads.receive_files(posted(content, "innocent.odt"), runtime, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert received == ()
    assert "envoyez-la en PDF" in errors["photos"] if kind == "points" else "Envoyez-le en PDF" in errors["photos"]
    assert peak < 6_000_000


def test_a_damaged_picture_asks_for_another(runtime: Runtime) -> None:
    assert "abîmée" in uploads.receive_files(posted(a_picture()[:20]), runtime, LIMITS)[1]["photos"]
    # Cut further on, it is kept as it came: what there is of it may be what somebody needs.
    assert uploads.receive_files(posted(a_picture(pixels=600)[:-200]), runtime, LIMITS)[1] == {}


def test_a_file_too_heavy_is_refused_and_the_others_stay(runtime: Runtime) -> None:
    files = posted(PDF + b" " * 1_000_000, "lourd.pdf")
    files.add("photos", FileStorage(io.BytesIO(a_picture()), "leger.jpg"))
    received, errors = uploads.receive_files(files, runtime, LIMITS)
    assert [file.name for file in received] == ["leger.jpg"]
    assert "la limite est de 1\u00a0Mo" in errors["photos"]


def test_an_empty_file_asks_for_another_and_no_file_asks_for_nothing(runtime: Runtime) -> None:
    assert "vide" in uploads.receive_files(posted(b""), runtime, LIMITS)[1]["photos"]
    assert uploads.receive_files(posted(b"", ""), runtime, LIMITS) == ((), {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\moi\\photo.jpg", "photo.jpg"),
        ("fac\u202egpj.exe", "facgpj.exe.jpg"),
        ("  .jpg", "jpg.jpg"),
        ("photo.jpg.exe", "photo.jpg.exe.jpg"),
        ("facture.pdf", "facture.pdf.jpg"),
        ("a\r\nX-Evil: 1.jpg", "aX-Evil 1.jpg"),
        ("é" * 300 + ".jpg", "é" * 120 + ".jpg"),
    ],
)
def test_names_are_made_safe(runtime: Runtime, given: str, kept: str) -> None:
    (file,), _ = uploads.receive_files(posted(a_picture(), given), runtime, LIMITS)
    assert file.name == kept


def test_a_received_file_comes_back_with_its_mark_and_only_to_its_own_form(runtime: Runtime) -> None:
    (file,), _ = uploads.receive_files(posted(a_picture()), runtime, LIMITS)
    token = uploads.keep_token(runtime.settings, "form-1", file)
    assert uploads.read_kept(runtime.settings, "form-1", [token, token]) == [file]
    assert uploads.read_kept(runtime.settings, "form-2", [token]) == []
    assert uploads.read_kept(runtime.settings, "form-1", [token], dropped=[token]) == []
    assert uploads.read_kept(runtime.settings, "form-1", [token + "x", "made.up", ""]) == []


def test_a_large_file_takes_no_memory(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with path.open("wb") as out:
        out.write(PDF)
        for _ in range(20):
            out.write(b"%" + b" " * 999_999)
    with path.open("rb") as stream:
        tracemalloc.start()
        files = MultiDict([("photos", FileStorage(stream, "scan.pdf"))])
        received, _ = uploads.receive_files(files, runtime, UploadLimits(30_000_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert received[0].size > 20_000_000
    assert peak < 4_000_000
