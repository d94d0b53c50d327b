"""The screen of the desk by keyboard alone, keystrokes counted: an answer, a case, somebody new, two calls at once."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen
from tests import factories
from tests.journeys.conftest import Desk
from tests.services.browser import Pages, check, is_wider_than_screen

pytestmark = pytest.mark.browser

NADIA = Sender(family_name="Belkacem", given_names="Nadia", phone="+33612345678", address_line="3 rue Haute")
FOCUSED = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.replace(/\\s+/g, ' ').trim()"


@dataclass
class Hands:
    """Somebody who has a keyboard and no mouse; `strokes` counts keys, without the words that are dictated to them."""

    page: Page
    strokes: int = 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.strokes += len(key.split("+"))

    def go(self, key: str) -> None:
        """Press a key that opens another page."""
        with self.page.expect_event("load"):
            self.press(key)

    def say(self, text: str) -> None:
        """Type what the person says, which is not counted."""
        self.page.keyboard.type(text)

    def look_for(self, words: str) -> None:
        """Type a few letters (counted) in a box, and choose the first proposal."""
        box = self.page.locator(":focus")
        expect(box).to_have_role("combobox")  # its script is there: a person does not type faster than that
        self.page.keyboard.type(words)
        self.strokes += len(words)
        expect(box).to_have_attribute("aria-expanded", "true")
        self.press("ArrowDown")
        expect(box).to_have_attribute("aria-activedescendant", f"{box.get_attribute('aria-controls')}-0")
        self.go("Enter")

    def tab_to(self, name: str, most: int = 30) -> None:
        """Press Tab until the focus is on the control of this name."""
        for _ in range(most):
            self.press("Tab")
            if self.page.evaluate(FOCUSED).startswith(name):
                return
        raise AssertionError(f"Tab never reaches « {name} »")


def test_an_answer_given_at_once_takes_twelve_keystrokes_and_becomes_a_case_in_one(
    desk: Desk, open_page: Pages
) -> None:
    factories.a_receipt(desk.runtime, channel=ChannelCode.COUNTER, sender=NADIA)
    page = desk.sign_in(open_page(1280), "Sandrine", "/agents/accueil")
    hands = Hands(page)
    expect(page.get_by_label("Retrouver la personne")).to_be_focused()
    expect(page.get_by_role("combobox", name="Retrouver la personne")).to_be_visible()
    page.keyboard.type("be")
    announced = page.locator("#qui [role=status]").first
    expect(announced).to_contain_text("propositions. Flèches haut et bas")
    check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    hands.look_for("belk")
    expect(page.get_by_text("Déjà en cours")).to_be_visible()
    expect(page.get_by_role("combobox", name="Motif")).to_be_focused()
    hands.look_for("bac")
    expect(page.get_by_label("Ce que dit la personne")).to_be_focused()
    hands.say("Le bac jaune passe le jeudi matin, une semaine sur deux.")
    hands.go("F8")
    assert hands.strokes <= 12
    expect(page.get_by_role("heading", name="C’est noté")).to_be_visible()
    check(page)
    hands.go("F8")
    expect(page.get_by_label("Ce que dit la personne")).to_have_value(
        "Le bac jaune passe le jeudi matin, une semaine sur deux."
    )
    hands.go("Control+Enter")
    expect(page.get_by_role("heading", name="À relire à voix haute")).to_be_visible()
    check(page)
    with desk.runtime.database.reading() as session:
        contact = session.scalars(select(Contact)).one()
        assert contact.case_id == desk.last_case().id
    hands.go("F2")
    expect(page.get_by_text("Nadia Belkacem", exact=True)).to_be_visible()


def test_a_case_of_a_known_citizen_takes_twenty_five_keystrokes(desk: Desk, open_page: Pages) -> None:
    factories.a_receipt(desk.runtime, channel=ChannelCode.COUNTER, sender=NADIA)
    page = desk.sign_in(open_page(640, height=450), "Sandrine", "/agents/appel")  # 1280 × 900 at 200 %
    hands = Hands(page)
    hands.look_for("belka")
    hands.look_for("lamp")
    hands.say("Le lampadaire devant le 3 ne s’allume plus.")
    hands.tab_to("Trou ou chaussée")
    hands.press("ArrowDown")
    check(page)
    hands.go("Control+Enter")
    assert hands.strokes <= 25
    assert not is_wider_than_screen(page)
    case = desk.last_case()
    assert (case.channel, case.procedure_code, case.answers["category"]) == ("phone", "street_issue", "lighting")
    expect(page.get_by_text("marqué « inconnu »")).to_be_visible()


def test_somebody_new_takes_sixty_keystrokes_and_is_compared_with_those_we_know(desk: Desk, open_page: Pages) -> None:
    factories.a_receipt(desk.runtime, channel=ChannelCode.COUNTER, sender=NADIA)
    page = desk.sign_in(open_page(375), "Sandrine", "/agents/accueil")
    check(page)
    hands = Hands(page)
    hands.say("Belkacem Nadia")
    expect(page.get_by_role("listbox", name="Personnes possibles")).to_be_visible()
    hands.press("ArrowUp")
    hands.go("Enter")
    expect(page.get_by_role("alert").filter(has_text="Une fiche ressemble à cette personne")).to_be_visible()
    expect(page.get_by_text("1 personne possible")).to_be_visible()
    check(page)
    hands.say("06 12 34 56 78")
    hands.tab_to("Numéro et rue")
    hands.say("14 rue des Tilleuls")
    hands.tab_to("Code postal")
    hands.say("49100")
    hands.tab_to("Commune")
    hands.say("Saint-Aubin-les-Tilleuls")
    hands.press("F4")
    hands.look_for("acte")
    hands.say("Pour un mariage en mai.")
    hands.go("Control+Enter")
    assert hands.strokes <= 60
    expect(page.get_by_role("heading", name="Récépissé de votre demande")).to_be_visible()
    check(page)
    with desk.runtime.database.reading() as session:
        citizen = session.get_one(Citizen, desk.last_case().citizen_id)
        assert (citizen.family_name, citizen.given_names, citizen.postcode) == ("Belkacem", "Nadia", "49100")
    page.get_by_role("link", name="Gros caractères").press("Enter")
    expect(page.locator("body.sheet-large")).to_be_visible()
    check(page)


def test_two_calls_are_held_at_once_and_nothing_typed_is_lost(desk: Desk, open_page: Pages) -> None:
    page = desk.sign_in(open_page(1280), "Sandrine", "/agents/appel")
    hands = Hands(page)
    hands.press("F4")
    hands.press("Tab")
    hands.say("Une dame cherche son chat, rue Basse.")
    # The page is hidden (a screen locked, another tab): what is on it leaves at once.
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    with page.expect_response("**/agents/brouillons/") as saved:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert saved.value.ok
    expect(page.locator("[data-draft-status]")).to_contain_text("Brouillon enregistré à")
    page.goto(f"{desk.address}/agents/appel")  # as after a crash
    expect(page.get_by_role("region", name="Mes brouillons")).to_contain_text("Une dame cherche son chat")
    hands.press("F4")
    hands.press("Tab")
    hands.say("Horaires de la piscine.")
    hands.go("Shift+F8")
    drafts = page.get_by_role("region", name="Mes brouillons")
    expect(drafts.get_by_role("listitem")).to_have_count(2)
    check(page)
    drafts.get_by_role("link", name="Une dame cherche").focus()
    hands.go("Enter")
    expect(page.get_by_label("Ce que dit la personne")).to_have_value("Une dame cherche son chat, rue Basse.")
    hands.go("F8")
    expect(page.get_by_role("heading", name="C’est noté")).to_be_visible()
    hands.go("F4")
    expect(page.get_by_role("heading", name="Un appel")).to_be_visible()
    expect(page.get_by_role("region", name="Mes brouillons").get_by_role("listitem")).to_have_count(1)
