"""Scanned letters: each file of the folder has one outcome, is cut where it should be, and waits for an agent."""

import html
import io
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from backoffice.domain.scan_cutting import Cut, PageKind, cut
from backoffice.infra import text_recognition
from backoffice.infra.runtime import Runtime
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.cases import Attachment
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.models.files import ReceivedFile
from backoffice.queries import digitised_mail as queries
from backoffice.services import accounts, digitised_mail, held_files, moment, scan_destruction
from backoffice.services.outbox import JobKind
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state
from tests.workers.scans import BLANK, SEPARATOR, pile
from workers import scan_cutting, scan_folder

C, B, S = PageKind.CONTENT, PageKind.BLANK, PageKind.SEPARATOR
FIRST = "Madame le Maire,\nje demande une copie\nde mon acte de naissance."
SECOND = "Monsieur,\nle lampadaire de la rue\nest en panne."


@pytest.mark.parametrize(
    ("pages", "at_blanks", "how", "letters"),
    [
        ([C, C], True, Cut.WHOLE, ((0, 1),)),
        ([S, C, B, C, S, B, C, B, S], True, Cut.SEPARATORS, ((1, 2, 3), (6,))),
        ([C, B, C], True, Cut.BLANKS, ((0,), (2,))),
        ([C, B, C], False, Cut.WHOLE, ((0, 1, 2),)),
        ([S, B, S], False, Cut.SEPARATORS, ()),
        ([B, B], False, Cut.WHOLE, ()),
        ([], True, Cut.WHOLE, ()),
    ],
)
def test_letters_are_parted_by_separators_else_by_blank_pages_when_that_is_wanted(
    pages: list[PageKind], at_blanks: bool, how: Cut, letters: tuple[tuple[int, ...], ...]
) -> None:
    assert cut(pages, at_blanks=at_blanks) == (how, letters)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the scanner."""
    found = tmp_path / "scanner"
    found.mkdir()
    return found


@pytest.fixture
def house(seeded_sqlite_url: str, tmp_path: Path, folder: Path) -> Iterator[Runtime]:
    """An installation that watches the folder; cutting does not depend on the database."""
    found = factories.a_runtime(seeded_sqlite_url, tmp_path, scan_folder=folder, max_request_bytes=100_000)
    yield found
    found.database.dispose()


@pytest.fixture
def either_house(seeded_url: str, tmp_path: Path, folder: Path) -> Iterator[Runtime]:
    """The same, once on each engine."""
    found = factories.a_runtime(seeded_url, tmp_path, scan_folder=folder)
    yield found
    found.database.dispose()


def lay(folder: Path, name: str, content: bytes, *, seconds_ago: int = 60) -> None:
    """A file that the scanner finished some time ago."""
    (folder / name).write_bytes(content)
    at = time.time() - seconds_ago
    os.utime(folder / name, (at, at))


def look(house: Runtime) -> None:
    """One look at the folder, and every file cut."""
    with house.database.transaction() as session:
        scan_folder.outbox.promise(session, JobKind.WATCH_SCAN_FOLDER)
    scan_folder.watch(house, claim_next(house, JobKind.WATCH_SCAN_FOLDER))
    while jobs_by_state(house, JobKind.CUT_SCAN).get("queued"):
        scan_cutting.cut_file(house, claim_next(house, JobKind.CUT_SCAN))


def outcomes(house: Runtime) -> dict[str, str]:
    with house.database.reading() as session:
        return {one.name: one.state for one in session.scalars(select(DigitisedFile))}


def test_every_file_of_the_folder_has_one_outcome_and_none_is_lost(house: Runtime, folder: Path) -> None:
    lay(folder, "pile.pdf", pile([FIRST, SEPARATOR, SECOND, BLANK]), seconds_ago=90)
    lay(folder, "copie.pdf", pile([FIRST, SEPARATOR, SECOND, BLANK]), seconds_ago=80)
    lay(folder, "fax.tiff", pile([FIRST, SECOND], "TIFF"), seconds_ago=70)
    lay(folder, "casse.pdf", b"%PDF-1.7\nrien de plus")
    lay(folder, "note.txt", "Ceci n’est pas une image.".encode())
    lay(folder, "en-cours.pdf", pile([FIRST]), seconds_ago=-60)  # still being written, however long the test takes
    lay(folder, ".cache", b"x")
    look(house)
    look(house)  # nothing new: nothing changes
    assert outcomes(house) == {
        "pile.pdf": "cut", "copie.pdf": "repeated", "fax.tiff": "cut", "casse.pdf": "aside", "note.txt": "aside",
    }  # fmt: skip
    assert sorted(one.name for one in folder.iterdir()) == [".cache", "ecartes", "en-cours.pdf", "traites"]
    assert sorted(one.name for one in (folder / "ecartes").iterdir()) == ["note.txt"]
    with house.database.reading() as session:
        counts = queries.count_files(session, 1)
        assert counts == {"cut": 2, "repeated": 1, "aside": 2}
        letters = list(session.scalars(select(DigitisedLetter).order_by(DigitisedLetter.id)))
        assert [len(one.pages["pages"]) for one in letters] == [1, 1, 2]
        broken = session.scalars(select(DigitisedFile).where(DigitisedFile.name == "casse.pdf")).one()
        assert "abîmé" in broken.reason
        assert house.storage.get(broken.digest).startswith(b"%PDF")
    assert house.storage.get(letters[0].pages["pages"][0]["thumbnail"]).startswith(b"\xff\xd8")


def test_a_file_that_kills_its_readers_is_set_aside(house: Runtime, folder: Path) -> None:
    lay(folder, "poison.pdf", pile([FIRST]))
    with house.database.transaction() as session:
        scan_folder.outbox.promise(session, JobKind.WATCH_SCAN_FOLDER)
    scan_folder.watch(house, claim_next(house, JobKind.WATCH_SCAN_FOLDER))
    claim = claim_next(house, JobKind.CUT_SCAN)
    killed = type(claim)(claim.job_id, claim.kind, claim.payload, claim.token, attempt=3)
    scan_cutting.cut_file(house, killed)
    assert outcomes(house) == {"poison.pdf": "aside"}


@pytest.mark.skipif(not text_recognition.is_installed(), reason="Tesseract and its French are not installed")
def test_the_words_of_a_letter_are_read_and_found(either_house: Runtime, folder: Path) -> None:
    lay(folder, "lampadaire.pdf", pile([SECOND]))
    look(either_house)
    scan_cutting.read_letter(either_house, claim_next(either_house, JobKind.READ_SCAN))
    with either_house.database.reading() as session:
        (found,) = queries.list_letters(session, 1, "waiting", words="LAMPADAIRE panne")
        assert "en panne" in found.text
        assert queries.list_letters(session, 1, "waiting", words="naissance") == []


def test_an_agent_registers_a_scanned_letter_beside_its_pages(
    house: Runtime, folder: Path, request: pytest.FixtureRequest
) -> None:
    lay(folder, "pile.pdf", pile([FIRST, SEPARATOR, SECOND]))
    look(house)
    with house.database.transaction() as session:
        digitised_mail.note_text(
            session, queries.get_letter(session, factories.actor_named(session, "Sandrine"), 1), "Un acte de naissance."
        )
    desk = _desk(house, request)
    tray = desk.get("/agents/courrier/numerises").text
    assert tray.count('class="scan-thumbnail"') == 2
    page = desk.get("/agents/courrier/?scan=1").text
    assert 'src="/agents/courrier/numerises/1/pages/1"' in page
    assert desk.get("/agents/courrier/numerises/1/pages/1").data.startswith(b"\xff\xd8")
    assert desk.get("/agents/courrier/numerises/1/pages/2").status_code == 404
    form = {
        "submission": page.split('name="submission" value="')[1].split('"')[0],
        "do": "save",
        "scan": "1",
        "received_on": moment.today("Europe/Paris").isoformat(),
        "nature": "simple",
        "requester.family_name": "Belkacem",
        "subject": "Copie d’un acte",
    }
    answer = desk.post("/agents/courrier/", data=form)
    assert answer.status_code == 303, answer.text
    assert desk.post("/agents/courrier/", data=form).location == answer.location
    assert "scan=2" in desk.get(answer.location).text
    taken = desk.post("/agents/courrier/", data={**form, "submission": "x"})
    assert taken.status_code == 409
    assert desk.get("/agents/courrier/numerises").text.count('class="scan-thumbnail"') == 1
    with house.database.reading() as session:
        attached = session.scalars(select(Attachment)).one()
        with pikepdf.open(_stream(house.storage.get(attached.digest))) as file:
            assert len(file.pages) == 1
        assert session.scalars(select(ArrivedLetter)).one().case_id == attached.case_id
        read = session.get_one(ReceivedFile, attached.digest)
        assert read.text == "Un acte de naissance."
    away = desk.post("/agents/courrier/numerises/2/ecarter", data={"reason": ""})
    assert (away.status_code, "Dites pourquoi" in away.text) == (422, True)
    desk.post("/agents/courrier/numerises/2/ecarter", data={"reason": "Publicité"})
    assert "Publicité" in desk.get("/agents/courrier/numerises?etat=ecartes").text
    desk.post("/agents/courrier/numerises/2/reprendre")
    upload = {"submission": "s", "files": [(_stream(pile([FIRST, BLANK, SECOND])), "lot.pdf")], "cut_at_blanks": "yes"}
    assert desk.post("/agents/courrier/numerises", data=upload).status_code == 303
    scan_cutting.cut_file(house, claim_next(house, JobKind.CUT_SCAN))
    assert desk.get("/agents/courrier/numerises").text.count('class="scan-thumbnail"') == 3
    refused = desk.post("/agents/courrier/numerises", data={"submission": "t", "files": [(_stream(b"rien"), "a.pdf")]})
    assert (refused.status_code, "ni un PDF ni un TIFF" in refused.text) == (422, True)
    heavy = pile([FIRST]) + b"%" * house.settings.max_request_bytes
    assert desk.post("/agents/courrier/numerises", data={"files": [(_stream(heavy), "a.pdf")]}).status_code == 303
    assert "PARVIS" not in desk.get("/agents/courrier/numerises/separateur").text


def test_what_was_put_away_is_destroyed_after_its_days_and_a_line_says_so(
    either_house: Runtime, folder: Path, request: pytest.FixtureRequest
) -> None:
    house = either_house
    lay(folder, "pile.pdf", pile([FIRST, SEPARATOR, SECOND]), seconds_ago=90)
    lay(folder, "copie.pdf", pile([FIRST, SEPARATOR, SECOND]), seconds_ago=80)
    lay(folder, "notes.txt", b"rien")
    look(house)
    with house.database.transaction() as session:
        sandrine = factories.actor_named(session, "Sandrine")
        first, second = queries.list_letters(session, 1, "waiting")
        pages, digests = first.pages["pages"][0], (first.digest, first.file.digest)
        digitised_mail.put_away(session, sandrine, first.id, "Publicité")
        for line in (first, *queries.list_files(session, 1, ["aside"], 9)):
            line.settled_at = moment.now() - timedelta(days=91)

    def sweep() -> int:
        with house.database.transaction() as session:
            done = scan_destruction.destroy_due(session)
        held_files.sweep(house)
        return done

    assert (sweep(), sweep()) == (2, 0)
    assert not any(house.storage.exists(digest) for digest in (*pages.values(), digests[0]))
    assert house.storage.exists(digests[1])  # its other letter waits
    desk = _desk(house, request)
    told = html.unescape(desk.get("/agents/courrier/numerises?etat=detruits").text)
    assert "par Sandrine Le Goff, 1 page : Publicité" in told.replace("\u00a0", " ")
    assert desk.get("/agents/courrier/numerises/1/pages/1").status_code == 404
    with house.database.transaction() as session:
        digitised_mail.put_away(session, sandrine, second.id, "Doublon")
        session.get_one(DigitisedLetter, second.id).settled_at = moment.now() - timedelta(days=91)
    assert sweep() == 2
    assert not house.storage.exists(digests[1])
    assert [desk.get(f"/agents/courrier/numerises/fichiers/{one}").status_code for one in (1, 2, 3)] == [404] * 3
    # The same paper scanned again waits anew: nothing says that it is there already.
    lay(folder, "encore.pdf", pile([FIRST, SEPARATOR, SECOND]))
    look(house)
    with house.database.reading() as session:
        assert len(queries.list_letters(session, 1, "waiting")) == 2


def test_the_scan_of_a_letter_is_as_sensitive_as_its_case(
    house: Runtime, folder: Path, request: pytest.FixtureRequest
) -> None:
    lay(folder, "pile.pdf", pile([FIRST]), seconds_ago=90)
    lay(folder, "copie.pdf", pile([FIRST]), seconds_ago=80)
    look(house)
    sandrine, karim = (_desk(house, request, name) for name in ("Sandrine", "Karim"))
    scan = [f"/agents/courrier/numerises/{path}" for path in ("1/pages/1", "fichiers/1", "fichiers/2")]
    assert [karim.get(path).status_code for path in scan] == [200, 200, 200]
    form = {
        "submission": "f",
        "do": "save",
        "scan": "1",
        "received_on": moment.today("Europe/Paris").isoformat(),
        "nature": "simple",
        "requester.family_name": "Belkacem",
        "demarche": "childcare_place",
        "notes": "Rappeler le soir.",
    }
    assert sandrine.post("/agents/courrier/", data=form).status_code == 303
    assert [karim.get(path).status_code for path in scan] == [404, 404, 404]
    assert "numerises/1" not in karim.get("/agents/courrier/?scan=1").text
    late = karim.post("/agents/courrier/", data={**form, "submission": "g"})
    assert (late.status_code, "Rappeler le soir." in late.text) == (409, True)
    assert [sandrine.get(path).status_code for path in scan] == [200, 200, 200]


def _stream(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)


def _desk(house: Runtime, request: pytest.FixtureRequest, name: str = "Sandrine") -> FlaskClient:
    """The browser of an agent on this very installation."""
    app = create_app(house.settings)
    request.addfinalizer(app.extensions["parvis"].database.dispose)
    app.config["WTF_CSRF_ENABLED"] = False
    with house.database.transaction() as session:
        token = accounts.open_session(session, house, staff=factories.staff_named(session, name))
    client = app.test_client()
    client.set_cookie(STAFF_COOKIE, token)
    return client
