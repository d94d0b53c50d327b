"""« Déjà signalé tout près ? » before a report is sent: without script, never twice, and only what anybody may know."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.models.cases import Case
from backoffice.models.mail import OutgoingMail
from backoffice.services import email_accounts
from backoffice.settings import STARTER_ADDRESSES
from tests.conftest import OpenApp
from tests.web.citizen_visits import HOLE, JEANNE, all_cases, form_path, runtime_of, send
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, post, words

HERE = {"location.latitude": "47.305683", "location.longitude": "-0.852493"}
AROUND = "/demarches/street_issue/proches?lat=47.305683&lon=-0.852493&categorie=pothole"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough: the use cases ran on both."""
    return seeded_sqlite_url


@pytest.fixture
def app(open_app: OpenApp, seeded_url: str) -> Flask:
    """A town that has its addresses in a file."""
    return open_app(seeded_url, address_url=STARTER_ADDRESSES.as_uri())


@pytest.fixture
def hole(app: Flask, client: FlaskClient) -> Case:
    """A hole reported by Jeanne, in front of number 12."""
    assert send(client, {**HOLE, **JEANNE, **HERE}).status_code == 303
    return all_cases(app)[0]


def test_a_report_nearby_is_shown_before_the_new_one_is_sent(app: Flask, hole: Case) -> None:
    client = app.test_client()
    page = send(client, {**HOLE, "description": "Un trou ici."})
    assert page.status_code == 422
    told = words(page.text)
    assert "Trou ou chaussée abîmée , tout près" in told
    assert "C’est le même problème : suivre ce signalement" in told
    for secret in ("Martin", "profond", hole.reference, hole.tracking_code):
        assert secret not in page.text
    assert "Un trou ici.</textarea>" in page.text
    assert len(all_cases(app)) == 1
    again = {**HOLE, "description": "Un trou ici.", "near_seen": hidden(page.text, "near_seen")}
    assert send(client, again, page=page.text).status_code == 303
    assert len(all_cases(app)) == 2


def test_a_mark_that_was_made_up_shows_the_reports_all_the_same(app: Flask, hole: Case) -> None:
    page = send(app.test_client(), {**HOLE, **HERE, "near_seen": f"{hole.id} 1 x.y.z"})
    assert page.status_code == 422


