"""The balance of each mailbox, read by those who keep them running and read no mail."""

from dataclasses import replace

import pytest
from flask import Flask

from backoffice.infra.runtime import Runtime
from backoffice.models.mail import MailboxBookmark, MailRecord
from tests import mails
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/boites"


@pytest.fixture
def house(app: Flask) -> Runtime:
    tools: Runtime = app.extensions["parvis"]
    return mails.with_maildirs(tools)


def test_the_balance_shows_what_became_of_every_message(house: Runtime, signed_in: SignedIn) -> None:
    raw = mails.a_mail("Bonjour, le secret de Jeanne.")
    mails.receive(house, raw, raw, mails.a_mail(X_Spam_Flag="YES"), b"")
    client = signed_in("Paul")
    text = client.get(PAGE).text
    page = words(text)
    assert "Compte juste" in page
    assert "Reçus 4 Issues 4 En attente de tri 0" in page
    assert "Depuis l’ouverture 4 1 0 1 1 0 1 0" in page
    assert "Le plus ancien attend le tri depuis Rien n’attend" in page
    for content in ("secret", "Jeanne", "jeanne.martin", "Trou dans"):
        assert content not in text
    assert "/original" not in text


def test_the_technical_administrator_starts_a_mail_again_without_reading_it(
    house: Runtime, signed_in: SignedIn
) -> None:
    (line,) = mails.receive(house, b"")
    client = signed_in("Paul")
    assert "Ce message est vide" in client.get(PAGE).text
    assert client.post(f"{PAGE}/lignes/{line.id}/relancer").status_code == 303
    assert mails.outcomes(house) == ["pending"]
    assert "Rien n’attend" not in client.get(PAGE).text
    client.post(f"{PAGE}/lignes/{line.id}/relancer")
    assert "n’est pas en quarantaine" in client.get(PAGE).text


def test_a_mailbox_out_of_order_and_a_count_that_is_wrong_are_told(house: Runtime, signed_in: SignedIn) -> None:
    mails.receive(house, mails.a_mail())
    with house.database.transaction() as session:
        bookmark = session.query(MailboxBookmark).one()
        bookmark.last_error, bookmark.last_error_at = "Le serveur ne répond pas.", bookmark.last_success_at
        bookmark.received += 1
    page = words(signed_in("Nadia").get(PAGE).text)
    for said in ("En panne", "Le serveur ne répond pas.", "Écart"):
        assert said in page


def test_a_mailbox_is_tested_and_nothing_secret_is_shown(app: Flask, house: Runtime, signed_in: SignedIn) -> None:
    (box,) = house.settings.mailboxes
    secret = replace(box, url="imap://x@127.0.0.1:1/INBOX", password="mot-de-passe")
    app.extensions["parvis"] = replace(
        house, settings=replace(house.settings, mailboxes=(box, replace(secret, code="m")))
    )
    client = signed_in("Paul")
    assert "Tester la boîte demandes" in client.get(PAGE).text
    page = words(client.post(f"{PAGE}/demandes/tester").text)
    assert "n’existe pas encore" in page
    answer = client.post(f"{PAGE}/m/tester")
    assert "Personne ne répond sur le port 1" in answer.text
    assert "mot-de-passe" not in answer.text
    assert client.post(f"{PAGE}/autre/tester").status_code == 404


def test_the_structure_of_a_mail_in_quarantine_is_shown_and_not_its_words(house: Runtime, signed_in: SignedIn) -> None:
    (line,) = mails.receive(house, mails.a_mail("Le secret de Jeanne."))
    client = signed_in("Paul")
    assert client.get(f"{PAGE}/lignes/{line.id}/structure").status_code == 404
    with house.database.transaction() as session:
        session.get_one(MailRecord, line.id).outcome = "quarantined"
    assert f"Structure de la ligne {line.id}" in client.get(PAGE).text
    page = client.get(f"{PAGE}/lignes/{line.id}/structure").text
    assert "Content-Type: text/plain" in page
    assert "xxxxxx" in page
    for said in ("secret", "Jeanne", "jeanne"):
        assert said not in page
    assert "ne donne pas le droit de lire le courrier" in page
    assert "/original" not in page
    assert b"Le secret de Jeanne." in signed_in("Sandrine").get(f"/agents/courriels/{line.id}/original").data


def test_a_front_desk_agent_keeps_no_mailbox(signed_in: SignedIn) -> None:
    client = signed_in("Sandrine")
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/lignes/1/relancer").status_code == 403
    assert client.post(f"{PAGE}/demandes/tester").status_code == 403
    assert client.get(f"{PAGE}/lignes/1/structure").status_code == 403
