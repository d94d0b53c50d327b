"""The quarantine of infected files: where each came from, by the filters of the address, and the end of its bytes."""

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case
from backoffice.queries import cases
from backoffice.services import journal
from backoffice.services.journal import Event
from tests import mails
from tests.conftest import OpenApp
from tests.services.clamd import EICAR, Clamd
from tests.web.conftest import SignedIn
from tests.web.test_received_files import DESK, VIRUS, filed, work
from tests.web.visits import words

QUARANTINE = "/agents/fichiers-ecartes"


@pytest.fixture
def app(open_app: OpenApp, seeded_url: str, clamd: Clamd) -> Flask:
    """The web application of an installation with an antivirus, once on each engine."""
    return open_app(seeded_url, antivirus_url=clamd.address)


def test_the_administrator_sees_what_was_put_aside_and_erases_it(house: Runtime, signed_in: SignedIn) -> None:
    paul = signed_in("Paul")
    assert "Aucun fichier écarté" in words(paul.get(QUARANTINE).text)
    found = filed(house, ("facture.pdf", "application/pdf", EICAR))
    filed(house, ("secret.pdf", "application/pdf", EICAR + b" "), procedure="")
    page = paul.get(QUARANTINE).text
    for said in ("facture.pdf", VIRUS, f"Dossier {found.case.reference}", "Gardé, fermé", "2 fichiers"):
        assert said in words(page)
    for address, seen in (("?q=facture", True), ("?q=devis", False), ("?etat=effaces", False), ("?etat=gardes", True)):
        assert ("facture.pdf" in paul.get(QUARANTINE + address).text) is seen, address
    assert "Aucun fichier ne correspond" in paul.get(f"{QUARANTINE}?q=devis").text
    with house.database.reading() as session:
        digest = session.scalars(select(Attachment.digest).where(Attachment.case_id == found.case.id)).one()
    asked = paul.get(f"{QUARANTINE}/{digest}/effacer")
    assert "Cette action est définitive" in words(asked.text)
    assert paul.post(f"{QUARANTINE}/{digest}/effacer").status_code == 303
    assert not house.storage.exists(digest)
    assert "Effacé le" in words(paul.get(f"{QUARANTINE}?etat=effaces").text)
    with house.database.reading() as session:
        case = session.get_one(Case, found.case.id)
        assert cases.list_events(session, case.id)[-1].kind == Event.FILE_ERASED
        assert journal.verify(session, case)
    assert paul.post(f"{QUARANTINE}/{digest}/effacer", follow_redirects=True).text.count("déjà effacés") == 1
    assert signed_in("Karim").get(QUARANTINE).status_code == 403
    assert paul.get(f"{QUARANTINE}/{'0' * 64}/effacer").status_code == 404


def test_an_infected_mail_is_closed_as_a_whole_and_named_by_its_line(
    house: Runtime, signed_in: SignedIn, clamd: Clamd
) -> None:
    post_office = mails.with_maildirs(house)
    line = mails.receive(post_office, mails.a_mail(files={"facture.zip": EICAR}))[-1]
    work(house)
    paul, karim = signed_in("Paul"), signed_in("Karim")
    page = words(paul.get(QUARANTINE).text)
    assert "facture.zip" in page
    assert f"Courriel n° {line.id}, boîte" in page
    (case,) = mails.cases(house)
    shown = karim.get(f"{DESK}/{case.reference}").text
    assert "Message d’origine" in words(shown)
    assert "/original" not in shown
    with house.database.reading() as session:
        (message,) = cases.list_messages(session, case.id)
    assert karim.get(f"{DESK}/{case.reference}/messages/{message.id}/original").status_code == 403
    assert karim.get(f"/agents/courriels/{line.id}/original").status_code == 403


def test_a_parked_infected_mail_is_listed_and_waits_to_be_placed(house: Runtime, signed_in: SignedIn) -> None:
    post_office = mails.with_maildirs(house)
    mails.receive(post_office, mails.a_mail())
    (case,) = mails.cases(house)
    stranger = {"From": "Paul Inconnu <paul@ailleurs.example>", "Subject": f"Dossier {case.reference}"}
    line = mails.receive(post_office, mails.a_mail(files={"plan.zip": EICAR}, **stranger))[-1]
    work(house)
    paul = signed_in("Paul")
    page = paul.get(QUARANTINE).text
    assert words(page).count(f"Courriel n° {line.id}") == 2, "its file, and itself"
    assert paul.post(f"{QUARANTINE}/{line.raw_digest}/effacer", follow_redirects=True).text.count("attend encore") == 1
    assert house.storage.exists(line.raw_digest)
    assert signed_in("Sandrine").get(f"/agents/courriels/{line.id}/pieces/1").status_code == 403


def test_a_file_taken_by_mistake_is_given_back_by_a_new_look(house: Runtime, signed_in: SignedIn, clamd: Clamd) -> None:
    found = filed(house, ("facture.pdf", "application/pdf", EICAR))
    with house.database.reading() as session:
        digest = session.scalars(select(Attachment.digest).where(Attachment.case_id == found.case.id)).one()
    paul = signed_in("Paul")
    assert paul.post(f"{QUARANTINE}/{digest}/analyser").status_code == 303
    work(house)
    assert "facture.pdf" in paul.get(QUARANTINE).text
    with clamd.forgetting():
        paul.post(f"{QUARANTINE}/{digest}/analyser")
        work(house)
    assert "Aucun fichier écarté" in words(paul.get(QUARANTINE).text)
    assert signed_in("Karim").get(found.place("facture.pdf")).data == EICAR
    with house.database.reading() as session:
        told = [event.kind for event in cases.list_events(session, found.case.id) if event.kind.startswith("file_")]
    assert told == [Event.FILE_INFECTED, Event.FILE_CLEARED]
