"""What is made of a received file: an upright picture with nothing of the camera, and a word on what a PDF does."""

import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import update

from backoffice.domain.file_checks import PLAIN_TEXT, FileCheck
from backoffice.domain.incoming import IncomingFile
from backoffice.infra import pictures
from backoffice.infra.pdf_actions import Nature, nature
from backoffice.infra.runtime import Runtime
from backoffice.models.files import ReceivedFile
from backoffice.queries import queue
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import bare_files, case_texts, received_files, scans
from backoffice.services.outbox import JobKind
from tests import factories
from tests.services.clamd import EICAR, Clamd
from tests.usecases.promises import claim_next, jobs_by_state
from workers import file_preparing

HEIC = (Path(__file__).parents[1] / "samples/files/photo.heic").read_bytes()
SECRETS = (b"Exif", b"GPS", b"Apple", b"Jeanne", b"ICC_PROFILE", b"xmp", b"secret")


@pytest.fixture
def house(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Pictures do not depend on the database: one engine is enough."""
    found = factories.a_runtime(seeded_sqlite_url, tmp_path)
    yield found
    found.database.dispose()


def a_photo(kind: str = "JPEG", orientation: int = 6) -> bytes:
    """A photo held sideways: its red top is on the left of the points, and the camera wrote where it was taken."""
    picture = Image.new("RGB", (400, 200), "blue")
    picture.paste("red", (0, 0, 40, 200))
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = orientation, "iPhone de Jeanne"
    exif[0x8825] = {1: "N", 2: (48.0, 7.0, 12.0), 3: "W", 4: (1.0, 40.0, 30.0)}
    out = io.BytesIO()
    more: dict[str, object] = {"comment": b"secret", "icc_profile": b"secret"} if kind == "JPEG" else {}
    if kind == "PNG":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Comment", "secret")  # type: ignore[attr-defined]
    picture.save(out, kind, exif=exif.tobytes(), **more)
    return out.getvalue()


def prepared(house: Runtime, content: bytes, media_type: str) -> FileCheck:
    file = IncomingFile("photo", media_type, len(content), house.storage.put(content))
    factories.a_receipt(house, files=(file,))
    file_preparing.prepare(house, claim_next(house, JobKind.PREPARE_FILE))
    assert house.storage.get(file.digest) == content, "the original is evidence"
    with house.database.reading() as session:
        return received_files.checks(session, house, [file.digest])[file.digest]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC"])
def test_a_photo_leaves_for_another_administration_as_large_as_it_came_and_says_nothing_of_the_camera(
    house: Runtime, kind: str
) -> None:
    taken = HEIC if kind == "HEIC" else a_photo(kind)
    name, media_type, sent = bare_files.read(house, house.storage.put(taken), "photo.x", f"image/{kind.lower()}")
    assert not [secret for secret in SECRETS if secret in sent]
    with Image.open(io.BytesIO(sent)) as shown:
        assert f"image/{str(shown.format).lower()}" == media_type
        assert kind == "HEIC" or shown.size == (200, 400)
    assert name == ("photo.x" if kind in {"JPEG", "PNG", "WEBP"} else "photo.jpg")
    assert bare_files.read(house, house.storage.put(b"no picture"), "a.png", "image/png")[2] == b"no picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_preview_is_upright_small_and_says_nothing_of_the_camera(house: Runtime, kind: str) -> None:
    found = prepared(house, a_photo(kind), f"image/{kind.lower()}")
    for digest, longest in ((found.preview, 400), (found.thumbnail, 240)):
        content = house.storage.get(digest)
        assert not [secret for secret in SECRETS if secret in content]
        with Image.open(io.BytesIO(content)) as shown:
            assert (shown.format, shown.size) == ("JPEG", (longest // 2, longest))
            assert set(shown.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
            red, _, blue = shown.getpixel((shown.width // 2, 4))  # type: ignore[misc]
            assert red > 200 > blue


def test_a_photo_of_an_iphone_gets_a_jpeg(house: Runtime) -> None:
    found = prepared(house, HEIC, "image/heic")
    content = house.storage.get(found.preview)
    assert not [secret for secret in SECRETS if secret in content]
    with Image.open(io.BytesIO(content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (400, 300))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (a_photo()[:100], "image/jpeg"),
        (HEIC[:500], "image/heic"),
        (b"GIF89a", "image/gif"),
        (a_photo("PNG"), "image/jpeg"),
    ],
    ids=["jpeg cut", "heic cut", "gif cut", "lying type"],
)
def test_what_cannot_be_decoded_has_no_preview_and_fails_nobody(house: Runtime, content: bytes, kind: str) -> None:
    found = prepared(house, content, kind)
    assert (found.prepared, found.preview, found.thumbnail) == (True, "", "")
    assert jobs_by_state(house, JobKind.PREPARE_FILE) == {"done": 1}


def test_a_photo_cut_short_shows_what_there_is_of_it(house: Runtime) -> None:
    found = prepared(house, a_photo()[:-300], "image/jpeg")
    with Image.open(io.BytesIO(house.storage.get(found.preview))) as shown:
        assert shown.size == (200, 400)


def test_a_picture_of_a_billion_points_is_measured_and_never_decoded() -> None:
    header = bytearray(a_photo("PNG"))
    header[16:24] = (30_000).to_bytes(4, "big") + (30_000).to_bytes(4, "big")
    bomb = _with_checksum(header)
    width, height = pictures.measure(io.BytesIO(bomb), "image/png")
    assert width * height > pictures.MOST_PIXELS
    assert pictures.make(bomb, "image/png") is None


def _with_checksum(png: bytearray) -> bytes:
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)


def a_pdf(script: pikepdf.Dictionary | None = None, *, hidden: bool = False) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    if script is not None:
        document.Root.OpenAction = script
    out = io.BytesIO()
    streams = pikepdf.ObjectStreamMode.generate if hidden else pikepdf.ObjectStreamMode.disable
    document.save(out, object_stream_mode=streams)
    return out.getvalue()


def found(house: Runtime, words: str) -> int:
    """How many cases a search finds, once the relay has read what changed."""
    case_texts.catch_up(house)
    with house.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        return queue.count(session, karim, Filters(View.FOUND, words), datetime.now(UTC).date())


def test_a_case_is_found_by_the_words_of_its_documents_those_received_before_words_were_read_too(
    house: Runtime,
) -> None:
    prepared(house, "Devis de zinguerie pour l’école".encode(), PLAIN_TEXT)
    assert (found(house, "zinguerie ecole"), found(house, "zingerie")) == (1, 0)
    with house.database.transaction() as session:
        session.execute(update(ReceivedFile).values(text=""))
    assert found(house, "zinguerie") == 0
    with house.database.transaction() as session:
        assert received_files.read_again(session) == 1
    file_preparing.prepare(house, claim_next(house, JobKind.PREPARE_FILE))
    assert found(house, "zinguerie") == 1


def test_what_was_recognised_on_a_scanned_letter_is_not_replaced(house: Runtime) -> None:
    factories.a_receipt(house, files=(IncomingFile("a.txt", PLAIN_TEXT, 4, house.storage.put(b"faint")),))
    with house.database.transaction() as session:
        session.execute(update(ReceivedFile).values(text="clear"))
    file_preparing.prepare(house, claim_next(house, JobKind.PREPARE_FILE))
    assert (found(house, "clear"), found(house, "faint")) == (1, 0)


ALERT = {"/S": pikepdf.Name.JavaScript, "/JS": pikepdf.String("app.alert(1)")}
LAUNCH = {"/S": pikepdf.Name.Launch, "/F": pikepdf.String("calc.exe")}


def test_a_pdf_that_acts_by_itself_is_known_however_it_hides() -> None:
    assert nature(a_pdf()) is Nature.QUIET
    assert nature(a_pdf(pikepdf.Dictionary(ALERT))) is Nature.ACTIVE
    packed = a_pdf(pikepdf.Dictionary(ALERT), hidden=True)
    assert b"JavaScript" not in packed
    assert nature(packed) is Nature.ACTIVE
    assert nature(a_pdf(pikepdf.Dictionary(LAUNCH))) is Nature.ACTIVE
    assert nature(b"%PDF-1.7 broken") is Nature.DAMAGED


def test_a_file_is_prepared_once_it_is_clean_and_never_when_it_is_infected(
    seeded_sqlite_url: str, tmp_path: Path, clamd: Clamd
) -> None:
    house = factories.a_runtime(seeded_sqlite_url, tmp_path, antivirus_url=clamd.address)
    photo, bad = a_photo(), a_photo() + EICAR
    digests = [house.storage.put(content) for content in (photo, bad)]
    files = tuple(IncomingFile("p.jpg", "image/jpeg", 1, digest) for digest in digests)
    factories.a_receipt(house, files=files)
    assert jobs_by_state(house, JobKind.PREPARE_FILE) == {}
    for _ in files:
        scans.scan(house, claim_next(house, JobKind.SCAN_FILE))
    assert jobs_by_state(house, JobKind.PREPARE_FILE) == {"queued": 1}
    file_preparing.prepare(house, claim_next(house, JobKind.PREPARE_FILE))
    with house.database.reading() as session:
        clean, infected = (received_files.checks(session, house, digests)[digest] for digest in digests)
    assert (clean.prepared, infected.prepared) == (True, False)
    house.database.dispose()
