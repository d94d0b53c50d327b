"""Nobody can forget the guard: every route names its audience, and each answer carries the protections."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.web import access
from backoffice.web.access import STAFF_COOKIE, Audience
from tests.web.conftest import SignedIn
from tests.web.visits import STAFF


def _addresses(app: Flask, audience: Audience) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static" and "GET" in (rule.methods or ())]
    said = [(rule, access.audience_of(app, rule.endpoint)) for rule in rules if not rule.arguments]
    return sorted(rule.rule for rule, found in said if found and found[0] is audience)


def test_every_route_names_its_audience(app: Flask) -> None:
    forgotten = [rule.rule for rule in app.url_map.iter_rules() if access.audience_of(app, rule.endpoint) is None]
    assert forgotten == []


def test_staff_pages_send_a_stranger_to_the_sign_in_page_and_back(app: Flask, client: FlaskClient) -> None:
    for address in _addresses(app, Audience.STAFF):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"].startswith("/agents/connexion?next="), address


def test_a_form_posted_after_the_session_ended_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/agents/services/nouveau", data={"name": "Espaces verts", "csrf_token": "vieux"})
    assert answer.status_code == 401
    assert 'name="kept.name" value="Espaces verts"' in answer.text
    assert "vieux" not in answer.text


def test_a_forged_session_token_opens_nothing(client: FlaskClient) -> None:
    client.set_cookie(STAFF_COOKIE, "x" * 43)
    assert client.get("/agents/activite/").status_code == 302


@pytest.mark.parametrize("first_name", ["Sandrine", "Karim", "Hélène", "Philippe", "Nadia", "Paul", "Inès", "Antoine"])
def test_no_staff_page_fails_whoever_opens_it(app: Flask, signed_in: SignedIn, first_name: str) -> None:
    client = signed_in(first_name)
    for address in _addresses(app, Audience.STAFF):
        assert client.get(address).status_code in {200, 204, 302, 403}, address


def test_nobody_is_offered_a_page_that_is_closed_to_them(app: Flask, signed_in: SignedIn) -> None:
    for first_name in STAFF:
        client = signed_in(first_name)
        head = client.get("/agents/compte").text.partition("</header>")[0]
        offered = set(re.findall(r'(?:href|action)="(/agents/[^"]*)"', head)) - {"/agents/deconnexion"}
        assert offered
        assert [address for address in offered if client.get(address).status_code == 403] == [], first_name
    assert "Rechercher un dossier" in signed_in("Karim").get("/agents/compte").text
    assert "Rechercher un dossier" not in signed_in("Nadia").get("/agents/compte").text


def test_every_answer_carries_the_protections(client: FlaskClient) -> None:
    for address in ("/sante/vivant", "/cette-page-n-existe-pas"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_an_unknown_page_says_so_in_french_and_to_machines_as_a_problem(client: FlaskClient) -> None:
    page = client.get("/cette-page-n-existe-pas")
    assert (page.status_code, "Page introuvable" in page.text) == (404, True)
    problem = client.get("/cette-page-n-existe-pas", headers={"Accept": "application/json"})
    assert problem.content_type == "application/problem+json"
    assert problem.get_json()["status"] == 404


def test_who_is_lost_keeps_their_own_pages_around(client: FlaskClient, signed_in: SignedIn) -> None:
    agent = signed_in("Karim")
    for address in ("/cette-page-n-existe-pas", "/agents/cette-page-n-existe-pas", "/agents/dossiers/2026-999999"):
        page = agent.get(address)
        assert (page.status_code, 'href="/agents/dossiers' in page.text) == (404, True), address
        assert 'href="/suivi"' not in page.text
    stranger = client.get("/agents/cette-page-n-existe-pas")
    assert (stranger.status_code, 'href="/agents/dossiers' in stranger.text) == (404, False)


def test_a_post_without_proof_of_origin_is_not_acted_upon_and_loses_nothing(client: FlaskClient) -> None:
    answer = client.post("/agents/connexion", data={"email": "karim.benali@saint-aubin.example", "password": "x"})
    assert answer.status_code == 400
    assert 'value="karim.benali@saint-aubin.example"' in answer.text
    assert 'name="password"' not in answer.text


def test_the_house_says_that_it_lives_and_that_it_is_ready(client: FlaskClient) -> None:
    assert client.get("/sante/vivant").get_json() == {"status": "ok"}
    assert client.get("/sante/pret").get_json() == {"status": "ok"}
