"""Two agents on one case in a real browser: they know of each other, pass a draft on, and go to the next case."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import Desk
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def test_a_draft_begun_by_one_is_sent_by_the_other_who_goes_on_to_the_next_case(desk: Desk, open_page: Pages) -> None:
    first, second = (
        factories.a_receipt(
            desk.runtime, source_id=f"days-{days}", received_at=datetime.now(UTC) - timedelta(days=days)
        ).reference
        for days in (9, 3)
    )
    karim = desk.sign_in(open_page(1280), "Karim")
    karim.get_by_role("link", name=first).click()
    karim.wait_for_load_state()
    reply = karim.get_by_label("Votre réponse")
    karim.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    with karim.expect_response("**/brouillon"):
        reply.fill("Le trou est rebouché.")
        karim.locator("#repondre").get_by_label("Partager ce brouillon avec mes collègues").check()
        karim.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    karim.wait_for_load_state("networkidle")
    karim.get_by_role("link", name="Retour à la liste").click()
    karim.get_by_role("link", name=first).click()
    expect(reply).to_have_value("Le trou est rebouché.")

    marc = desk.sign_in(open_page(375), "Marc")
    marc.get_by_role("link", name=first).click()
    expect(marc.get_by_role("status").filter(has_text="Karim Benali a aussi ce dossier ouvert.")).to_be_visible()
    check(marc)
    marc.get_by_role("button", name="Continuer ce brouillon").click()
    expect(marc.get_by_label("Votre réponse")).to_have_value("Le trou est rebouché.")
    check(marc)

    karim.reload()
    expect(karim.get_by_role("status").filter(has_text="Marc Duval a aussi ce dossier ouvert.")).to_be_visible()
    expect(karim.get_by_text("Brouillon partagé par Marc Duval")).to_be_visible()
    check(karim)

    marc.get_by_label("État du dossier après la réponse").select_option("waiting_citizen")
    marc.get_by_label("Votre réponse").press("Control+Enter")
    expect(marc.get_by_role("heading", level=1)).to_contain_text(second)
    expect(marc.get_by_role("button", name="Annuler l’envoi")).to_be_visible()
    check(marc)
    assert desk.last_case().status == "received"
