"""The screen of a hall in a real browser: a request with a finger, and nothing left for the next person."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.services import kiosks
from backoffice.web.kiosk_device import COOKIE
from tests import factories
from tests.services import website
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser

OFFERED = {"procedure_street_issue": "yes", "procedure_waste_bin_bulky": "yes", "idle_seconds": "60"}


@pytest.fixture
def hall(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The site of the town, and the token of a kiosk of its hall."""
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path))
    runtime: Runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        kiosks.save(session, nadia, OFFERED)
        _, code = kiosks.add(session, runtime, nadia, "Hall de la mairie", has_printer=True)
    with runtime.database.transaction() as session:
        mine = session.query(Authority).one().id
        token = kiosks.install(session, runtime, mine, code, "Chrome sur Android")
    with website.running(app) as address:
        yield address, token
    runtime.database.dispose()


def a_screen(open_page: Pages, hall: tuple[str, str]) -> Page:
    """A tall touch screen, on the first page."""
    address, token = hall
    page = open_page(1080, height=1920, has_touch=True)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    page.clock.install()
    page.goto(f"{address}/borne")
    return page


def touch(page: Page, name: str) -> None:
    """Touch a link or a button, and wait for what it opens."""
    with page.expect_event("load"):
        page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first.tap()


def test_a_request_is_made_with_a_finger_and_the_screen_forgets_it(open_page: Pages, hall: tuple[str, str]) -> None:
    page = a_screen(open_page, hall)
    check(page)
    for target in page.locator(".kiosk-choices a").all():
        size = target.bounding_box()
        assert size
        assert size["height"] >= 90
    assert not page.get_by_text("Touchez « Terminer »").is_visible(), "nothing is to end on the first page"
    touch(page, "Aide, téléphone et horaires")
    check(page)
    touch(page, "Revenir à l’accueil")
    touch(page, "Signalement d’un problème dans la rue")
    check(page)
    page.locator("[name=category][value=lighting]").check()
    page.locator("[name='location.address']").fill("12 rue des Lilas")
    page.locator("[name=description]").fill("Lampe éteinte.")
    page.locator("[name=danger][value=no]").check()
    page.locator("[name='requester.family_name']").fill("Belkacem")
    touch(page, "Envoyer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est bien reçue")
    check(page)
    assert not page.get_by_text("Laissez la case vide").is_visible(), "no box is left to fill"
    assert page.get_by_text("Touchez « Terminer »").is_visible()
    assert page.get_by_role("button", name="Imprimer").is_visible()
    reference = page.locator(".kiosk-receipt dd").first.inner_text()
    assert re.fullmatch(r"20\d\d-\d{6}", reference)
    touch(page, "Terminer et tout effacer")
    for _ in range(4):
        page.go_back()
        assert reference not in page.content()
        assert "Lilas" not in [box.input_value() for box in page.locator("input[type=text]").all()]
        assert "Belkacem" not in page.content()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{hall[0]}/borne")
    check(page)


def test_a_screen_that_nobody_touches_asks_then_erases_everything(open_page: Pages, hall: tuple[str, str]) -> None:
    page = a_screen(open_page, hall)
    touch(page, "Signalement d’un problème dans la rue")
    page.locator("[name=description]").fill("Je m’appelle Amina.")
    page.clock.run_for(31_000)
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    check(page)
    page.keyboard.press("Enter")  # the button has the focus
    expect(question).to_be_hidden()
    assert page.locator("[name=description]").input_value() == "Je m’appelle Amina."
    page.clock.run_for(31_000)
    expect(question).to_be_visible()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^(29|30)$"))
    with page.expect_navigation(url=re.compile("/borne$")):
        page.clock.run_for(31_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bienvenue")
    page.go_back()
    assert "Amina" not in page.content()


def test_a_screen_whose_site_is_away_shows_nothing_and_comes_back(open_page: Pages, hall: tuple[str, str]) -> None:
    page = a_screen(open_page, hall)
    touch(page, "Signalement d’un problème dans la rue")
    page.locator("[name=description]").fill("Je m’appelle Amina.")
    page.context.set_offline(True)
    page.clock.run_for(62_000)
    expect(page.get_by_role("alert")).to_have_text("La borne ne répond pas pour le moment. Demandez à l’accueil.")
    assert not page.locator("main").is_visible()
    page.context.set_offline(False)
    with page.expect_navigation(url=re.compile("/borne$")):
        page.clock.run_for(6_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bienvenue")
