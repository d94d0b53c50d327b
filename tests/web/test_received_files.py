"""Received files as people meet them: thumbnails, files kept closed, and nothing that ever runs."""

import io
import json
import re
import zipfile
from dataclasses import dataclass

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update

from backoffice.domain.incoming import IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Attachment, Case, CaseEvent
from backoffice.models.files import ReceivedFile
from backoffice.queries import cases
from backoffice.services import bundles
from backoffice.services.journal import Event
from backoffice.services.outbox import JobKind
from tests import factories, mails
from tests.conftest import OpenApp
from tests.services.clamd import EICAR, Clamd
from tests.usecases.promises import claim_next
from tests.web.conftest import SignedIn
from tests.web.visits import post, sign_in, words
from tests.workers.test_file_preparing import ALERT, SECRETS, a_pdf, a_photo

DESK = "/agents/dossiers"
VIRUS = "Eicar-Test-Signature"


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str, clamd: Clamd) -> Flask:
    """The web application of an installation with an antivirus."""
    return open_app(seeded_sqlite_url, antivirus_url=clamd.address)


@dataclass
class Filed:
    """A case and its files, by name."""

    case: Case
    ids: dict[str, int]

    def place(self, name: str) -> str:
        return f"{DESK}/{self.case.reference}/pieces/{self.ids[name]}"


def work(house: Runtime) -> None:
    """Keep the promises about files, as a worker does."""
    mails.work_off(house, JobKind.SCAN_FILE, JobKind.PREPARE_FILE)


def filed(house: Runtime, *contents: tuple[str, str, bytes], worked: bool = True, **changes: object) -> Filed:
    """A case with these files (name, type, content), looked at by the workers."""
    files = tuple(IncomingFile(name, kind, len(data), house.storage.put(data)) for name, kind, data in contents)
    receipt = factories.a_receipt(house, files=files, **changes)
    if worked:
        work(house)
    with house.database.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        attachments = session.scalars(select(Attachment).where(Attachment.case_id == case.id)).all()
        return Filed(case, {one.name: one.id for one in attachments})


def follow(client: FlaskClient, case: Case) -> str:
    """Open a case with its reference and code; its page."""
    entered = post(client, "/suivi", {"reference": case.reference, "code": case.tracking_code}, token_from="/suivi")
    return client.get(entered.location).text


def pictures_of(page: str) -> list[str]:
    return re.findall(r'<img class="thumbnail" src="([^"]+)"', page)


def test_agents_see_thumbnails_and_keep_the_original_as_it_came(house: Runtime, signed_in: SignedIn) -> None:
    photo = a_photo()
    found = filed(house, ("trou.jpg", "image/jpeg", photo))
    client = signed_in("Karim")
    page = client.get(f"{DESK}/{found.case.reference}").text
    (thumbnail,) = pictures_of(page)
    assert "style=" not in page
    for address, side in ((thumbnail, 240), (f"{found.place('trou.jpg')}?apercu=1", 400)):
        shown = client.get(address)
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert not [secret for secret in SECRETS if secret in shown.data]
        with Image.open(io.BytesIO(shown.data)) as picture:
            assert max(picture.size) == side
    original = client.get(found.place("trou.jpg"))
    assert original.data == photo
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_the_files_of_a_case_are_seen_side_by_side_each_with_its_message(house: Runtime, signed_in: SignedIn) -> None:
    photo, quote = ("trou.jpg", "image/jpeg", a_photo()), ("devis.pdf", "application/pdf", a_pdf())
    found = filed(house, photo, quote)
    client = signed_in("Karim")
    page = client.get(f"{DESK}/{found.case.reference}").text
    assert "Voir 2 pièces jointes" in words(page)
    gallery = client.get(f"{DESK}/{found.case.reference}/pieces-jointes")
    assert re.findall(r"(devis\.pdf|trou\.jpg)</a>", gallery.text) == ["devis.pdf", "trou.jpg"]
    (picture,) = re.findall(r'gallery-picture" src="([^"]+)"', gallery.text)
    assert client.get(picture).headers["Content-Type"] == "image/jpeg"
    (place, _) = re.findall(r"#(echange-\d+)", gallery.text)
    assert f'id="{place}"' in page
    none = factories.a_receipt(house, source_id="without").reference
    assert "Aucun fichier" in client.get(f"{DESK}/{none}/pieces-jointes").text
    assert "pièces jointes" not in client.get(f"{DESK}/{none}").text


