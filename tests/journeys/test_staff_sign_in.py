"""An administrator enrols with a passkey, signs in with it, and a shared workstation locks without losing a word."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import create_app
from backoffice.models.authorities import Authority
from backoffice.services import second_factors, sign_in_rules
from tests import factories
from tests.services import browser, website
from tests.services.browser import Pages
from tests.services.program import free_port
from tests.web.visits import STAFF

NARROW = {"width": 375, "height": 800}
WIDE = {"width": 1280, "height": 900}


def _authenticator(page: Page) -> Any:
    """A security key that Chromium makes up, and that says yes."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    said = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**said, "isUserVerified": True}})
    return devices


def _check(page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    browser.check(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert not browser.is_wider_than_screen(page)


def _type_password(page: Page, first_name: str) -> None:
    page.get_by_label("Adresse électronique professionnelle").fill(STAFF[first_name])
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_a_passkey_and_a_locked_screen(seeded_sqlite_url: str, tmp_path: Path, open_page: Pages) -> None:
    port = free_port()
    home = f"http://localhost:{port}"
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path, public_url=home))
    house = app.extensions["parvis"]
    with house.database.transaction() as session:
        authority = session.scalars(select(Authority)).one()
        rules = {second_factors.REQUIRED_ROLES: ["functional_admin"], sign_in_rules.LOCK_MINUTES: 10}
        authority.details = authority.details | rules
    with website.running(app, port):
        page = open_page()
        _authenticator(page)
        page.goto(f"{home}/agents/comptes/")
        _type_password(page, "Nadia")
        # The role asks for it: nothing else opens before.
        expect(page.get_by_role("heading", level=1)).to_have_text("Double authentification")
        _check(page)
        page.get_by_role("button", name="Ajouter une application").press("Enter")
        expect(page.locator("svg[role=img]")).to_be_visible()
        _check(page)
        page.go_back()
        page.get_by_label("Nom de cette clé").fill("Clé bleue")
        page.keyboard.press("Enter")
        expect(page.locator(".recovery-codes li")).to_have_count(second_factors.CODES)
        _check(page)
        page.get_by_role("link", name="C’est noté, continuer").press("Enter")
        page.wait_for_url(f"{home}/agents/comptes/")
        page.get_by_text("Nadia Ferreira", exact=True).first.click()
        page.get_by_role("button", name="Se déconnecter").press("Enter")
        page.wait_for_url(f"{home}/agents/connexion")
        _type_password(page, "Nadia")
        expect(page.get_by_role("heading", level=1)).to_have_text("Vérifions que c’est bien vous")
        _check(page)
        page.get_by_role("button", name="Utiliser ma clé d’accès").press("Enter")
        page.wait_for_url(lambda address: "/connexion" not in address)
        page.goto(f"{home}/agents/compte/double-authentification")
        expect(page.get_by_role("rowheader")).to_have_text("Clé bleue")
        _check(page)
        _locks(page, home)
    house.database.dispose()


def _locks(page: Page, home: str) -> None:
    """By the button, then by the clock; the other tab too; what was typed stays, and the password opens it."""
    page.clock.install()
    page.goto(f"{home}/agents/comptes/nouveau")
    page.get_by_label("Prénom et nom").fill("Claire Petit")
    other = page.context.new_page()
    other.goto(f"{home}/agents/compte")
    page.bring_to_front()
    page.locator("summary .menu-name").click()
    with page.expect_response(f"{home}/agents/verrouiller"):
        page.get_by_role("button", name="Verrouiller l’écran").press("Enter")
    for tab in (page, other):
        expect(tab.get_by_role("heading", level=1)).to_have_text("Écran verrouillé")
        expect(tab.locator("header")).to_be_hidden()
    _check(page)
    expect(page.get_by_label("Mot de passe")).to_be_focused()
    page.keyboard.type("faux")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Ce n’est pas votre mot de passe.")
    # Somebody who opens another page finds the same lock.
    third = page.context.new_page()
    third.goto(f"{home}/agents/comptes/")
    expect(third).to_have_title("Écran verrouillé – Parvis – Ville de Saint-Aubin-les-Tilleuls")
    _check(third)
    third.close()
    page.bring_to_front()
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Prénom et nom")).to_have_value("Claire Petit")
    expect(other.get_by_role("heading", level=1)).to_have_text("Mon compte")
    other.close()
    with page.expect_response(f"{home}/agents/verrouiller"):
        page.clock.run_for("10:10")
    expect(page.get_by_role("heading", level=1)).to_have_text("Écran verrouillé")
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Prénom et nom")).to_have_value("Claire Petit")
