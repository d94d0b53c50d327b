"""The law as an examining agent meets it in a real browser: few actions, the right effect, every date told why."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.services import bounces, moment, outbox
from backoffice.services.outbox import JobKind
from tests import factories, mails
from tests.journeys.conftest import Desk
from tests.journeys.hand import Hand
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser

FIRST_PAGE = "/agents/"


def a_case(desk: Desk, procedure: str, days_ago: int) -> str:
    """The reference of a case that was acknowledged on its day."""
    received = datetime.now(UTC) - timedelta(days=days_ago)
    with moment.at(received):
        reference = factories.a_receipt(desk.runtime, procedure=procedure, received_at=received).reference
        mails.work_off(desk.runtime)
    return reference


def the_case(desk: Desk, reference: str) -> Case:
    with desk.runtime.database.reading() as session:
        return session.scalars(select(Case).where(Case.reference == reference)).one()


def a_piece_of_the_procedure(hand: Hand) -> None:
    """It is there to be ticked, with the text that asks for it."""
    hand.tick("Un plan coté")


def another_piece(hand: Hand) -> None:
    """It is written with its text, and whether the request can be examined without it."""
    hand.write("Pièce 1 (facultatif)", "Attestation de quotient familial")
    hand.write("Texte qui l’exige (facultatif)", "Règlement de la cantine, article 3")
    hand.tick("Oui")


@pytest.mark.parametrize(
    ("procedure", "agent", "choose", "most", "effect"),
    [
        ("terrace_permit", "Élodie", a_piece_of_the_procedure, 4, "sera réputée rejetée est suspendu"),
        ("school_meals_aftercare", "Hélène", another_piece, 6, "sera réputée acceptée ne court qu’à compter"),
    ],
)
def test_missing_pieces_are_asked_for_in_a_few_actions_from_what_presses(
    desk: Desk, open_page: Pages, procedure: str, agent: str, choose: Callable[[Hand], None], most: int, effect: str
) -> None:
    reference = a_case(desk, procedure, 57)
    hand = Hand(desk.sign_in(open_page(1280), agent, "/agents/compte"))
    page = hand.page
    page.goto(desk.address + FIRST_PAGE)
    expect(page.get_by_role("heading", name="Ce qui devient une décision")).to_be_visible()
    hand.follow("link", reference)
    hand.follow("link", "Demander les pièces manquantes")
    choose(hand)
    hand.follow("button", "Envoyer la demande")
    expect(page.get_by_text("La demande de pièces est écrite.")).to_be_visible()
    expect(page.get_by_role("heading", name="Pièces attendues")).to_be_visible()
    # So few actions leave most of three minutes to read: the last day is proposed, the effect is written by the law.
    assert len(hand.actions) == most, hand.actions
    mails.work_off(desk.runtime)
    with desk.runtime.database.reading() as session:
        letter = session.scalars(select(Document).where(Document.template == "missing_documents")).one()
        sent = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
    assert letter.digest
    assert sent is not None
    assert sent.sent_at is not None
    content = desk.runtime.storage.get(letter.digest)
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
    assert effect in " ".join(done.stdout.decode().replace("\u00a0", " ").split())


def test_every_date_of_a_case_opens_and_says_why(desk: Desk, open_page: Pages) -> None:
    reference = a_case(desk, "terrace_permit", 20)
    page = desk.sign_in(open_page(375), "Élodie", f"/agents/dossiers/{reference}")
    panels = page.locator("details.explain")
    assert panels.count() >= 3
    for number in range(panels.count()):
        panel = panels.nth(number)
        panel.locator("summary").click()
        expect(panel.locator("ol")).to_contain_text("Demande reçue le")
        expect(panel.locator("p")).not_to_be_empty()
    check(page)


def test_refusing_disappears_once_silence_has_accepted_and_a_refusal_waits_for_its_notification(
    desk: Desk, open_page: Pages
) -> None:
    accepted = a_case(desk, "school_meals_aftercare", 70)
    with desk.runtime.database.transaction() as session:
        outbox.promise(session, JobKind.WRITE_IMPLICIT_DECISIONS)
    mails.work_off(desk.runtime)
    page = desk.sign_in(open_page(1280), "Hélène", f"/agents/dossiers/{accepted}")
    expect(page.get_by_text("vaut désormais accord").first).to_be_visible()
    expect(page.get_by_role("link", name="Signer un refus motivé")).to_have_count(0)
    expect(page.get_by_role("link", name="Délivrer l’attestation d’acceptation")).to_be_visible()
    waiting = a_case(desk, "school_meals_aftercare", 30)
    page.goto(f"{desk.address}/agents/dossiers/{waiting}")
    hand = Hand(page)
    hand.follow("link", "Signer un refus motivé")
    hand.write("En mots simples", "Votre demande est refusée parce que la cantine est complète.")
    hand.write("Textes appliqués", "le règlement de la cantine, article 4")
    hand.write("La règle", "les places sont attribuées dans l’ordre des demandes")
    hand.write(
        "Les faits de ce dossier", "les 120 places sont attribuées depuis le 3 septembre, la demande est arrivée après"
    )
    hand.write("La conclusion", "aucune place ne peut être attribuée")
    hand.follow("button", "Signer et envoyer le refus")
    expect(page.get_by_text("La notification de la décision n’est pas notée")).to_be_visible()
    expect(page.get_by_text("sinon, la demande sera réputée acceptée").first).to_be_visible()
    hand.follow("link", "Noter la notification")
    hand.follow("button", "Noter la notification")
    expect(page.get_by_text("La notification de la décision n’est pas notée")).to_have_count(0)
    expect(page.get_by_text("Recours possible jusqu’au")).to_be_visible()


def test_an_acknowledgement_that_comes_back_is_sent_again_to_the_right_address(desk: Desk, open_page: Pages) -> None:
    reference = a_case(desk, "terrace_permit", 2)
    with desk.runtime.database.transaction() as session:
        mail = session.scalars(select(OutgoingMail)).one()
        bounces.note_returned(session, mail, diagnostic="550 5.1.1 User unknown", permanent=True)
    hand = Hand(desk.sign_in(open_page(375), "Élodie", f"/agents/dossiers/{reference}"))
    page = hand.page
    expect(page.get_by_text("L’accusé de réception n’est pas parvenu à l’usager")).to_be_visible()
    hand.follow("link", "Envoyer de nouveau, ou noter la remise")
    page.get_by_text("Corriger les coordonnées de l’usager").click()
    hand.write("Adresse électronique (facultatif)", "jeanne@courriel.example")
    hand.follow("button", "Corriger")
    expect(page.get_by_text("Rien n’est encore envoyé")).to_be_visible()
    hand.follow("button", "Envoyer à jeanne@courriel.example")
    mails.work_off(desk.runtime)
    assert the_case(desk, reference).acknowledged_at is not None
    page.reload()
    expect(page.get_by_text("n’est pas parvenu à l’usager")).to_have_count(0)
