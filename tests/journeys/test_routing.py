"""An administrator sees the districts, writes a rule by place with the keyboard, tries it, and puts it first."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from backoffice.services import routing_rules
from demo import districts
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, axe, check, is_wider_than_screen

pytestmark = pytest.mark.browser


def check_both(page: Page) -> None:
    """Axe on a large screen; on a small one, nothing wider than it."""
    check(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert not is_wider_than_screen(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_rule_by_place_is_tried_written_and_put_first_by_keyboard(desk: Desk, open_page: Pages) -> None:
    with desk.runtime.database.transaction() as session:
        districts.write(session, factories.the_authority(session))
        nadia = factories.actor_named(session, "Nadia")
        for words in ("recours", "lampadaire"):
            routing_rules.create(session, nadia, {"name": words, "words": words, "procedure": "street_issue"})
    answers = {"category": "lighting", "location": {"address": "12 rue des Tanneurs"}}
    factories.a_receipt(desk.runtime, procedure="street_issue", answers=answers, received_at=datetime.now(UTC))
    page = desk.sign_in(open_page(1280), "Nadia", "/agents/quartiers/")
    check_both(page)
    page.get_by_role("link", name="Bords de rivière", exact=True).click()
    expect(page.get_by_role("img", name="Contour du quartier Bords de rivière")).to_be_visible()
    check_both(page)
    page.goto(f"{desk.address}/agents/orientation/nouvelle")
    page.get_by_label("Nom de la règle").fill("berges")
    page.get_by_text("Quartiers", exact=True).press("Enter")
    page.get_by_role("checkbox", name="Bords de rivière").press("Space")
    page.get_by_role("checkbox", name="Urbanisme").press("Space")
    page.get_by_role("button", name="Essayer sur le dernier mois").focus()
    press_enter(page)
    expect(page.get_by_text("cette règle en aurait pris 1, dont 1 pour un autre service")).to_be_visible()
    check_both(page)
    expect(page.get_by_role("checkbox", name="Bords de rivière")).to_be_checked()
    page.get_by_role("button", name="Enregistrer la règle").focus()
    press_enter(page)
    page.get_by_role("button", name="Monter « berges »").focus()
    press_enter(page)
    assert "#regle-" in page.url
    page.goto(f"{desk.address}/agents/orientation/?essai=1")
    expect(page.get_by_text("Où ces dossiers sont")).to_be_visible()
    assert axe(page) == []
