"""A Friday at the head of a department, then a morning in the administration, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from backoffice.domain.lifecycle import Outcome
from backoffice.services import casework
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 375])
def test_a_supervisor_reads_the_activity_and_opens_what_a_figure_counts(
    desk: Desk, open_page: Pages, width: int
) -> None:
    with desk.runtime.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        for _ in range(3):
            case = factories.a_case(session, desk.runtime)
        casework.close(session, desk.runtime, marc, case, Outcome.ANSWERED, "C’est réparé.")
    page = desk.sign_in(open_page(width), "Marc", "/agents/activite/")
    page.get_by_role("link", name="Cette année", exact=True).click()
    received = page.get_by_role("link", name="voir la liste de « Reçues »")
    expect(received).to_contain_text("3 –")
    meaning = page.locator("summary", has_text="Définition de « Terminées »")
    meaning.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Demandes terminées pendant la période, quelle que soit").first).to_be_visible()
    for figures in page.locator("summary", has_text="Voir les chiffres").all():
        figures.click()
    check(page)
    received.focus()
    press_enter(page)
    expect(page.get_by_role("heading", name="Reçues : 3")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 lignes comptées")
    check(page)
    page.get_by_role("link", name=case.reference).click()
    expect(page).to_have_url(f"{desk.address}/agents/dossiers/{case.reference}")
    page.go_back()
    page.get_by_label("Fil d’Ariane").get_by_role("link", name="Activité").click()
    page.get_by_role("combobox", name="Canal").select_option("phone")
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_text("Aucune demande sur cette période")).to_be_visible()
    assert "canal=phone" in page.url
    check(page)


def test_an_administrator_opens_a_department_an_account_and_a_procedure_file(
    desk: Desk, open_page: Pages, tmp_path: Path
) -> None:
    page = desk.sign_in(open_page(), "Nadia", "/agents/services/")
    check(page)
    page.get_by_role("link", name="Ajouter un service").click()
    page.get_by_label("Nom du service").fill("Espaces verts")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("link", name="Espaces verts")).to_be_visible()

    page.get_by_role("link", name="Agents").click()
    page.get_by_role("link", name="Ouvrir un compte").click()
    page.get_by_role("button", name="Ouvrir le compte").click()
    expect(page).to_have_title("Erreur : Ouvrir un compte – Parvis – Ville de Saint-Aubin-les-Tilleuls")
    check(page)
    page.get_by_label("Prénom et nom").fill("Léa Petit")
    page.get_by_label("Courriel professionnel").fill("lea.petit@saint-aubin.example")
    page.get_by_role("button", name="Ouvrir le compte").click()
    expect(page.get_by_text("Le compte est ouvert")).to_be_visible()
    page.get_by_label("Rôle à donner").select_option("case_handler")
    page.get_by_label("Dans le service").select_option(label="Espaces verts")
    page.get_by_role("button", name="Donner ce rôle").click()
    expect(page.get_by_role("button", name="Retirer « Agent instructeur – Espaces verts »")).to_be_visible()
    check(page)

    page.get_by_role("link", name="Démarches", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter Signalement").click()
    text = download.value.path().read_text(encoding="utf-8")
    file = tmp_path / "street_issue.yaml"
    file.write_text(text.replace("department: voirie", "department: licornes"), encoding="utf-8")
    page.get_by_label("Fichier de la démarche").set_input_files(file)
    page.get_by_role("button", name="Importer en brouillon").click()
    expect(page.get_by_text("Le service « licornes » n’existe pas ici").first).to_be_visible()
    check(page)
    page.get_by_role("link", name="Annuler").click()
    page.get_by_role("button", name="Abandonner le brouillon").click()
    file.write_text(text.replace("department: voirie", "department: espaces_verts"), encoding="utf-8")
    page.get_by_label("Fichier de la démarche").set_input_files(file)
    page.get_by_role("button", name="Importer en brouillon").click()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("est publiée (version 2)")).to_be_visible()


def test_an_examining_agent_sends_a_request_for_pieces_and_a_reasoned_refusal(desk: Desk, open_page: Pages) -> None:
    with desk.runtime.database.transaction() as session:
        reference = factories.a_case(session, desk.runtime, procedure="terrace_permit").reference
    page = desk.sign_in(open_page(), "Élodie", f"/agents/dossiers/{reference}")
    page.get_by_role("link", name="Demander les pièces manquantes").click()
    expect(page.get_by_text("le délai est suspendu")).to_be_visible()
    check(page)
    page.get_by_role("group", name="Pièces de cette démarche").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("heading", name="Pièces attendues")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Signer un refus motivé").click()
    page.get_by_label("En mots simples").fill("Votre demande est refusée parce que le trottoir est trop étroit.")
    page.get_by_label("Textes appliqués").fill("le code de la voirie routière, article L. 113-2")
    page.get_by_label("La règle").fill("le passage des piétons reste libre")
    page.get_by_label("Les faits de ce dossier").fill("Gêne.")
    page.get_by_label("La conclusion").fill("la terrasse gênerait le passage")
    page.get_by_role("button", name="Signer et envoyer le refus").click()
    expect(page.get_by_role("link", name="Décrivez les faits propres à ce dossier")).to_be_visible()
    check(page)
    page.get_by_label("Les faits de ce dossier").fill(
        "Le trottoir mesure 1,10 m devant le 12 rue des Lilas ; la terrasse demandée en occuperait 0,80 m."
    )
    page.get_by_role("button", name="Signer et envoyer le refus").click()
    expect(page.get_by_text("Le refus est signé.")).to_be_visible()
    check(page)
