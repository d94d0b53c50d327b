"""An administrator takes a pattern of states, adds one and publishes it by keyboard; an agent then moves a case."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check, is_wider_than_screen

pytestmark = pytest.mark.browser


def test_states_are_taken_from_a_pattern_completed_published_and_followed(desk: Desk, open_page: Pages) -> None:
    page = desk.sign_in(open_page(1280), "Nadia", "/agents/demarches/document_access/etats")
    page.get_by_role("radio", name="Demande d’information").press("Space")
    page.get_by_role("button", name="Reprendre ce modèle en brouillon").focus()
    press_enter(page)
    expect(page.get_by_role("img", name="Dessin des états")).to_be_visible()
    added = page.get_by_role("group", name="Ajouter un sous-état")
    added.get_by_label("Nom, pour les agents").fill("Document aux archives")
    page.get_by_role("button", name="Enregistrer le brouillon").focus()
    press_enter(page)
    expect(page.get_by_role("rowheader", name="En cours d’examen › Document aux archives")).to_be_visible()
    check(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert not is_wider_than_screen(page)
    page.get_by_role("button", name="Publier ces états").focus()
    press_enter(page)
    expect(page.get_by_text("les demandes à venir suivent ces états")).to_be_visible()

    case = factories.a_receipt(desk.runtime, procedure="document_access")
    page = desk.sign_in(open_page(1280), "Inès", f"/agents/dossiers/{case.reference}")
    page.get_by_text("Changer l’état", exact=True).first.press("Enter")
    page.get_by_role("radio", name="En cours d’examen › Document aux archives").press("Space")
    page.get_by_role("button", name="Changer l’état").focus()
    press_enter(page)
    expect(page.get_by_text("Le dossier est maintenant « En cours d’examen › Document aux archives »")).to_be_visible()
    check(page)
