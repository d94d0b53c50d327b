"""Cases acted on in bulk in a real browser: by keyboard from the queue to the undoing, at both widths."""

from backoffice.services import batch_running
from backoffice.services.outbox import JobKind
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check
from tests.usecases.promises import claim_next


def test_a_page_of_cases_is_ticked_moved_and_given_back_by_keyboard(desk: Desk, open_page: Pages) -> None:
    for _ in range(3):
        factories.a_receipt(desk.runtime)
    factories.a_receipt(desk.runtime, procedure="birth_certificate")
    for width in (375, 1280):
        page = desk.sign_in(open_page(width), "Karim", "/agents/dossiers?vue=en-cours")
        page.get_by_label("Cocher toute la page").focus()
        page.keyboard.press("Space")
        assert page.locator("[data-selected]").inner_text() == "4 dossiers cochés"
        check(page)
        page.get_by_role("button", name="Agir sur les dossiers cochés").focus()
        press_enter(page)
        check(page)
        page.get_by_role("button", name="Transférer").focus()
        press_enter(page)
        page.get_by_role("button", name="Relire avant de confirmer").focus()
        press_enter(page)
        assert page.locator("#f-to-error").is_visible()
        check(page)
        page.get_by_label("Service", exact=True).select_option(label="Vie associative")
        page.get_by_label("Pourquoi").fill("Vous avez le dossier papier.")
        page.get_by_role("button", name="Relire avant de confirmer").focus()
        press_enter(page)
        assert "3 dossiers le seront, 1 non" in page.locator("#relire").inner_text().replace("\xa0", " ")
        check(page)
        if width == 1280:
            break
        page.get_by_role("button", name="Confirmer pour").focus()
        press_enter(page)
        batch_running.run(desk.runtime, claim_next(desk.runtime, JobKind.RUN_BATCH))
        page.get_by_role("button", name="Annuler cette action").wait_for()
        check(page)
        page.get_by_role("button", name="Annuler cette action").focus()
        press_enter(page)
        batch_running.run(desk.runtime, claim_next(desk.runtime, JobKind.RUN_BATCH))
        page.get_by_role("link", name="Voir l’action annulée").wait_for()
    page = desk.sign_in(open_page(375), "Nadia", "/agents/etiquettes/nouvelle")
    page.get_by_label("Nom").fill("Canicule")
    check(page)
    page.get_by_label("Nom").focus()
    press_enter(page)
    check(page)
    page.get_by_role("link", name="Modifier Canicule").wait_for()
    assert open_page.complaints == []
