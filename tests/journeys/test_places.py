"""Addresses and places in a real browser: proposed by keyboard, shown on a map, always writable by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.settings import STARTER_ADDRESSES
from tests import factories
from tests.journeys.test_citizen import FORM, Town, fill_lamp, press
from tests.services import website
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser

LILAS = "12 Rue des Lilas 49990 Saint-Aubin-les-Tilleuls"


@pytest.fixture
def town(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town that has its addresses in a file."""
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path, address_url=STARTER_ADDRESSES.as_uri()))
    runtime: Runtime = app.extensions["parvis"]
    with website.running(app) as address:
        yield Town(address, runtime)
    runtime.database.dispose()


def proposed(page: Page) -> Locator:
    """The addresses proposed now."""
    return page.get_by_role("listbox", name="Adresses proposées").get_by_role("option")


def carried(page: Page) -> dict[str, str]:
    """What the hidden inputs of addresses hold, by their part."""
    script = "[...document.querySelectorAll('[data-carried]')].map(one => [one.dataset.carried, one.value])"
    found: dict[str, str] = dict(page.evaluate(f"Object.fromEntries({script})"))
    return {part: value for part, value in found.items() if value}


def test_an_address_is_chosen_by_keyboard_alone_and_edited_it_is_another(open_page: Pages, town: Town) -> None:
    page = open_page(375)
    page.goto(f"{town.address}/demarches/parking_resident_or_move/demande")
    line = page.get_by_role("combobox", name="Numéro et rue").first
    line.focus()
    expect(line).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("12 rue")
    options = proposed(page)
    expect(options).to_have_count(7)
    expect(page.get_by_text("7 adresses proposées")).to_be_attached()
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    active = options.first
    expect(active).to_have_attribute("aria-selected", "true")
    expect(line).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    expect(line).to_be_focused()
    check(page)
    page.keyboard.press("Escape")
    expect(line).to_have_attribute("aria-expanded", "false")
    expect(line).to_have_value("12 rue")
    page.keyboard.type(" des lil")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(line).to_have_value("12 Rue des Lilas")
    expect(page.get_by_label("Code postal").first).to_have_value("49990")
    expect(page.get_by_label("Commune").first).to_have_value("Saint-Aubin-les-Tilleuls")
    expect(page.get_by_text(f"Adresse choisie : {LILAS}")).to_be_attached()
    assert carried(page) == {
        "ban_id": "49999_0180_00012",
        "label": LILAS,
        "city_code": "49999",
        "latitude": "47.305683",
        "longitude": "-0.852493",
    }
    check(page)
    page.keyboard.type(" C")
    assert carried(page) == {}


def test_a_pin_is_put_and_moved_by_keyboard_and_reaches_the_case(open_page: Pages, town: Town) -> None:
    page = open_page(1280)
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.get_by_role("button", name="Placer un repère").scroll_into_view_if_needed()
    expect(page.locator(".leaflet-container")).to_be_visible()
    page.get_by_role("button", name="Placer un repère").focus()
    page.keyboard.press("Enter")
    pin = page.get_by_role("button", name="Repère. Déplacez-le avec les flèches du clavier.")
    expect(pin).to_be_focused()
    before = carried(page)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = carried(page)
    assert float(after["longitude"]) > float(before["longitude"])
    assert float(after["latitude"]) < float(before["latitude"])
    expect(page.get_by_text("Repère placé près de :")).to_be_visible()
    expect(page.get_by_label("Où se trouve le problème ?")).to_have_value("Devant le 12 rue des Lilas")
    check(page)
    page.goto(town.address)
    page.go_back()
    expect(page.get_by_label("Où se trouve le problème ?")).to_have_value("Devant le 12 rue des Lilas")
    expect(page.get_by_text("Repère placé")).to_be_visible()
    assert carried(page) == after
    press(page, "Envoyer ma demande")
    (case,) = town.cases()
    assert case.answers["location"] == {
        "address": "Devant le 12 rue des Lilas",
        "latitude": float(after["latitude"]),
        "longitude": float(after["longitude"]),
    }


def test_the_device_says_where_it_is_and_a_click_says_better(open_page: Pages, town: Town) -> None:
    here = {"latitude": 47.3052, "longitude": -0.8504}
    page = open_page(375, has_touch=True, geolocation=here, permissions=["geolocation"])
    page.goto(town.address + FORM)
    page.get_by_role("button", name="Utiliser ma position").click()
    place = page.get_by_label("Où se trouve le problème ?")
    expect(place).to_have_value("5 Place des Tilleuls 49990 Saint-Aubin-les-Tilleuls")
    assert carried(page) == {name: json.dumps(value) + "00" for name, value in here.items()}
    page.locator(".leaflet-container").click(position={"x": 100, "y": 60})
    expect(place).not_to_have_value("5 Place des Tilleuls 49990 Saint-Aubin-les-Tilleuls")
    check(page)
    page.get_by_role("button", name="Retirer le repère").click()
    expect(page.get_by_text("Il n’y a plus de repère.")).to_be_visible()
    assert carried(page) == {}


