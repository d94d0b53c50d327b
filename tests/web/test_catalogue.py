"""The public catalogue: found with one's own words, explained before anything is written, closed with a reason."""

import re
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.domain.procedure_search import search
from backoffice.queries import catalogue
from backoffice.services import procedures
from tests import factories
from tests.web.citizen_visits import runtime_of
from tests.web.visits import words

PAGES = (
    "/",
    "/demarches",
    "/plan-du-site",
    "/accessibilite",
    "/donnees-personnelles",
    "/mentions-legales",
    "/modalites",
)
PROCEDURES = starter.load_procedures()


@pytest.mark.parametrize("path", PAGES)
def test_every_public_page_opens_without_account(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert len(re.findall(r"<h1[\s>]", page.text)) == 1


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("acte de naissance", "birth_certificate"),
        ("EXTRAIT naissance", "birth_certificate"),
        ("nid-de-poule", "street_issue"),
        ("lampadaires", "street_issue"),
        ("creche", "childcare_place"),
        ("crèches", "childcare_place"),
        ("je déménage", "parking_resident_or_move"),
        ("cantinne", "school_meals_aftercare"),
        ("l'urbanisme", "planning_certificate"),
        ("déchet encombrant", "waste_bin_bulky"),
        ("terasse", "terrace_permit"),
    ],
)
def test_citizens_find_a_procedure_in_their_own_words(typed: str, code: str) -> None:
    assert search(PROCEDURES, typed)[0].code == code


@pytest.mark.parametrize("typed", ["", "   ", "de la", "xyzzy", "???", "a" * 500])
def test_a_search_that_means_nothing_finds_nothing(typed: str) -> None:
    assert search(PROCEDURES, typed) == []


def test_a_search_page_says_what_it_found_and_still_offers_the_whole_list(client: FlaskClient) -> None:
    found = words(client.get("/demarches?q=cantine").text)
    assert "1 démarche trouvée pour « cantine »" in found
    nothing = words(client.get("/demarches?q=<b>xyzzy</b>").text)
    assert "Aucune démarche ne correspond" in nothing
    assert "Copie ou extrait d’acte de naissance" in nothing


def test_a_procedure_says_all_before_asking_anything(client: FlaskClient) -> None:
    page = words(client.get("/demarches/birth_certificate").text)
    assert "au bout de 2 mois, et si votre dossier est complet, votre demande est acceptée" in page
    assert "Votre pièce d’identité" in page
    assert "3 jours ouvrés" in page
    assert "Gratuit" in page
    assert "02 61 91 40 10" in page
    assert "Du lundi au vendredi" in page or "du lundi au vendredi" in page


def test_every_procedure_has_its_page(client: FlaskClient) -> None:
    for definition in PROCEDURES:
        assert client.get(f"/demarches/{definition.code}").status_code == 200


def test_an_unknown_procedure_is_not_found(client: FlaskClient) -> None:
    assert client.get("/demarches/licorne").status_code == 404


def test_a_procedure_closed_by_the_house_says_so_and_offers_another_way(app: Flask, client: FlaskClient) -> None:
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        found = catalogue.get_procedure(session, authority.id, "room_booking")
        procedures.set_open(policy.system(authority.id), found, is_open=False)
    page = client.get("/demarches/room_booking").text
    assert "Cette démarche est fermée pour le moment" in page
    assert "/demarches/room_booking/demande" not in page
    assert "Maison des associations" in page
    assert "(fermée en ce moment)" in client.get("/").text


def test_a_procedure_that_opens_later_says_when(app: Flask, client: FlaskClient) -> None:
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        definition = next(one for one in PROCEDURES if one.code == "room_booking")
        later = replace(definition, opens_on=date(2199, 9, 1))
        procedures.publish(session, policy.system(authority.id), authority, later)
    assert "ouvrira le dimanche 1er septembre 2199" in client.get("/demarches/room_booking").text


def test_a_procedure_kept_out_of_the_web_by_law_says_how_to_do_it(client: FlaskClient) -> None:
    page = client.get("/demarches/electoral_registration").text
    assert "ne peut pas être faite par internet" in page
    assert "/demarches/electoral_registration/demande" not in page
    assert "pas en ligne" in client.get("/").text


def test_the_ways_to_send_each_procedure_are_published(client: FlaskClient) -> None:
    page = words(client.get("/modalites").text)
    for definition in PROCEDURES:
        assert " ".join(definition.title.split()) in page
    assert "L. 112-9" in page


def test_the_notice_says_for_each_procedure_why_who_and_how_long(client: FlaskClient) -> None:
    page = words(client.get("/donnees-personnelles").text)
    assert "2 ans après la clôture du dossier, puis détruites" in page
    assert "dpo@saint-aubin.example" in page


def test_styles_and_scripts_travel_compressed_and_are_kept_by_browsers(client: FlaskClient) -> None:
    address = re.findall(r'href="(/static/css/parvis[^"]+)"', client.get("/").text)[0]
    with client.get(address) as plain:
        whole = plain.data
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) * 3 < len(whole)
    assert "immutable" in small.headers["Cache-Control"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]})
    assert again.status_code == 304
