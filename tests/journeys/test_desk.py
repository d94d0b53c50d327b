"""A day at the desk in a real browser: a visit by keyboard, a call, the queue, a reply, two agents at once."""

import pytest
from playwright.sync_api import Locator, Page, expect

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.services import case_texts
from tests import factories, mails
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, axe, check, is_wider_than_screen
from tests.web.visits import STAFF

pytestmark = pytest.mark.browser


def click(control: Locator) -> None:
    """Click on what opens another page, and wait for it to be whole."""
    with control.page.expect_event("load"):
        control.click()


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until the focus is on the control of this name."""
    for _ in range(most):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.replace(/\\s+/g, ' ').trim()"
        )
        if label.startswith(name):
            return
    raise AssertionError(f"Tab never reaches « {name} »")


def test_a_visit_is_recorded_by_keyboard_alone(desk: Desk, open_page: Pages) -> None:
    factories.a_receipt(desk.runtime)
    page = desk.sign_in(open_page(1280), "Sandrine")
    tab_to(page, "Accueil")
    press_enter(page)
    expect(page.get_by_role("heading", name="Une visite au guichet")).to_be_visible()
    page.keyboard.type("martin")
    press_enter(page)
    expect(page.get_by_role("status").filter(has_text="1 personne possible")).to_be_visible()
    check(page)
    tab_to(page, "Choisir Jeanne Martin")
    press_enter(page)
    expect(page.get_by_role("combobox", name="Motif")).to_be_focused()
    expect(page.get_by_text("Déjà en cours")).to_be_visible()
    page.get_by_text("Choisir dans la liste des démarches").press("Enter")
    page.get_by_role("combobox", name="Démarche (facultatif)").select_option("street_issue")
    expect(page.get_by_text("De quoi s’agit-il")).to_be_visible()
    check(page)
    tab_to(page, "Trou ou chaussée")
    page.keyboard.press("Space")
    tab_to(page, "Décrivez ce que vous voyez")
    page.keyboard.type("Un trou devant le 12.")
    warning = page.get_by_text("Appelez aussi l’astreinte")
    expect(warning).to_be_hidden()
    tab_to(page, "Oui")
    page.keyboard.press("Space")
    expect(warning).to_be_visible()
    tab_to(page, "Enregistrer et donner le récépissé")
    press_enter(page)
    expect(page.get_by_role("heading", name="Récépissé de votre demande")).to_be_visible()
    case = desk.last_case()
    assert (case.channel, case.answers["category"], case.answers["danger"]) == ("counter", "pothole", True)
    expect(page.get_by_text(case.reference).first).to_be_visible()
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    mails.work_off(desk.runtime)
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Récépissé en PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_call_on_a_phone_screen_without_script(desk: Desk, open_page: Pages) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{desk.address}/agents/connexion")
    page.get_by_label("Adresse électronique professionnelle").fill(STAFF["Sandrine"])
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    click(page.get_by_role("button", name="Se connecter"))
    click(page.get_by_role("link", name="Appel", exact=True))
    page.get_by_label("Nom de naissance").fill("Belkacem")
    page.get_by_label("Motif").fill("encombrants")
    with page.expect_event("load"):
        page.get_by_label("Motif").press("Enter")
    click(page.get_by_role("button", name="Choisir Bac à déchets"))
    expect(page.get_by_label("Nom de naissance")).to_have_value("Belkacem")
    expect(page.get_by_text("De quoi avez-vous besoin")).to_be_visible()
    page.get_by_label("Ce que dit la personne").fill("Poubelle non ramassée rue Haute.")
    click(page.get_by_role("button", name="Enregistrer et donner le récépissé"))
    expect(page.get_by_role("heading", name="Récépissé de votre demande")).to_be_visible()
    case = desk.last_case()
    assert (case.channel, case.procedure_code) == ("phone", "waste_bin_bulky")


def test_a_forgotten_field_is_pointed_at_and_nothing_is_lost(desk: Desk, open_page: Pages) -> None:
    page = desk.sign_in(open_page(375), "Sandrine")
    page.goto(f"{desk.address}/agents/appel")
    page.get_by_label("Ce que dit la personne").fill("Rappeler demain.")
    click(page.get_by_role("button", name="Enregistrer et donner le récépissé"))
    summary = page.get_by_role("alert", name="Des informations sont à corriger")
    expect(summary).to_be_focused()
    expect(page).to_have_title("Erreur : Un appel – Parvis – Ville de Saint-Aubin-les-Tilleuls")
    check(page)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Retrouver la personne")).to_be_focused()
    expect(page.get_by_label("Ce que dit la personne")).to_have_value("Rappeler demain.")


def test_a_case_is_found_taken_answered_and_its_mail_leaves(desk: Desk, open_page: Pages) -> None:
    for number in range(30):
        factories.a_receipt(desk.runtime, subject=f"Nid-de-poule numéro {number}")
    case_texts.catch_up(desk.runtime)
    page = desk.sign_in(open_page(1280), "Karim")
    check(page)
    click(page.get_by_role("link", name="Suivants"))
    check(page)
    click(page.get_by_role("link", name="Précédents"))
    page.get_by_label("Rechercher un dossier ou un usager").fill("numéro 17")
    press_enter(page)
    expect(page.get_by_text("1 dossier trouvé", exact=True)).to_be_visible()
    check(page)
    click(page.get_by_role("rowheader").get_by_role("link"))
    click(page.get_by_role("button", name="Prendre en charge"))
    expect(page.get_by_text("Vous avez pris ce dossier en charge.")).to_be_visible()
    page.get_by_label("Votre réponse").fill("Bonjour,\n\nUne équipe passe demain.")
    with page.expect_event("load"):
        page.get_by_role("button", name="Envoyer la réponse").dblclick()
    expect(page.get_by_text("Votre réponse part par courriel")).to_be_visible()
    check(page)
    mails.work_off(desk.runtime)
    page.reload()
    expect(page.get_by_text("Courriel envoyé à jeanne.martin@courriel.example").first).to_be_visible()
    replies = [mail for mail in mails.sent(desk.runtime) if not mail.automatic]
    assert len(replies) == 1
    assert "Une équipe passe demain." in replies[0].text
    page.get_by_text("Pourquoi cette date ?").first.click()
    page.get_by_role("tab", name="Terminer le dossier").click()
    page.get_by_label("Issue").select_option("answered")
    page.get_by_label("Réponse à l’usager").fill("Le trou est rebouché.")
    check(page)
    click(page.get_by_role("button", name="Terminer et répondre"))
    expect(page.get_by_text("Réponse apportée").first).to_be_visible()


def test_two_agents_on_one_case_overwrite_nothing(desk: Desk, open_page: Pages) -> None:
    reference = factories.a_receipt(desk.runtime).reference
    first = desk.sign_in(open_page(1280), "Karim")
    second = desk.sign_in(open_page(375), "Marc")
    for page in (first, second):
        page.goto(f"{desk.address}/agents/dossiers/{reference}")
    first.get_by_label("Votre réponse").fill("Une équipe passe ce soir.")
    click(first.get_by_role("button", name="Envoyer la réponse"))
    expect(first.get_by_text("Votre réponse part par courriel")).to_be_visible()
    second.get_by_label("Votre réponse").fill("Une équipe passe jeudi.")
    click(second.get_by_role("button", name="Envoyer la réponse"))
    alert = second.get_by_role("alert")
    expect(alert).to_contain_text("Ce dossier a changé entre-temps")
    expect(alert).to_contain_text("Karim Benali")
    expect(second.get_by_label("Votre réponse")).to_have_value("Une équipe passe jeudi.")
    check(second)


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_the_desk_is_accessible(desk: Desk, open_page: Pages, width: int) -> None:
    fatima = Sender(family_name="Belkacem", given_names="Fatima", phone="+33241223344")
    reference = factories.a_receipt(desk.runtime, channel=ChannelCode.COUNTER, sender=fatima).reference
    page = open_page(width)
    page.goto(f"{desk.address}/agents/connexion")
    check(page)
    click(page.get_by_role("button", name="Se connecter"))
    check(page)
    desk.sign_in(page, "Marc")
    for path in (
        "dossiers?vue=en-cours",
        "dossiers?vue=en-cours&etat=received&canal=counter",
        "dossiers?vue=a-traiter",
        f"dossiers/{reference}",
        f"dossiers/{reference}/pour-qui",
        "activite/appreciations",
        "accueil?usager=1&demarche=birth_certificate",
        "appel?demarche=childcare_place",
        f"recepisse/{reference}",
        "usagers?q=belkacem",
        "usagers/1",
        "compte",
    ):
        answer = page.goto(f"{desk.address}/agents/{path}")
        assert answer is not None
        assert answer.ok, path
        assert (path, axe(page)) == (path, [])
        assert not is_wider_than_screen(page), path