def test_a_thumbnail_of_a_restricted_case_is_part_of_its_page(house: Runtime, signed_in: SignedIn) -> None:
    found = filed(house, ("trou.jpg", "image/jpeg", a_photo()))
    with house.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    client = signed_in("Karim")
    (thumbnail,) = pictures_of(client.get(f"{DESK}/{found.case.reference}").text)
    assert client.get(thumbnail).status_code == 200
    with house.database.reading() as session:
        readings = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.READ_RESTRICTED)).all()
    assert len(readings) == 1
    assert signed_in("Julie").get(f"{found.place('trou.jpg')}/vignette").status_code == 404


def test_whoever_follows_the_case_gets_pictures_without_what_the_camera_wrote(
    house: Runtime, client: FlaskClient
) -> None:
    quote = a_pdf()
    found = filed(house, ("trou.jpg", "image/jpeg", a_photo()), ("devis.pdf", "application/pdf", quote))
    page = follow(client, found.case)
    assert "Aperçu sans le lieu ni l’appareil" in page
    mine = f"/suivi/{found.case.reference}/pieces"
    for address in (*pictures_of(page), f"{mine}/{found.ids['trou.jpg']}"):
        shown = client.get(address)
        assert shown.status_code == 200
        assert not [secret for secret in SECRETS if secret in shown.data]
    assert client.get(f"{mine}/{found.ids['devis.pdf']}").data == quote


def test_a_picture_that_is_not_ready_is_never_shared_as_it_came(house: Runtime, client: FlaskClient) -> None:
    damaged = filed(house, ("trou.jpg", "image/jpeg", a_photo()[:100]))
    follow(client, damaged.case)
    answer = client.get(f"/suivi/{damaged.case.reference}/pieces/{damaged.ids['trou.jpg']}")
    assert (answer.status_code, "ne peut pas être montrée" in answer.text) == (404, True)


def test_a_file_stays_closed_until_the_antivirus_has_spoken(house: Runtime, signed_in: SignedIn, clamd: Clamd) -> None:
    clamd.stop()
    found = filed(house, ("trou.jpg", "image/jpeg", a_photo()), worked=False)
    client = signed_in("Karim")
    assert "pas encore analysé" in words(client.get(f"{DESK}/{found.case.reference}").text)
    assert client.get(found.place("trou.jpg")).status_code == 503
    work(house)
    page = words(client.get(f"{DESK}/{found.case.reference}").text)
    assert "L’antivirus ne répond pas : ce fichier reste fermé" in page
    admin = signed_in("Paul")
    tasks = words(admin.get("/agents/taches/").text)
    assert "L’antivirus ne répond pas" in tasks
    assert "1 fichier en attente" in tasks
    assert "antivirus ne répond pas" in client.get("/sante/pret").get_json()["antivirus"]
    clamd.start()
    assert "L’antivirus ne répond pas" not in words(admin.get("/agents/taches/").text)
    assert client.get("/sante/pret").get_json() == {"status": "ok"}


def test_an_infected_file_opens_for_nobody_and_every_page_says_why(
    house: Runtime, signed_in: SignedIn, client: FlaskClient
) -> None:
    found = filed(house, ("facture.pdf", "application/pdf", EICAR), ("mot.txt", "text/plain", b"Bonjour"))
    karim = signed_in("Karim")
    said = f"Fichier écarté : virus trouvé ({VIRUS}"
    page = karim.get(f"{DESK}/{found.case.reference}").text
    assert said in words(page)
    assert found.place("facture.pdf") not in page
    assert "facture.pdf (Eicar" in words(page), "its history says it too"
    for address in (found.place("facture.pdf"), f"{found.place('facture.pdf')}?apercu=1"):
        answer = karim.get(address)
        assert (answer.status_code, EICAR in answer.data, said in words(answer.text)) == (403, False, True)
    assert karim.get(f"{found.place('facture.pdf')}/vignette").status_code == 403
    followed = words(follow(client, found.case))
    assert said in followed
    assert "Envoyez ce document depuis un autre appareil" in followed
    mine = f"/suivi/{found.case.reference}/pieces"
    assert client.get(f"{mine}/{found.ids['facture.pdf']}").status_code == 403
    assert client.get(f"{mine}/{found.ids['mot.txt']}").data == b"Bonjour"


