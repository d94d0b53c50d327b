"""The public catalogue: found with one's own words, explained before anything is written, closed with a reason."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.domain.procedure_search import search
from backoffice.domain.usual_delays import UsualDelay
from backoffice.models.jobs import Job
from backoffice.queries import catalogue, usual_delays
from backoffice.services import outbox, paper_forms, procedures
from backoffice.services.outbox import JobKind
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


def test_a_slash_too_many_after_an_address_leads_to_its_page(client: FlaskClient) -> None:
    answer = client.get("/demarches/?q=cr%C3%A8che")
    assert (answer.status_code, answer.location) == (308, "/demarches?q=cr%C3%A8che")
    assert client.get("/rien/").status_code == 404


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


def test_the_delay_told_is_the_real_one_when_enough_cases_ended(app: Flask, client: FlaskClient) -> None:
    promise = words(client.get("/demarches/birth_certificate").text)
    assert "Nous visons 3 jours ouvrés" in promise
    with runtime_of(app).database.transaction() as session:
        measured = {"birth_certificate": UsualDelay(43, 4, 12)}
        usual_delays.replace_delays(session, factories.the_authority(session).id, measured, datetime.now(UTC))
    page = words(client.get("/demarches/birth_certificate").text)
    assert "Une demande sur deux : 4 jours ou moins. 9 sur 10 : 12 jours ou moins." in page
    assert "Calculé sur 43 demandes terminées" in page
    assert "Notre objectif : 3 jours ouvrés." in page


def test_a_service_without_hours_of_its_own_has_those_of_the_town_hall(app: Flask, client: FlaskClient) -> None:
    with runtime_of(app).database.transaction() as session:
        found = catalogue.get_procedure(session, factories.the_authority(session).id, "street_issue")
        found.department.opening_hours = found.department.phone = ""
    page = words(client.get("/demarches/street_issue").text)
    assert "Ouvert : du lundi au vendredi de 8 h 30 à 12 h 30" in page
    assert "Téléphone : 02 61 91 40 00" in page


def test_procedures_are_found_by_moment_of_life(client: FlaskClient) -> None:
    links = re.findall(r'href="(/demarches\?moment=[^"]+)">([^<]+)<', client.get("/").text)
    assert ("/demarches?moment=je-demenage", "Je déménage") in links
    for address, title in links:
        assert f"<h1>{title}</h1>" in client.get(address).text
    page = client.get("/demarches?moment=je-demenage").text
    assert "Inscription sur la liste électorale" in page
    assert "Demande de place en crèche" not in page
    everything = client.get("/demarches?par=moment").text
    assert all(f'href="/demarches/{one.code}"' in everything for one in PROCEDURES)
    assert client.get("/demarches?moment=je-vole").status_code == 404


def test_a_search_that_finds_nothing_says_how_to_reach_the_town_hall(client: FlaskClient) -> None:
    page = words(client.get("/demarches?q=xyzzy").text).partition("Toutes les démarches")[0]
    for way in ("02 61 91 40 00", "mairie@saint-aubin.example", "1 place des Tilleuls", "du lundi au vendredi"):
        assert way in page


ELSEWHERE = {
    "passeport": "carte d’identité ou un passeport",
    "pasport": "carte d’identité ou un passeport",
    "CNI": "carte d’identité ou un passeport",
    "RSA": "une aide quand l’argent manque",
    "eau": "l’eau et l’assainissement",
    "mariage": "se marier ou se pacser",
    "impôts": "les impôts et la taxe foncière",
    "permis": "un permis de conduire",
}


@pytest.mark.parametrize(("typed", "said"), ELSEWHERE.items())
def test_what_is_done_elsewhere_is_said_where_it_is_looked_for(client: FlaskClient, typed: str, said: str) -> None:
    page = words(client.get("/demarches", query_string={"q": typed}).text).partition("Toutes les démarches")[0]
    assert said in page


def test_a_phone_number_never_breaks_over_two_lines(client: FlaskClient) -> None:
    for address in ("/demarches/street_issue/demande", "/demarches?q=passeport"):
        assert "02\u00a061\u00a091\u00a040" in client.get(address).text


def test_the_paper_form_costs_one_printing_whoever_asks_for_it(app: Flask, client: FlaskClient) -> None:
    address = "/demarches/street_issue/formulaire.pdf"
    assert address in client.get("/demarches/street_issue").text
    for _ in range(3):
        waiting = client.get(address)
        assert (waiting.status_code, "Formulaire en préparation" in waiting.text) == (503, True)
    (job,) = (one for one in outbox_jobs(app) if one.kind == JobKind.PRINT_PAPER_FORM)
    with runtime_of(app).database.transaction() as session:
        claim = outbox.claim(session, job.id, timedelta(minutes=1))
    assert claim is not None
    paper_forms.print_form(runtime_of(app), claim)
    printed = client.get(address)
    assert (printed.status_code, printed.mimetype, printed.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert "public" in printed.headers["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": printed.headers["ETag"]}).status_code == 304
    assert client.get("/demarches/licorne/formulaire.pdf").status_code == 404
    assert len(outbox_jobs(app)) == 1


def outbox_jobs(app: Flask) -> list[Job]:
    with runtime_of(app).database.reading() as session:
        return session.query(Job).all()


def test_every_procedure_has_its_page(client: FlaskClient) -> None:
    for definition in PROCEDURES:
        assert client.get(f"/demarches/{definition.code}").status_code == 200


def test_an_unknown_procedure_is_not_found(client: FlaskClient) -> None:
    assert client.get("/demarches/licorne").status_code == 404


def test_a_procedure_closed_by_the_house_says_so_and_offers_another_way(app: Flask, client: FlaskClient) -> None:
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        found = catalogue.get_procedure(session, authority.id, "room_booking")
        procedures.set_open(session, policy.system(authority.id), found, is_open=False)
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
    assert "Centre technique municipal, 14 rue des Ateliers" in page
    assert "Du mardi au vendredi de 14 h à 18 h" in page


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


def test_a_font_is_asked_for_once_and_left_closed_when_it_has_not_changed(client: FlaskClient) -> None:
    address = "/static/vendor/atkinson-hyperlegible/atkinson-hyperlegible-latin-400-normal.woff2"
    with client.get(address) as font:
        assert "immutable" in font.headers["Cache-Control"]
        known = {"If-None-Match": font.headers["ETag"]}
    assert client.get(address, headers=known, buffered=False).status_code == 304
