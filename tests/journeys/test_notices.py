"""A colleague is named by keyboard, reads it in their notices on a telephone, and passes on before going away."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import Desk
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def test_a_colleague_is_named_by_keyboard_and_finds_it_in_their_notices(desk: Desk, open_page: Pages) -> None:
    reference = factories.a_receipt(desk.runtime).reference
    karim = desk.sign_in(open_page(1280), "Karim", f"/agents/dossiers/{reference}")
    karim.get_by_role("tab", name="Écrire une note interne").click()
    note = karim.get_by_label("Votre note")
    note.focus()
    karim.keyboard.type("Vu sur place. @duv")
    option = karim.get_by_role("option", name="Marc Duval Chef du service")
    expect(option).to_be_visible()
    check(karim)
    karim.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    karim.keyboard.press("Enter")
    karim.keyboard.type("qu’en penses-tu ?")
    expect(note).to_have_value("Vu sur place. @marc.duval qu’en penses-tu ?")
    karim.get_by_role("button", name="Enregistrer la note").click()
    expect(karim.get_by_text("La note est enregistrée.")).to_be_visible()
    karim.get_by_role("button", name="Suivre ce dossier").click()
    expect(karim.get_by_text("Agents qui suivent ce dossier")).to_be_visible()

    marc = desk.sign_in(open_page(375), "Marc", "/agents/notifications")
    expect(marc.get_by_role("link", name="Mes notifications 1 non lues")).to_be_visible()
    check(marc)
    marc.get_by_role("link", name=reference).click()
    marc.wait_for_load_state("networkidle")
    expect(marc.locator("li.event-note:target")).to_contain_text("@marc.duval")
    expect(marc.get_by_role("link", name="Mes notifications", exact=True)).to_be_visible()
    marc.get_by_text("Attribuer à un agent").click()
    marc.get_by_label("Agent du service").select_option(label="Karim Benali")
    marc.get_by_label("Consigne (facultatif)").fill("Le riverain rappelle jeudi.")
    marc.get_by_role("button", name="Attribuer", exact=True).click()
    expect(marc.get_by_text("Le dossier est attribué à Karim Benali.")).to_be_visible()

    karim.goto(f"{desk.address}/agents/dossiers/{reference}")
    expect(karim.get_by_text("À lire d’abord : la consigne de Marc Duval")).to_be_visible()
    check(karim)
    karim.get_by_role("button", name="J’ai lu la consigne").click()
    expect(karim.get_by_text("À lire d’abord")).to_have_count(0)

    karim.goto(f"{desk.address}/agents/notifications/preferences")
    check(karim)
    marc.goto(f"{desk.address}/agents/absences")
    today = datetime.now(UTC).date()
    marc.get_by_label("Qui est absent").select_option(label="Karim Benali")
    marc.get_by_label("Premier jour").fill((today + timedelta(days=1)).isoformat())
    marc.get_by_label("Dernier jour").fill((today + timedelta(days=5)).isoformat())
    marc.get_by_role("button", name="Noter l’absence").click()
    expect(marc.get_by_role("button", name="Annuler : Karim Benali")).to_be_visible()
    check(marc)
