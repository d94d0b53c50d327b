"""A long form in a real browser: on a telephone, by keyboard alone, without script, interrupted and found again."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from backoffice.models.mail import OutgoingMail
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check
from tests.web.citizen_visits import PICTURE
from tests.web.step_visits import PDF

pytestmark = pytest.mark.browser

FORM = "/demarches/association_grant/demande"
BUDGET: FilePayload = {"name": "budget.pdf", "mimeType": "application/pdf", "buffer": PDF}
PHOTO: FilePayload = {"name": "photo.png", "mimeType": "image/png", "buffer": PICTURE}
LONG = "Une-longue-phrase-sans-espace-" * 8 + "et la suite du projet, ligne après ligne. " * 60


def go_on(page: Page, name: str = "Continuer") -> None:
    """Press a button of the form and wait for the page that follows."""
    with page.expect_event("load"):
        page.get_by_role("button", name=name, exact=True).click()


def fill_association(page: Page) -> None:
    page.get_by_label("Numéro RNA").fill("W751234567")
    page.get_by_label("Numéro SIRET").fill("732 829 320 00074")
    page.get_by_label("IBAN").fill("FR76 3000 6000 0112 3456 7890 189")


def fill_money(page: Page) -> None:
    page.get_by_label("Un projet précis").check()
    page.get_by_label("Décrivez le projet").fill(LONG)
    page.get_by_label("Montant demandé").fill("2 500")
    page.get_by_label("Total des dépenses prévues").fill("10 000")
    page.get_by_label("Non").check()


def last_link(desk: Desk) -> str:
    """The path that the last mail gives."""
    with desk.runtime.database.reading() as session:
        mail = session.query(OutgoingMail).order_by(OutgoingMail.id.desc()).first()
        assert mail is not None
        found = re.search(r"/reprendre/\S+", mail.text)
    assert found
    return found[0]


def begin(page: Page, address: str) -> None:
    """The first two pages, with errors, a rule that stops, files and all."""
    page.goto(address + FORM)
    check(page)
    go_on(page)
    assert page.title().startswith("Erreur")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    fill_association(page)
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("La subvention")
    expect(page.get_by_text("Étape 2 sur 6")).to_be_visible()
    fill_money(page)
    page.get_by_label("Total des dépenses prévues").fill("1 000")
    expect(page.get_by_text("La subvention demandée dépasse le total")).to_be_visible()
    check(page)
    page.get_by_label("Total des dépenses prévues").fill("10 000")
    expect(page.get_by_text("La subvention demandée dépasse le total")).to_be_hidden()
    expect(page.get_by_text("25 %")).to_be_visible()
    expect(page.get_by_role("button", name="Calculer")).to_be_hidden()
    page.get_by_label("Budget prévisionnel").set_input_files([BUDGET, PHOTO])
    expect(page.get_by_role("group", name="Déjà reçu").get_by_role("listitem")).to_have_count(2)
    expect(page.locator("img.preview")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Brouillon enregistré à \d+\sh(\s\d\d)?"))).to_be_visible()
    check(page)


def test_a_grant_is_begun_on_a_telephone_and_ended_on_another_device(open_page: Pages, desk: Desk) -> None:
    page = open_page(375, has_touch=True)
    begin(page, desk.address)
    go_on(page, "Continuer plus tard")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre brouillon est enregistré")
    check(page)
    page.get_by_label("À quelle adresse").fill("asso@courriel")
    go_on(page, "Recevoir le lien")
    check(page)
    page.get_by_label("À quelle adresse").fill("asso@courriel.example")
    go_on(page, "Recevoir le lien")
    expect(page.get_by_text("Le lien est parti")).to_be_visible()
    other = open_page(1280)
    other.goto(desk.address + last_link(desk))
    expect(other.get_by_label("Montant demandé")).to_have_value("2 500")
    expect(other.get_by_text("budget.pdf", exact=False).first).to_be_visible()
    go_on(other)
    expect(other.get_by_role("heading", level=1)).to_have_text("L’engagement")
    other.get_by_label("L’association souscrit-elle").check()
    go_on(other)
    go_on(other)
    other.locator("[name='requester.for_name']").fill("Les Amis du Moulin")
    other.locator("[name='requester.given_names']").fill("Jeanne")
    other.locator("[name='requester.family_name']").fill("Martin")
    other.get_by_label("Adresse électronique").fill("asso@courriel.example")
    go_on(other)
    expect(other.get_by_role("heading", level=1)).to_have_text("Vérifiez vos réponses")
    check(other)
    go_on(other, "Envoyer ma demande")
    expect(other.get_by_role("heading", level=1)).to_have_text("Votre demande est bien reçue")
    other.go_back()
    expect(other.get_by_text("pas enregistrée deux fois")).to_be_visible()
    assert desk.last_case().answers["share"] == 25
    page.goto(desk.address + last_link(desk))
    expect(page.get_by_role("heading", level=1)).to_have_text("Nous ne trouvons pas ce brouillon")
    check(page)


def test_a_form_in_steps_is_gone_through_by_keyboard_alone(open_page: Pages, desk: Desk) -> None:
    page = open_page(1280)
    page.goto(desk.address + FORM)
    page.get_by_label("Numéro RNA").focus()
    page.keyboard.type("W751234567")
    page.keyboard.press("Tab")
    page.keyboard.type("73282932000074")
    page.keyboard.press("Tab")
    page.keyboard.type("FR7630006000011234567890189")
    press_enter(page)  # Enter sends the page: it neither goes back nor keeps it for later
    expect(page.get_by_role("heading", level=1)).to_have_text("La subvention")
    check(page)
    page.get_by_role("button", name="L’association (terminée)").focus()
    press_enter(page)
    expect(page.get_by_label("Numéro RNA")).to_have_value("W751234567")
    page.get_by_label("Numéro RNA").focus()
    press_enter(page)
    page.get_by_label("Le fonctionnement").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Décrivez le projet")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Décrivez le projet")).to_be_visible()


def test_a_form_in_steps_needs_no_script(open_page: Pages, desk: Desk) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(desk.address + FORM)
    fill_association(page)
    go_on(page)
    page.get_by_label("Le fonctionnement").check()
    page.get_by_label("Montant demandé").fill("2 500")
    page.get_by_label("Total des dépenses prévues").fill("10 000")
    page.get_by_label("Non").check()
    go_on(page, "Calculer")
    expect(page.get_by_text("25 %")).to_be_visible()
    page.get_by_label("Budget prévisionnel").set_input_files(BUDGET)
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("L’engagement")
    go_on(page, "Étape précédente")
    expect(page.get_by_text("budget.pdf", exact=False).first).to_be_visible()
    go_on(page, "Continuer plus tard")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre brouillon est enregistré")