def test_a_bundle_leaves_an_infected_file_out_and_says_so(house: Runtime) -> None:
    found = filed(house, ("facture.pdf", "application/pdf", EICAR), ("mot.txt", "text/plain", b"Bonjour"))
    with house.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        bundle_id = bundles.ask_for(session, karim, cases.claim_case(session, karim, found.case.reference)).id
    bundles.make(house, claim_next(house, JobKind.MAKE_BUNDLE))
    with house.database.reading() as session:
        bundle = session.get_one(Bundle, bundle_id)
    with zipfile.ZipFile(io.BytesIO(house.storage.get(bundle.zip_digest))) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert [name for name in names if name.startswith("pieces-jointes")] == ["pieces-jointes/002-mot.txt"]
    (withheld,) = manifest["withheld"]
    assert (withheld["place"], VIRUS in withheld["reason"]) == ("pieces-jointes/001-facture.pdf", True)


def test_a_pdf_that_acts_is_downloaded_and_a_quiet_one_may_be_read_here(house: Runtime, client: FlaskClient) -> None:
    found = filed(
        house,
        ("piege.pdf", "application/pdf", a_pdf(pikepdf.Dictionary(ALERT))),
        ("devis.pdf", "application/pdf", a_pdf()),
    )
    sign_in(client, "Karim")
    page = words(client.get(f"{DESK}/{found.case.reference}").text)
    assert page.count("contient des actions automatiques") == 1
    assert "abîmé" not in page
    trap, quiet = (client.get(f"{found.place(name)}?apercu=1") for name in ("piege.pdf", "devis.pdf"))
    assert trap.headers["Content-Disposition"].startswith("attachment")
    assert trap.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in trap.headers["Content-Security-Policy"]
    assert quiet.headers["Content-Disposition"].startswith("inline")


def test_a_damaged_pdf_is_said_damaged_and_only_downloaded(house: Runtime, client: FlaskClient) -> None:
    found = filed(house, ("abime.pdf", "application/pdf", b"%PDF-1.7 cut on its way".ljust(400, b".")))
    sign_in(client, "Karim")
    page = words(client.get(f"{DESK}/{found.case.reference}").text)
    assert "Ce PDF est abîmé" in page
    assert "actions automatiques" not in page
    file = client.get(f"{found.place('abime.pdf')}?apercu=1")
    assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/html", b"<script>alert(document.cookie)</script>"),
        ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("image/gif", b"GIF89a/*" + b"<script>alert(1)</script>" + b"*/=1;"),
        ("application/xml", b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><a/>'),
        ("message/rfc822", b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>"),
    ],
)
def test_what_a_mail_may_bring_never_runs(house: Runtime, client: FlaskClient, kind: str, content: bytes) -> None:
    found = filed(house, ("\u202egpj.exe\r\nX: 1.html", kind, content))
    sign_in(client, "Karim")
    (place,) = (found.place(name) for name in found.ids)
    for address in (place, f"{place}?apercu=1"):
        answer = client.get(address)
        assert answer.data == content
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")
        assert "\u202e" not in answer.headers["Content-Disposition"]
        if kind != "image/gif" or "apercu" not in address:
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_file_that_came_before_the_antivirus_is_asked_for_when_it_is_wanted(
    house: Runtime, client: FlaskClient
) -> None:
    found = filed(house, ("facture.pdf", "application/pdf", EICAR))
    with house.database.transaction() as session:
        session.execute(ReceivedFile.__table__.delete())  # type: ignore[attr-defined]
    sign_in(client, "Karim")
    assert client.get(found.place("facture.pdf")).status_code == 503
    work(house)
    assert client.get(found.place("facture.pdf")).status_code == 403
