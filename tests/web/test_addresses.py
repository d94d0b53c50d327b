"""Addresses for our own pages: proposed while one types, never an error; what only a page with a map may do."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from backoffice.settings import STARTER_ADDRESSES
from tests import factories
from tests.services.program import free_port
from tests.web.citizen_visits import form_path

FORM = form_path()
TILES = "https://tuiles.example/{z}/{x}/{y}.png"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough: addresses are not in the database."""
    return seeded_sqlite_url


def client_of(url: str, folder: Path, **settings: str) -> FlaskClient:
    return create_app(factories.some_settings(url, folder, **settings)).test_client()


@pytest.fixture
def town(seeded_url: str, tmp_path: Path) -> FlaskClient:
    """A browser of a town that has its addresses in a file."""
    return client_of(seeded_url, tmp_path, address_url=STARTER_ADDRESSES.as_uri())


def test_an_address_is_proposed_from_its_fifth_letter_on(town: FlaskClient) -> None:
    assert town.get("/adresses?q=12 r").get_json() == {"suggestions": []}
    answer = town.get("/adresses?q=12 rue des lilas")
    (first,) = answer.get_json()["suggestions"]
    assert first == {
        "ban_id": "49999_0180_00012",
        "label": "12 Rue des Lilas 49990 Saint-Aubin-les-Tilleuls",
        "line": "12 Rue des Lilas",
        "postcode": "49990",
        "city": "Saint-Aubin-les-Tilleuls",
        "city_code": "49999",
        "latitude": 47.305683,
        "longitude": -0.852493,
    }
    assert "private" in answer.headers["Cache-Control"]


def test_a_point_is_given_its_address_and_the_town_its_plan(town: FlaskClient) -> None:
    near = town.get("/adresses/proche?lat=47.30568&lon=-0.85249").get_json()["address"]
    assert near["line"] == "12 Rue des Lilas"
    streets = town.get("/adresses/plan").get_json()["streets"]
    assert len(streets) == 25
    assert all(len(street["points"]) >= 2 for street in streets)


@pytest.mark.parametrize("asked", ["", "?lat=nan&lon=0", "?lat=91&lon=0", "?lat=47&lon=x", "?lat=10&lon=10"])
def test_what_is_no_point_has_no_address(town: FlaskClient, asked: str) -> None:
    assert town.get(f"/adresses/proche{asked}").get_json() == {"address": None}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", {}),
        ("http://127.0.0.1:{port}", {"unavailable": True}),
        ("file:///nowhere/adresses.csv", {"unavailable": True}),
    ],
)
def test_without_the_service_pages_go_on(seeded_url: str, tmp_path: Path, url: str, told: dict[str, bool]) -> None:
    client = client_of(seeded_url, tmp_path, address_url=url.format(port=free_port()))
    for _ in range(5):
        answer = client.get("/adresses?q=12 rue des lilas")
        assert (answer.status_code, answer.get_json()) == (200, {"suggestions": [], **told})
        assert answer.headers["Cache-Control"] == "no-store", "an outage is not kept"
    assert client.get("/adresses/plan").get_json() == {"streets": []}
    assert 'name="location.address"' in client.get(FORM).text


def test_one_address_asks_so_many_times_a_minute(town: FlaskClient) -> None:
    answers = [town.get(f"/adresses/proche?lat=1&lon={number}") for number in range(241)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert answers[-1].get_json()["suggestions"] == []


def test_only_a_page_with_a_map_may_ask_where_the_device_is(client: FlaskClient) -> None:
    assert "geolocation=(self)" in client.get(FORM).headers["Permissions-Policy"]
    for path in ("/", form_path("birth_certificate"), "/suivi"):
        assert "geolocation=()" in client.get(path).headers["Permissions-Policy"]


def test_tiles_of_another_site_are_allowed_where_they_are_shown_and_only_then(seeded_url: str, tmp_path: Path) -> None:
    client = client_of(seeded_url, tmp_path, tiles_url=TILES, tiles_credit="© IGN")
    page = client.get(FORM)
    assert "img-src 'self' blob: data: https://tuiles.example;" in page.headers["Content-Security-Policy"]
    assert f'data-tiles="{TILES}" data-credit="© IGN"' in page.text
    assert "tuiles.example" not in client.get("/").headers["Content-Security-Policy"]


def test_without_tiles_no_page_may_load_pictures_from_elsewhere(app: Flask, client: FlaskClient) -> None:
    assert "img-src 'self' blob:;" in client.get(FORM).headers["Content-Security-Policy"]
