"""A morning in the post room in a real browser: scanned letters registered by keyboard, then what is to be posted."""

import io

import pytest
from playwright.sync_api import expect

from backoffice.services import digitised_mail
from backoffice.services.digitised_mail import Arrival
from backoffice.services.outbox import JobKind
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.journeys.test_desk import tab_to
from tests.services.browser import Pages, check
from tests.usecases.promises import claim_next, render_next
from tests.workers.scans import SEPARATOR, pile
from workers import scan_cutting

pytestmark = pytest.mark.browser

TRAY = "/agents/courrier/numerises"


def test_a_pile_of_letters_is_registered_by_keyboard_then_answered_by_post(desk: Desk, open_page: Pages) -> None:
    factories.a_receipt(desk.runtime)
    scanned = io.BytesIO(pile(["Madame le Maire,\nle banc est casse.", SEPARATOR, "Monsieur,\nmerci."]))
    digitised_mail.take_in(desk.runtime, 1, Arrival("pile", "pile.pdf"), scanned)
    scan_cutting.cut_file(desk.runtime, claim_next(desk.runtime, JobKind.CUT_SCAN))
    page = desk.sign_in(open_page(1280), "Sandrine", TRAY)
    expect(page.get_by_role("img", name="Première page de pile.pdf (1)")).to_be_visible()
    check(page)
    tab_to(page, "Enregistrer pile.pdf (1)")
    press_enter(page)
    expect(page.get_by_role("img", name="Page 1 sur 1")).to_be_visible()
    expect(page.get_by_label("Retrouver la personne")).to_be_focused()
    check(page)
    tab_to(page, "Nom de naissance")
    page.keyboard.type("Perrin")
    tab_to(page, "Numéro et rue")
    page.keyboard.type("4 impasse du Lavoir")
    tab_to(page, "Objet")
    page.keyboard.type("Banc cassé")
    tab_to(page, "Enregistrer le courrier")
    press_enter(page)
    expect(page.get_by_text("CA-20")).to_be_visible()
    check(page)
    press_enter(page)  # one key: the next letter of the pile
    assert page.url.endswith("scan=2")
    assert desk.last_case().channel == "letter"
    for _ in range(2):
        render_next(desk.runtime)
    page.set_viewport_size({"width": 375, "height": 760})
    for path in ("/agents/courrier/?usager=1", TRAY, "/agents/courrier/a-poster"):
        page.goto(desk.address + path)
        check(page)
    tab_to(page, "Noter postée toute la liste")
    press_enter(page)
    expect(page.get_by_role("status").filter(has_text="1 courrier noté posté")).to_be_visible()
    tab_to(page, "Annuler")
    press_enter(page)
    expect(page.get_by_role("status").filter(has_text="1 courrier à poster")).to_be_visible()
