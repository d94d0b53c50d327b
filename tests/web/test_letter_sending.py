"""The page of a letter that leaves again: it shows exactly what goes, to whom, and notes what the post took."""

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.services import bounces, letter_templates, moment
from tests import factories
from tests.usecases.promises import render_next, send_next
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

ADDRESS = "jeanne.martin@courriel.example"


def a_case_whose_acknowledgement_came_back(runtime: Runtime) -> tuple[str, str]:
    """The address of the case and that of its letter."""
    reference = factories.a_receipt(runtime, procedure="terrace_permit").reference
    render_next(runtime)
    send_next(runtime)
    with runtime.database.transaction() as session:
        mail = session.scalars(select(OutgoingMail)).one()
        bounces.note_returned(session, mail, diagnostic="550 5.1.1 User unknown", permanent=True)
        letter = session.scalars(select(Document.id)).one()
    return f"/agents/dossiers/{reference}", f"/agents/dossiers/{reference}/courriers/{letter}"


def test_what_came_back_is_said_on_the_case_and_sent_again_as_it_was_shown(app: Flask, signed_in: SignedIn) -> None:
    runtime, client = app.extensions["parvis"], signed_in("Élodie")
    case, letter = a_case_whose_acknowledgement_came_back(runtime)
    page = client.get(case).text
    assert "L’accusé de réception n’est pas parvenu à l’usager" in page
    assert "550 5.1.1 User unknown" in page
    assert f'href="{letter}"' in page
    page = client.get(letter).text
    assert "Accusé de réception de votre demande n°" in words(page)
    form = {"revision": hidden(page, "revision"), "email": hidden(page, "email")}
    assert form["email"] == ADDRESS
    wrong = client.post(f"{letter}/courriel", data=form | {"email": "autre@courriel.example"})
    assert wrong.status_code == 409
    assert "vérifiez à qui le courrier partira" in words(wrong.text)
    assert client.post(f"{letter}/courriel", data=form).status_code == 303
    assert client.post(f"{letter}/courriel", data=form).status_code == 409
    with runtime.database.reading() as session:
        sent = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        assert len(sent) == 2
        for line in sent[1].text.splitlines():
            assert " ".join(line.split()) in words(page)
        assert session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id.desc())).first() == "document_sent_again"
    assert "n’est pas parvenu" not in client.get(case).text


def test_a_wrong_address_is_corrected_and_the_post_is_noted(app: Flask, signed_in: SignedIn) -> None:
    runtime, client = app.extensions["parvis"], signed_in("Sandrine")
    _, letter = a_case_whose_acknowledgement_came_back(runtime)
    page = client.get(letter).text
    form = {"revision": hidden(page, "revision"), "email": "pas une adresse", "address_line": "4 rue du Puits"}
    answer = client.post(f"{letter}/coordonnees", data=form)
    assert answer.status_code == 422
    assert 'value="4 rue du Puits"' in answer.text
    form |= {"email": "", "postcode": "49990", "city": "Saint-Aubin"}
    answer = client.post(f"{letter}/coordonnees", data=form)
    assert (answer.status_code, answer.location) == (303, letter)
    page = client.get(letter).text
    assert "L’adresse a changé depuis" in page
    assert "il faut le poster" in words(page)
    assert "Écrire une nouvelle version" not in words(page), "the front desk writes no letter"
    assert "Écrire une nouvelle version" in words(signed_in("Élodie").get(letter).text)
    form = {"revision": hidden(page, "revision"), "on": "31/02/2026"}
    answer = client.post(f"{letter}/remise", data=form)
    assert answer.status_code == 422
    assert "Cette date n’existe pas dans le calendrier" in answer.text
    today = moment.today("Europe/Paris")
    form["on"] = f"{today:%d/%m/%Y}"
    assert client.post(f"{letter}/remise", data=form).status_code == 303
    with runtime.database.reading() as session:
        assert session.scalars(select(Case.acknowledged_at)).one() is not None
    assert "Remis ou posté le" in client.get(letter).text


def test_the_procedure_and_the_language_are_corrected_on_the_case(app: Flask, signed_in: SignedIn) -> None:
    runtime, client = app.extensions["parvis"], signed_in("Karim")
    reference = factories.a_receipt(runtime).reference
    case = f"/agents/dossiers/{reference}"
    page = client.get(case).text
    assert "Changer la démarche" in page
    assert "Langue des courriers" not in page
    with runtime.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        letter_templates.save(session, nadia, "refusal", "", "en", "English", "We are sorry.")
    page = client.get(case).text
    assert 'value="en"' in page
    form = {"revision": hidden(page, "revision"), "language": "klingon"}
    assert client.post(f"{case}/langue", data=form).status_code == 422
    assert client.post(f"{case}/langue", data=form | {"language": "en"}).status_code == 303
    page = client.get(case).text
    form = {"revision": hidden(page, "revision"), "procedure": "school_meals_aftercare"}
    answer = client.post(f"{case}/demarche", data=form, follow_redirects=True)
    assert "un nouvel accusé de réception part à l’usager" in answer.text
    with runtime.database.reading() as session:
        found = session.scalars(select(Case)).one()
        assert (found.language, found.procedure_code) == ("en", "school_meals_aftercare")


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_letter_is_written_again_for_the_address_of_today(app: Flask, signed_in: SignedIn) -> None:
    runtime, client = app.extensions["parvis"], signed_in("Élodie")
    page, letter = a_case_whose_acknowledgement_came_back(runtime)
    moved = {"email": "", "address_line": "4 rue du Puits", "postcode": "49990", "city": "Saint-Aubin"}
    moved["revision"] = hidden(client.get(letter).text, "revision")
    assert client.post(f"{letter}/coordonnees", data=moved).status_code == 303
    form = {"revision": hidden(client.get(letter).text, "revision")}
    assert client.post(f"{letter}/version", data=form).status_code == 303
    assert client.post(f"{letter}/version", data=form).status_code == 409
    assert "(version 2)" in client.get(page).text