def test_the_same_form_sent_again_finds_its_own_receipt_and_not_its_own_report(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    first = send(client, {**HOLE, **HERE}, page=page)
    assert first.status_code == 303
    again = send(client, {**HOLE, **HERE}, page=page)
    assert again.location == f"{first.location}?deja=1"
    assert len(all_cases(app)) == 1


def test_the_script_is_given_the_same_as_a_piece_of_page(app: Flask, client: FlaskClient, hole: Case) -> None:
    piece = client.get(AROUND)
    assert piece.status_code == 200
    assert "Trou ou chaussée abîmée" in piece.text
    assert "data-is-different" in piece.text
    for path in (
        "/demarches/street_issue/proches",
        "/demarches/street_issue/proches?lat=48&lon=2",
        AROUND.replace("street_issue", "birth_certificate"),
    ):
        assert "<section" not in client.get(path).text, path
    assert client.get("/demarches/nothing/proches").status_code == 404


def test_a_report_is_followed_with_an_address_and_left_by_the_link(app: Flask, client: FlaskClient, hole: Case) -> None:
    found = re.search(r'href="(/signalements/[^"]+/suivre)"', client.get(AROUND).text)
    assert found
    page = client.get(found[1])
    assert "Trou ou chaussée abîmée" in page.text
    assert "Martin" not in page.text
    refused = post(client, found[1], {"email": "jean"}, token_from=found[1])
    assert (refused.status_code, 'value="jean"' in refused.text) == (422, True)
    accepted = post(client, found[1], {"email": "jean@courriel.example"}, token_from=found[1])
    assert accepted.location == "/signalements/a-confirmer"
    assert "Confirmez votre adresse" in client.get(accepted.location).text
    confirmation = link_in(app, "confirmer")
    assert client.get(confirmation.replace("confirmer", "ne-plus-suivre")).status_code == 200
    assert "jean@courriel.example" in client.get(confirmation).text
    confirmed = post(client, confirmation, {}, token_from=confirmation)
    assert "Vous suivez ce signalement" in client.get(confirmed.location).text
    again = post(client, found[1], {"email": "jean@courriel.example"}, token_from=found[1])
    assert again.location == "/signalements/a-confirmer"  # nobody learns who follows what
    assert client.get(confirmation).status_code == 404
    link = link_in(app, "ne-plus-suivre")
    assert "jean@courriel.example" in client.get(link).text
    assert "Votre adresse est effacée" in post(client, link, {}, token_from=link).text
    assert client.get(link).status_code == 404


def link_in(app: Flask, way: str) -> str:
    """The link of the last mail to Jean."""
    with runtime_of(app).database.reading() as session:
        to_jean = session.query(OutgoingMail).filter_by(recipient="jean@courriel.example")
        mail = to_jean.order_by(OutgoingMail.id.desc()).first()
    found = re.search(rf"(/signalements/{way}/\S+)", mail.text if mail else "")
    assert found
    return found[1]


def test_an_agent_sees_how_many_wait_for_the_end_of_a_report(
    app: Flask, hole: Case, client: FlaskClient, signed_in: SignedIn
) -> None:
    agent = signed_in("Karim")
    path = f"/agents/dossiers/{hole.reference}"
    assert "Suivi par" not in agent.get(path).text
    found = re.search(r'href="(/signalements/[^"]+/suivre)"', client.get(AROUND).text)
    assert found
    client.post(found[1], data={"email": "jean@courriel.example"})
    assert "Suivi par" not in agent.get(path).text  # the address is not proved yet
    client.post(link_in(app, "confirmer"))
    assert "1 autre personne, prévenue à la clôture" in agent.get(path).text


def test_who_proved_their_address_follows_at_once(app: Flask, client: FlaskClient, hole: Case) -> None:
    with runtime_of(app).database.transaction() as session:
        email_accounts.ask_for_link(session, runtime_of(app), hole.authority_id, "jean@courriel.example", "192.0.2.1")
    with runtime_of(app).database.reading() as session:
        mail = session.query(OutgoingMail).filter_by(recipient="jean@courriel.example").one()
    link = re.search(r"(/connexion/courriel/\S+)", mail.text)
    assert link
    post(client, link[1], {}, token_from=link[1])
    found = re.search(r'href="(/signalements/[^"]+/suivre)"', client.get(AROUND).text)
    assert found
    followed = post(client, found[1], {"email": "jean@courriel.example"}, token_from=found[1])
    assert followed.location == "/signalements/suivi"
    assert link_in(app, "ne-plus-suivre")


def test_at_the_desk_the_same_is_shown_and_the_person_may_follow_instead(
    app: Flask, hole: Case, signed_in: SignedIn
) -> None:
    desk = signed_in("Sandrine")
    shown = {"demarche": "street_issue", "do": "save", **HOLE, "requester.email": "jean@courriel.example"}
    shown |= {"requester.family_name": "Petit", "submission": hidden(desk.get("/agents/accueil").text, "submission")}
    page = desk.post("/agents/accueil", data=shown)
    assert page.status_code == 422
    assert "C’est le même problème : la personne le suit" in words(page.text)
    assert 'data-nearby="/agents/demarches/street_issue/proches"' in page.text
    piece = desk.get(AROUND.replace("/demarches", "/agents/demarches")).text
    mark = re.search(r'value="(follow:[^"]+)"', piece)
    assert mark
    for changes, said in (
        ({"requester.email": "jean"}, "n’est pas complète"),
        ({"requester.email": ""}, "Écrivez l’adresse électronique de la personne"),
        ({"do": "follow:old"}, "vient de se terminer"),
    ):
        back = desk.post("/agents/accueil", data={**shown, "do": mark[1], **changes})
        assert (back.status_code, 'value="Petit"' in back.text) == (422, True)
        assert said in words(back.text)
    followed = desk.post("/agents/accueil", data={**shown, "do": mark[1]})
    assert followed.status_code == 303
    assert "Un lien à confirmer part à jean@courriel.example" in desk.get(followed.location, follow_redirects=True).text
    assert link_in(app, "confirmer")
    assert len(all_cases(app)) == 1
    different = {**shown, "near_seen": hidden(page.text, "near_seen")}
    first = desk.post("/agents/accueil", data=different)
    assert first.status_code == 303
    assert desk.post("/agents/accueil", data={**shown, "near_seen": ""}).location == first.location
    assert len(all_cases(app)) == 2


def test_a_forged_mark_follows_nothing(client: FlaskClient, hole: Case) -> None:
    assert client.get(f"/signalements/{hole.id}/suivre").status_code == 404
    assert client.get("/signalements/ne-plus-suivre/xyz").status_code == 404


def test_a_report_that_was_closed_meanwhile_cannot_be_followed(app: Flask, client: FlaskClient, hole: Case) -> None:
    found = re.search(r'href="(/signalements/[^"]+/suivre)"', client.get(AROUND).text)
    assert found
    with runtime_of(app).database.transaction() as session:
        session.get_one(Case, hole.id).closed_at = hole.received_at
    answer = client.get(found[1])
    assert answer.status_code == 404
    assert "vient de se terminer" in words(answer.text)
