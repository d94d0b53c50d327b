"""The shared queue by keyboard: through the rows, onto a case and back, what is new, a view with a name."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from backoffice.domain.incoming import ChannelCode
from backoffice.models.cases import Case
from tests import factories
from tests.journeys.conftest import Desk
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def go(page: Page, key: str) -> None:
    """Press a key that opens another page, and wait for it to be whole."""
    with page.expect_event("load"):
        page.keyboard.press(key)


def row(page: Page, reference: str) -> Locator:
    return page.get_by_role("link", name=reference, exact=True)


def window_of_keys(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Raccourcis clavier de la file")


def test_a_morning_in_the_queue_by_keyboard_alone(desk: Desk, open_page: Pages) -> None:
    cases = [factories.a_receipt(desk.runtime, channel=ChannelCode.PHONE).reference for _ in range(3)]
    page = desk.sign_in(open_page(1280), "Karim")
    go_through_the_rows(page, *cases)
    page.goto(f"{desk.address}/agents/dossiers")
    go(page, "n")
    assert page.url.partition("?")[0].endswith(cases[0])
    page.goto(f"{desk.address}/agents/dossiers?vue=en-cours")
    learn_what_is_new(desk, page, cases[0], cases[2])
    page.set_viewport_size({"width": 375, "height": 760})
    keep_a_view(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{desk.address}/agents/dossiers")
    turn_letters_off(page, *cases)


def go_through_the_rows(page: Page, first: str, second: str, _third: str) -> None:
    help_box = window_of_keys(page)
    page.keyboard.press("t")  # nothing is chosen yet: said, not guessed
    expect(page.locator("#queue-said")).to_have_text("Choisissez d’abord un dossier avec j ou k.")
    page.keyboard.press("?")
    expect(help_box).to_be_visible()
    page.keyboard.press("j")  # the keys of the list rest while the window is open
    check(page)
    page.keyboard.press("Escape")
    expect(help_box).to_be_hidden()
    page.keyboard.press("j")
    expect(row(page, first)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, second)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=f"Choisir {second}")).to_be_checked()
    check(page)
    go(page, "o")
    assert page.url.partition("?")[0].endswith(second)
    page.go_back()
    expect(row(page, second)).to_be_focused()
    go(page, "r")
    expect(page.get_by_label("Votre réponse")).to_be_focused()
    page.go_back()
    expect(row(page, second)).to_be_focused()
    go(page, "a")
    expect(page.locator("#f-assignee")).to_be_focused()
    expect(page.locator("label[for=f-assignee]")).to_be_in_viewport(ratio=1)  # what the field is, not the field alone
    page.go_back()
    expect(row(page, second)).to_be_focused()
    go(page, "t")
    expect(page.get_by_text("Vous avez pris ce dossier en charge")).to_be_visible()


def learn_what_is_new(desk: Desk, page: Page, first: str, third: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jat?")  # letters are letters in a field
    expect(page.get_by_role("searchbox", name="Rechercher un dossier ou un usager")).to_have_value("jat?")
    expect(window_of_keys(page)).to_be_hidden()
    page.get_by_role("checkbox", name=f"Choisir {third}").check()
    row(page, third).focus()
    with desk.runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.reference == first).values(revision=Case.revision + 1))
    factories.a_receipt(desk.runtime)
    with page.expect_response("**/nouveautes?*"):
        page.evaluate("htmx.ajax('GET', document.querySelector('#queue-news').getAttribute('hx-get'), "
                      "{source: '#queue-news', target: '#queue-news'})")  # fmt: skip
    news = page.get_by_text("2 dossiers nouveaux ou changés")
    expect(news).to_be_visible()
    expect(row(page, third)).to_be_focused()
    stood = row(page, third).evaluate("link => link.getBoundingClientRect().top")
    with page.expect_event("load"):
        page.get_by_role("link", name="Actualiser").click()
    expect(row(page, third)).to_be_focused()
    expect(page.get_by_role("checkbox", name=f"Choisir {third}")).to_be_checked()
    expect(page.get_by_role("checkbox", name=f"Choisir {first}")).not_to_be_checked()
    expect(page.get_by_text("1 dossier coché")).to_be_attached()
    height = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    stands = row(page, third).evaluate("link => link.getBoundingClientRect().top")
    assert abs(stands - stood) < 2 or page.evaluate("scrollY") in (0, height), "the row is where the eye left it"
    expect(news).to_have_count(0)


def keep_a_view(page: Page) -> None:
    page.get_by_text("Filtrer la liste").click()
    page.get_by_text("Canal", exact=True).first.click()
    page.get_by_role("checkbox", name="Téléphone").check()
    page.get_by_role("checkbox", name="Courrier").check()
    check(page)
    with page.expect_event("load"):
        page.get_by_role("button", name="Filtrer", exact=True).click()
    assert "canal=phone&canal=letter" in page.url
    page.get_by_text("Enregistrer cette vue").click()
    page.get_by_label("Nom de la vue").fill("Au téléphone")
    with page.expect_event("load"):
        page.get_by_role("button", name="Enregistrer la vue").click()
    expect(
        page.get_by_role("navigation", name="Vues enregistrées").get_by_role("link", name="Au téléphone")
    ).to_be_visible()
    check(page)
    with page.expect_event("load"):
        page.get_by_role("link", name="Gérer les vues").first.click()
    expect(page.locator("td[data-label='Dossiers']")).to_have_text("3")
    check(page)


def turn_letters_off(page: Page, _first: str, second: str, third: str) -> None:
    page.get_by_role("button", name="Raccourcis clavier").click()
    with page.expect_event("load"):
        page.get_by_role("button", name="Couper les raccourcis d’une touche").click()
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(window_of_keys(page)).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
    row(page, second).focus()
    page.keyboard.press("ArrowDown")  # the arrows stay: they act from a row alone
    expect(row(page, third)).to_be_focused()
    check(page)
