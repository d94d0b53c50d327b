"""« Demande de composteur » from nothing, by somebody who never saw the editor: few actions, a request, its letter."""

import subprocess

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backoffice.models.documents import Document
from tests import mails
from tests.journeys.conftest import Desk
from tests.journeys.hand import Hand
from tests.services.browser import Pages, check, is_wider_than_screen

pytestmark = pytest.mark.browser

MOST_ACTIONS = 44
"""At fifteen seconds each, to read, think and type: eleven minutes."""

Question = tuple[str, str, str, bool]
"""Its words, its kind, its choices and whether it must be answered."""

QUESTIONS: tuple[Question, ...] = (
    ("Où vivez-vous ?", "Un choix dans une liste", "Une maison\nUn appartement", True),
    ("Surface de votre jardin, en m²", "Nombre", "", False),
    ("Votre adresse", "Adresse postale", "", True),
    ("Combien de personnes vivent chez vous ?", "Nombre", "", True),
    ("Quel composteur voulez-vous ?", "Un choix dans une liste", "Bois, 300 litres\nPlastique, 600 litres", True),
    ("Avez-vous déjà un composteur ?", "Oui ou non", "", False),
    ("Quand viendrez-vous le chercher ?", "Date", "", False),
    ("Remarques", "Texte long", "", False),
)


def add(hand: Hand, question: Question, when: str = "") -> None:
    """One more question, from the form at the end of the draft."""
    label, kind, choices, required = question
    hand.write("Question", label)
    if kind != "Texte court":
        hand.choose("Type de réponse", kind)
    if choices:
        hand.write("Choix, un par ligne", choices)
    if required:
        hand.tick("Réponse obligatoire")
    if when:
        hand.choose("Afficher seulement si la réponse est", when)
    hand.press("button", "Ajouter la question")


def labels(page: Page) -> list[str]:
    return page.locator("ol[data-step] strong").all_inner_texts()


def order_by_hand_and_by_keyboard(page: Page) -> None:
    """The last question goes up by the arrow key, which is told, and comes back by dragging its handle."""
    handle = page.get_by_role("button", name="Déplacer Remarques")
    handle.focus()
    with page.expect_response("**/place"):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_role("status").filter(has_text="Remarques : place 7 sur 8")).to_be_attached()
    expect(handle).to_be_focused()
    assert labels(page)[6:] == ["Remarques", "Quand viendrez-vous le chercher ?"]
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), page.locator("#champ-quand_viendrez_vous_le_chercher").bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + end["height"] - 5, steps=4)
    with page.expect_response("**/place"):
        page.mouse.up()
    page.reload()
    assert labels(page)[6:] == ["Quand viendrez-vous le chercher ?", "Remarques"]


def write(hand: Hand) -> None:
    """The whole procedure, from the list of procedures to its publication."""
    hand.press("link", "Nouvelle démarche")
    hand.write("Titre", "Demande de composteur")
    hand.choose("Service qui reçoit les demandes", "Voirie et propreté")
    hand.choose("Thème (facultatif)", "Cadre de vie et voirie")
    hand.write("Pour qui ? (facultatif)", "Les habitants de la commune.")
    hand.write("Résumé (facultatif)", "Vous voulez un composteur.\nNous vous en prêtons un.")
    hand.press("button", "Commencer le brouillon")
    for question in QUESTIONS:
        add(hand, question, "Où vivez-vous ? : Une maison" if question[0].startswith("Surface") else "")
    hand.press("link", "Décision favorable")
    hand.write("Nom de ce texte", "Composteur accordé")
    hand.write("Texte (facultatif)", "Bonjour {{ usager }},\n\nVotre **composteur** vous attend.")
    hand.press("button", "Enregistrer")
    hand.press("link", "Publier…")
    hand.press("button", "Publier")
    expect(hand.page.get_by_text("est publiée (version 1)")).to_be_visible()


def correct(page: Page) -> None:
    """The next version: in another order, and a question with a hint, which is seen at once as citizens will."""
    with page.expect_event("load"):
        page.get_by_role("button", name="Modifier la démarche").click()
    check(page)
    order_by_hand_and_by_keyboard(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert not is_wider_than_screen(page)
    page.get_by_role("link", name="Surface de votre jardin").click()
    expect(page.frame_locator("iframe").get_by_label("Surface de votre jardin")).to_be_visible()
    page.get_by_label("Aide").fill("Environ.")
    expect(page.frame_locator("iframe").get_by_text("Environ.")).to_be_visible()
    check(page)
    assert not is_wider_than_screen(page)
    with page.expect_event("load"):
        page.get_by_role("button", name="Enregistrer").click()


def ask_as_citizen(page: Page, address: str) -> None:
    """A request, with the question that one answer calls for."""
    page.goto(f"{address}/demarches/demande_de_composteur/demande")
    garden = page.get_by_label("Surface de votre jardin, en m²")
    expect(garden).to_be_hidden()
    page.get_by_label("Une maison").check()
    garden.fill("40")
    page.get_by_label("Numéro et rue").first.fill("12 rue des Lilas")
    page.get_by_label("Code postal").first.fill("49990")
    page.get_by_label("Commune").first.fill("Saint-Aubin-les-Tilleuls")
    page.get_by_label("Combien de personnes vivent chez vous ?").fill("3")
    page.get_by_label("Bois, 300 litres").check()
    for name, text in (("Prénoms", "Léa"), ("Nom de naissance", "Petit"), ("Adresse électronique", "lea@exemple.fr")):
        page.get_by_role("textbox", name=name).first.fill(text)
    with page.expect_event("load"):
        page.get_by_role("button", name="Envoyer ma demande").click()


def test_a_procedure_with_eight_questions_a_condition_and_a_letter_takes_few_actions(
    desk: Desk, open_page: Pages
) -> None:
    hand = Hand(desk.sign_in(open_page(1280), "Nadia", "/agents/demarches/"))
    write(hand)
    assert len(hand.actions) <= MOST_ACTIONS, (len(hand.actions), hand.actions)
    correct(hand.page)

    ask_as_citizen(open_page(375), desk.address)
    case = desk.last_case()
    assert case.procedure_code == "demande_de_composteur"
    mails.work_off(desk.runtime)
    agent = Hand(desk.sign_in(open_page(1280), "Karim", f"/agents/dossiers/{case.reference}"))
    expect(agent.page.get_by_text("Bois, 300 litres")).to_be_visible()
    agent.press("link", "Signer une décision favorable")
    agent.write("Ce qui est accordé, et à quelles conditions", "Un composteur en bois de 300 litres vous est prêté.")
    agent.press("button", "Signer et envoyer")
    expect(agent.page.get_by_text("La décision est signée.")).to_be_visible()
    mails.work_off(desk.runtime)
    with desk.runtime.database.reading() as session:
        letter = session.scalars(select(Document).where(Document.template == "favourable")).one()
    sheet = desk.runtime.storage.get(letter.digest)
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=sheet, capture_output=True, check=True)
    assert "Votre composteur vous attend." in " ".join(done.stdout.decode().split())
