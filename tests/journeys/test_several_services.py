"""Several services on one case, in a real browser: two are asked, one of them outside, and one answer is made."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backoffice.models.mail import OutgoingMail
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def ask_two(karim: Page) -> None:
    """Ask a department, after a try that says too little, then a body outside."""
    karim.get_by_role("link", name="Interroger un autre service").focus()
    press_enter(karim)
    karim.get_by_role("button", name="Poser la question").focus()
    press_enter(karim)
    expect(karim.get_by_role("alert")).to_contain_text("Choisissez le service")
    check(karim)
    karim.get_by_label("Service", exact=True).select_option(label="Affaires juridiques et données")
    karim.get_by_label("En quelques mots").fill("Statut de la voie")
    karim.get_by_label("Votre question").fill("La voie est-elle privée ?")
    karim.get_by_label("Dire à l’usager combien ont répondu").check()
    karim.get_by_role("button", name="Poser la question").focus()
    press_enter(karim)
    expect(karim.locator("#questions")).to_contain_text("Posée")

    karim.get_by_role("link", name="Demander un avis extérieur").click()
    karim.get_by_label("Personne ou organisme").fill("Architecte des Bâtiments de France")
    karim.get_by_label("Adresse électronique").fill("abf@culture.example")
    karim.get_by_label("En quelques mots").fill("Pavage près de l’église")
    karim.get_by_label("Votre question").fill("Quel pavage employer ?")
    check(karim)
    karim.get_by_role("button", name="Envoyer la demande d’avis extérieur").click()
    karim.locator("#questions summary").last.click()
    check(karim)


def test_two_services_answer_and_their_words_make_one_reply(desk: Desk, open_page: Pages) -> None:
    case = f"{desk.address}/agents/dossiers/{factories.a_receipt(desk.runtime).reference}"
    karim = desk.sign_in(open_page(1280), "Karim")
    karim.goto(case)
    ask_two(karim)

    ines = desk.sign_in(open_page(375), "Inès")
    ines.get_by_role("link", name="Questions des autres services").click()
    check(ines)
    ines.get_by_role("link", name="Statut de la voie").click()
    check(ines)
    ines.get_by_label("Votre réponse").fill("La voie est privée depuis 1987.")
    ines.get_by_role("button", name="Envoyer la réponse").click()
    expect(ines.get_by_role("heading", name="Corriger la réponse")).to_be_visible()

    with desk.runtime.database.reading() as session:
        text = session.scalars(select(OutgoingMail.text).where(OutgoingMail.secret)).one()
    outside = open_page(375)
    outside.goto(f"{desk.address}/avis/{text.partition('/avis/')[2].split()[0]}")
    outside.get_by_role("button", name="Envoyer ma réponse").focus()
    press_enter(outside)
    expect(outside.get_by_role("alert")).to_contain_text("Écrivez votre réponse")
    check(outside)
    outside.get_by_label("Votre avis").fill("Du grès, à l’identique.")
    outside.get_by_role("button", name="Envoyer ma réponse").focus()
    press_enter(outside)
    expect(outside.get_by_role("heading", name="Corriger ma réponse")).to_be_visible()

    karim.goto(case)
    karim.get_by_role("button", name="Insérer les réponses des services dans ma réponse").focus()
    press_enter(karim)
    reply = karim.get_by_label("Votre réponse")
    expect(reply).to_be_focused()
    assert "La voie est privée depuis 1987." in reply.input_value()
    assert "Du grès, à l’identique." in reply.input_value()
    outside.reload()
    expect(outside.get_by_text("elle ne peut plus être changée")).to_be_visible()
    check(outside)
