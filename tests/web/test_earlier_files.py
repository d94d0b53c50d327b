"""« Reprendre un document déjà envoyé »: one's own files, clean, from one request to the next, and nobody else's."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case
from backoffice.services import intake
from tests import factories
from tests.conftest import OpenApp
from tests.services.clamd import EICAR, Clamd
from tests.web.citizen_visits import HOLE, PICTURE, form_path, kept_files, send
from tests.web.everything import browser_of
from tests.web.test_received_files import Filed, filed, work

OFFER = "Reprendre un document déjà envoyé"
PAUL = Sender(family_name="Inconnu", given_names="Paul", email="paul@courriel.example")


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str, clamd: Clamd) -> Flask:
    """The web application of an installation with an antivirus: one engine is enough for plain SELECTs."""
    return open_app(seeded_sqlite_url, antivirus_url=clamd.address)


@pytest.fixture
def earlier(house: Runtime) -> Filed:
    """A request by Jeanne Martin, with a photo, an infected file, and a program that a mail brought."""
    return filed(
        house,
        ("justificatif.png", "image/png", PICTURE),
        ("facture.pdf", "application/pdf", EICAR),
        ("page.html", "text/html", b"<p>"),
    )


def browser(app: Flask, case: Case) -> FlaskClient:
    """A browser where the citizen of this case is signed in."""
    return browser_of(app, citizen_id=case.citizen_id or 0)


def box(found: Filed, name: str, field: str = "photos") -> dict[str, str]:
    return {"earlier_file": f"{field}|{found.ids[name]}"}


def last_files(house: Runtime) -> list[Attachment]:
    with house.database.reading() as session:
        newest = select(Case.id).order_by(Case.id.desc()).limit(1).scalar_subquery()
        return list(session.scalars(select(Attachment).where(Attachment.case_id == newest)))


def test_a_file_sent_before_is_offered_again_and_joins_the_new_request(
    app: Flask, house: Runtime, earlier: Filed
) -> None:
    client = browser(app, earlier.case)
    page = client.get(form_path()).text
    assert OFFER in page
    assert f"demande {earlier.case.reference}" in page
    assert send(client, {**HOLE, **box(earlier, "justificatif.png")}, page=page).status_code == 303
    (file,) = last_files(house)
    assert (file.name, file.field, file.case_id != earlier.case.id) == ("justificatif.png", "photos", True)
    assert house.storage.get(file.digest) == PICTURE


def test_a_file_chosen_again_survives_a_fault_elsewhere(app: Flask, house: Runtime, earlier: Filed) -> None:
    client = browser(app, earlier.case)
    refused = send(client, {**HOLE, "location.address": "", **box(earlier, "justificatif.png")})
    assert refused.status_code == 422
    (token,) = kept_files(refused.text)
    assert send(client, {**HOLE, "kept_file": token}, page=refused.text).status_code == 303
    assert [file.name for file in last_files(house)] == ["justificatif.png"]


def test_infected_files_and_those_of_no_accepted_kind_are_not_offered(
    app: Flask, house: Runtime, earlier: Filed
) -> None:
    client = browser(app, earlier.case)
    page = client.get(form_path()).text
    for name in ("facture.pdf", "page.html"):
        assert name not in page
        assert send(client, {**HOLE, **box(earlier, name)}).status_code == 303
        assert last_files(house) == []


def test_nobody_takes_a_file_of_somebody_else(app: Flask, house: Runtime, client: FlaskClient, earlier: Filed) -> None:
    other = factories.a_receipt(house, sender=PAUL)
    with house.database.reading() as session:
        paul = browser(app, session.get_one(Case, other.case_id))
    for stranger in (paul, client):
        assert OFFER not in stranger.get(form_path()).text
        for asked in (box(earlier, "justificatif.png"), {"earlier_file": "|"}, {"earlier_file": "photos|²"}):
            assert send(stranger, {**HOLE, **asked}).status_code == 303
            assert last_files(house) == []


def test_what_a_neighbour_sent_to_my_case_is_not_mine_to_send_again(app: Flask, house: Runtime) -> None:
    mine = filed(house)
    photo = IncomingFile("voisin.png", "image/png", len(PICTURE), house.storage.put(PICTURE))
    answer = factories.an_incoming(files=(photo,), sender=replace(PAUL, email="paul@courriel.example"))
    intake.accept_answer(house, mine.case.id, answer)
    work(house)
    assert OFFER not in browser(app, mine.case).get(form_path()).text