def test_a_refused_position_and_a_service_that_is_down_block_nothing(open_page: Pages, town: Town) -> None:
    page = open_page(375)
    page.route("**/adresses**", lambda route: route.abort())
    page.goto(town.address + FORM)
    fill_lamp(page)
    page.get_by_role("button", name="Utiliser ma position").click()
    expect(page.get_by_text("Votre position n’est pas disponible")).to_be_visible()
    expect(proposed(page)).to_have_count(0)
    page.locator("[name='location.address']").fill("Devant le 12 rue des Lilas")
    expect(page.get_by_role("status").filter(has_text="écrivez la vôtre à la main")).to_be_visible()
    press(page, "Envoyer ma demande")
    assert town.cases()[0].answers["location"] == {"address": "Devant le 12 rue des Lilas"}


def test_without_script_an_address_is_written_by_hand(open_page: Pages, town: Town) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(town.address + FORM)
    expect(page.get_by_role("button", name="Placer un repère")).to_be_hidden()
    fill_lamp(page)
    press(page, "Envoyer ma demande")
    assert len(town.cases()) == 1


def a_lamp(town: Town) -> None:
    """Somebody reported a lamp in front of number 12."""
    point = {"address": "12 rue des Lilas", "latitude": 47.305683, "longitude": -0.852493}
    factories.a_receipt(town.runtime, answers={"category": "lighting", "location": point, "danger": False})


def test_the_desk_has_the_same_fields_when_a_procedure_is_chosen(open_page: Pages, town: Town) -> None:
    a_lamp(town)
    page = open_page(1280)
    page.goto(f"{town.address}/agents/connexion?next=/agents/appel")
    page.get_by_label("Adresse électronique professionnelle").fill("sandrine.legoff@saint-aubin.example")
    page.get_by_label("Mot de passe").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.address}/agents/appel", wait_until="load")
    page.get_by_text("Choisir dans la liste des démarches").click()
    page.get_by_role("combobox", name="Démarche (facultatif)").select_option("street_issue")
    place = page.get_by_role("combobox", name="Où se trouve le problème ?")
    place.fill("12 rue des lilas")
    proposed(page).click()
    expect(place).to_have_value(LILAS)
    expect(page.locator(".place-pin")).to_be_visible()
    expect(page.get_by_role("button", name="Utiliser ma position")).to_have_count(0)
    panel = page.get_by_role("region", name="Déjà signalé tout près ?")
    page.get_by_label("Éclairage public").check()
    expect(panel).to_be_visible()
    check(page)
    own = page.locator('[name="requester.address_line"]')
    own.fill("12 rue des lilas")
    proposed(page).click()
    expect(own).to_have_value("12 Rue des Lilas")
    expect(page.locator('[name="requester.city"]')).to_have_value("Saint-Aubin-les-Tilleuls")
    expect(page.locator('[name="requester.for_city"]')).to_have_value("")
    press(page, "la personne le suit")
    email = page.locator('[name="requester.email"]')
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(own).to_have_value("12 Rue des Lilas")
    check(page)
    email.fill("thomas@courriel.example")
    press(page, "la personne le suit")
    expect(page.get_by_text("Un lien à confirmer part à thomas@courriel.example")).to_be_visible()
    check(page)


def test_a_report_nearby_is_shown_at_once_and_followed_or_put_away_by_keyboard(open_page: Pages, town: Town) -> None:
    a_lamp(town)
    page = open_page(375)
    page.goto(town.address + FORM)
    page.get_by_role("combobox", name="Où se trouve le problème ?").fill("14 rue des lilas")
    proposed(page).click()
    panel = page.get_by_role("region", name="Déjà signalé tout près ?")
    expect(panel).to_have_count(0)
    page.get_by_label("Éclairage public").check()
    expect(panel).to_be_visible()
    expect(panel.get_by_text("Éclairage public, tout près", exact=True)).to_be_visible()
    expect(page.get_by_text("Voyez les signalements affichés sous le lieu.")).to_be_attached()
    check(page)
    panel.get_by_role("button", name="Non, mon signalement est différent").press("Enter")
    expect(panel).to_have_count(0)
    expect(page.get_by_label("Décrivez ce que vous voyez")).to_be_focused()
    page.keyboard.type("Un autre lampadaire est éteint.")
    page.get_by_label("Non").check()
    own = page.locator('[name="requester.address_line"]')
    expect(own).to_have_attribute("autocomplete", "street-address")
    own.fill("12 rue des lilas")
    proposed(page).click()
    expect(page.locator('[name="requester.postcode"]')).to_have_value("49990")
    check(page)
    press(page, "Envoyer ma demande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est bien reçue")
    page.goto(town.address + FORM)
    page.get_by_role("combobox", name="Où se trouve le problème ?").fill("14 rue des lilas")
    proposed(page).click()
    page.get_by_label("Éclairage public").check()
    panel.get_by_role("link", name="C’est le même problème : suivre ce signalement").first.press("Enter")
    page.get_by_label("Votre adresse électronique").fill("thomas@courriel.example")
    check(page)
    press(page, "Suivre ce signalement")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez votre adresse")
    check(page)
