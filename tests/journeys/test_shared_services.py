"""Two administrators share a service by keyboard, and its agent says yes: every screen of it is for everybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from backoffice.models.shared_services import SharedService
from tests import factories
from tests.conftest import OpenApp
from tests.journeys.conftest import press_enter
from tests.services import website
from tests.services.browser import Pages, check, is_wider_than_screen
from tests.two_authorities import CLAIRE, ELSEWHERE, SERVICES, SOPHIE, region

pytestmark = pytest.mark.browser


def check_both(page: Page) -> None:
    """Axe on a large screen; on a small one, nothing wider than it."""
    check(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert not is_wider_than_screen(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def sign_in(page: Page, address: str, email: str, path: str) -> Page:
    page.goto(address + path)
    page.get_by_label("Adresse électronique professionnelle").fill(email)
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(address + path)
    return page


def test_a_service_is_shared_accepted_and_entered(
    open_app: OpenApp, seeded_sqlite_url: str, tmp_path: Path, open_page: Pages
) -> None:
    pays = region(open_app, seeded_sqlite_url, tmp_path)
    pays.case_in("urbanisme")
    with website.running(pays.agglo) as agglo, website.running(pays.town) as town:
        sophie = sign_in(open_page(1280), agglo, SOPHIE, SERVICES)
        check_both(sophie)
        sophie.get_by_label("Notre service").select_option(label="Instruction des autorisations d’urbanisme")
        sophie.get_by_label("Au service de").select_option(label="Ville de Saint-Aubin-les-Tilleuls")
        sophie.get_by_label("Convention").fill("Convention du 12 mars 2026")
        sophie.get_by_role("button", name="Proposer").focus()
        press_enter(sophie)
        check_both(sophie)
        nadia = sign_in(open_page(1280), town, "nadia.ferreira@saint-aubin.example", SERVICES)
        nadia.get_by_role("link", name="Instruction des autorisations d’urbanisme").focus()
        press_enter(nadia)
        check_both(nadia)
        nadia.get_by_label("Notre service qui a ces dossiers").select_option(label="Urbanisme")
        nadia.get_by_role("button", name="Accepter le service commun").focus()
        press_enter(nadia)
        nadia.get_by_label("Courriel de l’agent à inviter").fill("personne@agglo.example")
        nadia.keyboard.press("Enter")
        expect(nadia.get_by_role("alert")).to_contain_text("Aucun agent de ce service commun")
        check_both(nadia)
        nadia.get_by_label("Courriel de l’agent à inviter").fill(CLAIRE)
        nadia.keyboard.press("Enter")
        expect(nadia.get_by_text("L’invitation part à")).to_be_visible()
        check_both(nadia)
        with pays.runtime.database.transaction() as session:
            session.execute(update(SharedService).values(site=town))
        claire = sign_in(open_page(1280), agglo, CLAIRE, ELSEWHERE)
        check_both(claire)
        claire.get_by_role("button", name="Accepter de travailler pour").focus()
        press_enter(claire)
        check_both(claire)
        # The same machine serves both sites here: the passage opens the session of the other one.
        claire.get_by_role("button", name="Travailler pour Ville de Saint-Aubin").focus()
        press_enter(claire)
        assert claire.url.startswith(f"{town}/agents/arrivee/")
        check_both(claire)
        claire.get_by_role("button", name="Entrer").focus()
        press_enter(claire)
        expect(claire.get_by_text("Vous travaillez pour")).to_be_visible()
        check_both(claire)
        claire.goto(f"{town}/agents/compte")
        check_both(claire)
