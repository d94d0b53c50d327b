"""Citizens in a real browser: a telephone, a keyboard, no script, a wrong turn, an identity provider."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from app import create_app
from backoffice import catalogue
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case
from backoffice.services import casework
from tests import factories
from tests.services import identity_provider as op
from tests.services import website
from tests.services.browser import COLOUR_RULES, Pages, axe, check, is_wider_than_screen
from tests.services.program import free_port
from tests.web.citizen_visits import PICTURE

pytestmark = pytest.mark.browser

FORM = "/demarches/street_issue/demande"
PUBLIC_PAGES = (
    "/",
    "/demarches?q=acte",
    "/demarches?q=xyzzy",
    "/demarches?par=moment",
    "/demarches/birth_certificate",
    "/demarches/electoral_registration",
    "/suivi",
    "/connexion",
    "/plan-du-site",
    "/accessibilite",
    "/donnees-personnelles",
    "/mentions-legales",
    "/modalites",
    "/demonstration/courriels",
    *(f"/demarches/{one.code}/demande" for one in catalogue.load_procedures()),
)
PHOTO: FilePayload = {"name": "lampe.png", "mimeType": "image/png", "buffer": PICTURE}


@dataclass(frozen=True)
class Town:
    """The site of the town, as a browser and as its database know it."""

    address: str
    runtime: Runtime

    def cases(self) -> list[Case]:
        """Every case, oldest first."""
        with self.runtime.database.reading() as session:
            return session.query(Case).order_by(Case.id).all()


@pytest.fixture
def town(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """The demonstration's site and its identity provider."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with op.running(address) as provider:
        settings = factories.some_settings(
            seeded_sqlite_url, tmp_path, public_url=address, demo=True, identity_providers=(provider.settings(),)
        )
        app = create_app(settings)
        runtime: Runtime = app.extensions["parvis"]
        with website.running(app, port):
            yield Town(address, runtime)
        runtime.database.dispose()


def press(page: Page, name: str) -> None:
    """Press a button and wait for the page that follows."""
    with page.expect_event("load"):
        page.get_by_role("button", name=name).click()


@dataclass
class Typist:
    """Somebody without a mouse, whose time is counted and not waited for.

    A key of an average typist takes 0.28 s and a decision 1.35 s: the keystroke-level model (Card, Moran and Newell,
    Communications of the ACM, 1980).
    """

    page: Page
    seconds: float = 0.0

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
        self.seconds += 0.28

    def reach(self, wanted: Locator) -> None:
        """Decide on something, and press Tab until it has the focus."""
        self.seconds += 1.35
        while not wanted.evaluate("one => one === document.activeElement"):
            self.press("Tab")
            assert self.seconds < 600, "the keyboard does not lead there"

    def write(self, wanted: Locator, text: str) -> None:
        """Fill in a question."""
        self.reach(wanted)
        self.page.keyboard.type(text)
        self.seconds += 0.28 * len(text)


def fill_lamp(page: Page) -> None:
    """Say all that a report needs."""
    page.get_by_label("Éclairage public").check()
    page.get_by_label("Où se trouve le problème ?").fill("Devant le 12 rue des Lilas")
    page.get_by_label("Décrivez ce que vous voyez").fill("Le lampadaire est éteint.")
    page.get_by_label("Non").check()


@pytest.mark.timeout(400)
def test_every_public_page_is_accessible_and_fits(open_page: Pages, town: Town) -> None:
    # Colours that change at once: axe would measure a contrast on its way.
    page = open_page(reduced_motion="reduce")
    for path in PUBLIC_PAGES:
        page.goto(town.address + path)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert (path, width, axe(page), is_wider_than_screen(page)) == (path, width, [], False)
        # In the dark only colours differ: the other rules have just been looked at, on this very page.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert (path, width, axe(page, COLOUR_RULES), is_wider_than_screen(page)) == (path, width, [], False)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")


