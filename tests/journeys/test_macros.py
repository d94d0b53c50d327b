"""A macro by keyboard: from a row of the queue and back to it, with the ten seconds to cancel what it answered."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backoffice.models.ready_answers import ReadyAnswer
from backoffice.services import macro_settings
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def test_a_macro_in_three_keys_from_the_queue_and_its_answer_is_cancelled(desk: Desk, open_page: Pages) -> None:
    with desk.runtime.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        answer = session.scalars(select(ReadyAnswer.id).where(ReadyAnswer.code == "state_under_review")).one()
        for name, steps in (("Prendre en charge", {"take": "yes"}), ("Répondre", {"answer": str(answer)})):
            macro_settings.create(session, nadia, {"name": name, **steps}, ())
    first, second = (factories.a_receipt(desk.runtime).reference for _ in range(2))
    page = desk.sign_in(open_page(1280), "Karim", "/agents/dossiers?vue=sans-agent")
    dialog = page.locator("#queue-macros")
    page.keyboard.press("m")
    expect(page.locator("#queue-said")).to_have_text("Choisissez d’abord un dossier avec j ou k.")
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(dialog.get_by_role("heading", name=f"Enchaînement pour {first}")).to_be_visible()
    expect(dialog.get_by_role("button", name="Prendre en charge")).to_be_focused()
    check(page)
    page.keyboard.press("ArrowDown")
    press_enter(page)  # « Répondre »
    expect(page.get_by_text(f"Dossier {first}, « Répondre »")).to_be_visible()
    expect(page.get_by_role("link", name=first, exact=True)).to_be_focused()
    expect(page.get_by_role("button", name="Annuler l’envoi")).to_be_visible()
    check(page)
    page.keyboard.press("m")
    expect(dialog.get_by_role("button", name="Prendre en charge")).to_be_focused()
    with page.expect_event("load"):
        page.keyboard.press("1")
    expect(page.get_by_role("link", name=second, exact=True)).to_be_focused()  # the first one left the list
    page.set_viewport_size({"width": 375, "height": 760})
    page.keyboard.press("m")
    expect(dialog.get_by_role("button", name="Répondre")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.goto(f"{desk.address}/agents/dossiers/{second}")
    page.get_by_label("Enchaînement").select_option("Répondre")
    check(page)
    page.get_by_role("button", name="Appliquer").click()
    page.get_by_role("button", name="Annuler l’envoi").click()
    expect(page.get_by_text("L’envoi est annulé")).to_be_visible()