def test_the_first_page_is_light(open_page: Pages, town: Town) -> None:
    page = open_page(375)
    weights = []
    page.on("response", lambda response: weights.append(int(response.headers.get("content-length", 0))))
    page.goto(town.address, wait_until="networkidle")
    assert len(weights) <= 15
    assert sum(weights) <= 150_000


def test_thomas_reports_a_lamp_on_his_telephone_without_account(open_page: Pages, town: Town) -> None:
    page = open_page(375, has_touch=True)
    page.goto(town.address)
    page.get_by_label("Que voulez-vous faire ?").fill("lampadère")
    press(page, "Chercher")
    page.get_by_role("link", name="Signalement d’un problème dans la rue").first.click()
    page.get_by_role("link", name="Faire ma demande").click()
    fill_lamp(page)
    page.get_by_label("Photos").set_input_files(PHOTO)
    page.get_by_label("Adresse électronique").fill("thomas@courriel.example")
    check(page)
    press(page, "Envoyer ma demande")
    (case,) = town.cases()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est bien reçue")
    expect(page.get_by_text(case.reference)).to_be_visible()
    check(page)
    page.get_by_role("link", name="Suivre ma demande").click()
    expect(page.get_by_text("Étape 1 sur 3")).to_be_visible()
    expect(page.get_by_role("link", name="lampe.png")).to_be_visible()
    check(page)


def test_a_report_takes_three_pages_and_less_than_ninety_seconds_by_keyboard_alone(
    open_page: Pages, town: Town
) -> None:
    page, pages = open_page(375), list[str]()
    # A page that keeps what was typed in its own entry of the history is the same page.
    page.on("framenavigated", lambda frame: pages.append(frame.url) if frame.url not in pages[-1:] else None)
    typist = Typist(page)
    page.goto(f"{town.address}/demarches/street_issue")
    typist.reach(page.get_by_role("link", name="Faire ma demande"))
    with page.expect_event("load"):
        typist.press("Enter")
    typist.reach(page.get_by_label("Trou ou chaussée abîmée"))
    typist.press("ArrowDown")
    typist.write(page.get_by_label("Où se trouve le problème ?"), "Devant le 12 rue des Lilas")
    typist.write(page.get_by_label("Décrivez ce que vous voyez"), "Le lampadaire est éteint depuis lundi soir.")
    typist.reach(page.get_by_label("Oui"))
    typist.press("ArrowRight")
    typist.reach(page.get_by_role("button", name="Envoyer ma demande"))
    with page.expect_event("load"):
        typist.press("Enter")
    (case,) = town.cases()
    assert (case.answers["category"], case.answers["danger"]) == ("lighting", False)
    assert len(pages) <= 3
    assert typist.seconds <= 90


def test_an_error_is_found_and_corrected_by_keyboard_alone(open_page: Pages, town: Town) -> None:
    page = open_page(1280)
    page.goto(town.address + FORM)
    page.get_by_label("Décrivez ce que vous voyez").fill("Le lampadaire est éteint.")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Envoyer ma demande").focus()
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert page.title().startswith("Erreur")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Trou ou chaussée abîmée")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Éclairage public")).to_be_checked()
    expect(page.get_by_label("Décrivez ce que vous voyez")).to_have_value("Le lampadaire est éteint.")


def test_questions_appear_and_leave_at_once_with_script(open_page: Pages, town: Town) -> None:
    page = open_page(1280)
    page.goto(f"{town.address}/demarches/school_meals_aftercare/demande")
    menu, pickup = page.get_by_text("Quel menu ?"), page.get_by_label("Personnes autorisées à venir chercher l’enfant")
    expect(menu).to_be_hidden()
    page.get_by_label("La cantine").check()
    expect(menu).to_be_visible()
    expect(pickup).to_be_hidden()
    page.get_by_label("L’accueil périscolaire du matin et du soir").check()
    expect(menu).to_be_hidden()
    expect(pickup).to_be_visible()
    page.get_by_role("group", name="projet d’accueil individualisé").get_by_label("Oui").check()
    expect(page.get_by_label("Le projet d’accueil individualisé")).to_be_visible()
    check(page)
    press(page, "Ajouter")
    expect(page.get_by_text("Enfant 2", exact=True)).to_be_visible()
    expect(pickup).to_be_visible()
    check(page)


def test_a_danger_is_told_where_to_call_before_sending_and_sent_in_one_go(open_page: Pages, town: Town) -> None:
    page = open_page(375)
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.get_by_label("Oui").check()
    expect(page.get_by_text("Appelez aussi l’astreinte")).to_be_visible()
    press(page, "Envoyer ma demande")
    assert len(town.cases()) == 1


def test_all_of_it_works_without_script(open_page: Pages, town: Town) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.get_by_label("Oui").check()
    page.get_by_label("Photos").set_input_files(PHOTO)
    press(page, "Envoyer ma demande")
    expect(page.get_by_text("Appelez aussi l’astreinte")).to_be_visible()
    expect(page.get_by_text("lampe.png").first).to_be_visible()
    assert town.cases() == []
    press(page, "Envoyer ma demande")
    (case,) = town.cases()
    page.get_by_role("link", name="Suivre ma demande").click()
    page.get_by_label("Votre message").fill("Toujours éteint.")
    press(page, "Envoyer")
    expect(page.get_by_text("Votre réponse est enregistrée")).to_be_visible()
    press(page, "Fermer ce dossier sur cet appareil")
    page.get_by_label("Référence").fill(case.reference)
    page.get_by_label("Code de suivi").fill(case.tracking_code.lower())
    press(page, "Voir ma demande")
    expect(page.get_by_text("Toujours éteint.")).to_be_visible()
    with town.runtime.database.reading() as session:
        assert session.query(Attachment).count() == 1


def test_going_back_and_sending_again_gives_the_same_receipt(open_page: Pages, town: Town) -> None:
    page = open_page(1280)
    page.goto(town.address + FORM)
    fill_lamp(page)
    press(page, "Envoyer ma demande")
    receipt = page.url
    page.go_back()
    fill_lamp(page)
    press(page, "Envoyer ma demande")
    assert page.url == f"{receipt}?deja=1"
    assert len(town.cases()) == 1


def test_a_double_click_is_one_request(open_page: Pages, town: Town) -> None:
    for script in (True, False):
        page = open_page(1280, java_script_enabled=script)
        page.goto(town.address + FORM)
        fill_lamp(page)
        page.get_by_role("button", name="Envoyer ma demande").dblclick()
        # The second click stops the page that the first one was about to open.
        expect(page).to_have_url(re.compile("/demandes/recue/"), timeout=15_000)
    assert len(town.cases()) == 2


def test_a_file_too_heavy_is_told_at_once(open_page: Pages, town: Town, tmp_path: Path) -> None:
    heavy = tmp_path / "film.png"
    heavy.write_bytes(b"0" * 11 * 1024 * 1024)
    page = open_page(375)
    page.goto(town.address + FORM)
    page.get_by_label("Photos").set_input_files(heavy)
    expect(page.get_by_role("alert")).to_contain_text("film.png")


def test_a_session_that_expired_gives_everything_back(open_page: Pages, town: Town) -> None:
    page = open_page(375)
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.context.clear_cookies()
    press(page, "Envoyer ma demande")
    expect(page.get_by_text("Tout ce que vous avez écrit est là")).to_be_visible()
    check(page)
    press(page, "Envoyer ma demande")
    assert len(town.cases()) == 1


def test_a_citizen_sees_what_is_awaited_then_how_it_ended(open_page: Pages, town: Town) -> None:
    page = open_page(320)
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.get_by_label("Adresse électronique").fill("thomas@courriel.example")
    press(page, "Envoyer ma demande")
    (case,) = town.cases()
    with town.runtime.database.transaction() as session:
        karim, held = factories.actor_named(session, "Karim"), session.get_one(Case, case.id)
        casework.reply(session, town.runtime, karim, held, "De quel côté ?")
        casework.move(session, karim, held, Status.WAITING_CITIZEN)
    page.get_by_role("link", name="Suivre ma demande").click()
    page.get_by_role("link", name="Répondre maintenant").click()
    expect(page.get_by_text("Étape 2 sur 3")).to_be_visible()
    check(page)
    with town.runtime.database.transaction() as session:
        karim, held = factories.actor_named(session, "Karim"), session.get_one(Case, case.id)
        casework.close(session, town.runtime, karim, held, Outcome.ANSWERED, "La lampe est changée.")
    page.reload()
    expect(page.get_by_text("La lampe est changée.")).to_be_visible()
    check(page)


def test_a_citizen_judges_the_answer_then_withdraws_by_keyboard_alone(open_page: Pages, town: Town) -> None:
    with town.runtime.database.transaction() as session:
        case = factories.a_case(session, town.runtime)
        karim = factories.actor_named(session, "Karim")
        casework.close(session, town.runtime, karim, case, Outcome.ANSWERED, "C’est réparé.")
    page = open_page(375)
    page.goto(f"{town.address}/suivi?reference={case.reference}")
    page.get_by_label("Code de suivi").fill(case.tracking_code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cette réponse vous a-t-elle aidé")).to_be_visible()
    check(page)
    page.get_by_label("Non, ou pas entièrement").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Donner mon avis").focus()
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Le trou est toujours là.")
    press(page, "Donner mon avis")
    expect(page.get_by_text("Votre demande est rouverte")).to_be_visible()
    for link, button in (("Corriger ma demande", "Envoyer la correction"), ("Retirer ma demande", "Oui, retirer ma")):
        page.get_by_role("link", name=link).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=button)).to_be_visible()
        check(page)
        if link == "Corriger ma demande":
            press(page, button)
            check(page)
            page.get_by_role("link", name="Annuler").click()
    press(page, "Oui, retirer ma demande")
    expect(page.get_by_text("Terminée : retirée par l’usager")).to_be_visible()
    assert town.cases()[0].outcome == Outcome.WITHDRAWN


@pytest.mark.parametrize("width", [1280, 375])
def test_a_citizen_signs_in_confirms_sends_and_signs_out(open_page: Pages, town: Town, width: int) -> None:
    page = open_page(width)
    page.goto(f"{town.address}/connexion?next={FORM}")
    press(page, "S’identifier avec FranceConnect")
    expect(page.get_by_text("Ce n’est pas FranceConnect")).to_be_visible()
    press(page, "Annuler")
    expect(page.get_by_text("Vous avez interrompu la connexion")).to_be_visible()
    check(page)
    press(page, "S’identifier avec FranceConnect")
    press(page, "Continuer en tant que Amira BELKACEM")
    expect(page.get_by_text("Rien n’est encore enregistré")).to_be_visible()
    check(page)
    press(page, "Créer mon compte")
    assert page.url == town.address + FORM
    expect(page.get_by_text("BELKACEM")).to_be_visible()
    fill_lamp(page)
    check(page)
    press(page, "Envoyer ma demande")
    (case,) = town.cases()
    page.get_by_role("link", name="Mon espace").first.click()
    expect(page.get_by_text(case.reference)).to_be_visible()
    check(page)
    page.get_by_role("link", name="Mes façons de me connecter").click()
    page.wait_for_load_state()
    page.get_by_label("Adresse électronique à ajouter").fill("amira")
    press(page, "Envoyer le lien")
    expect(page.get_by_label("Adresse électronique à ajouter")).to_have_attribute("aria-invalid", "true")
    check(page)
    press(page, "Se déconnecter")
    expect(page.get_by_text("Vous êtes déconnecté")).to_be_visible()
    page.goto(f"{town.address}/suivi/{case.reference}")
    expect(page.get_by_label("Code de suivi")).to_be_visible()
