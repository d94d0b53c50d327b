"""Rights on one's data: a copy for its owner alone, forms that open with the right chosen, a complete statement."""

import json
import re

from flask import Flask
from flask.testing import FlaskClient

from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.services import accounts, data_exports
from backoffice.services.outbox import JobKind
from backoffice.web.access import CITIZEN_COOKIE
from tests import factories
from tests.usecases.promises import claim_next
from tests.web.citizen_visits import runtime_of
from tests.web.visits import hidden, words

PAGE = "/mon-espace/donnees"


def signed_in(app: Flask, citizen_id: int) -> FlaskClient:
    client = app.test_client()
    with runtime_of(app).database.transaction() as session:
        citizen = session.get_one(Citizen, citizen_id)
        client.set_cookie(CITIZEN_COOKIE, accounts.open_session(session, runtime_of(app), citizen=citizen))
    return client


def a_case(app: Flask, **changes: object) -> Case:
    with runtime_of(app).database.transaction() as session:
        return factories.a_case(session, runtime_of(app), **changes)


def test_a_copy_is_prepared_then_downloaded_by_its_owner_alone(app: Flask, client: FlaskClient) -> None:
    case = a_case(app)
    assert client.get(PAGE).location.startswith("/connexion?next=")
    jeanne = signed_in(app, case.citizen_id or 0)
    page = jeanne.get(PAGE).text
    assert jeanne.post(PAGE, data={"csrf_token": hidden(page, "csrf_token")}).status_code == 303
    waiting = jeanne.get(PAGE).text
    assert "elle se prépare" in waiting
    assert "Préparer une copie" not in waiting
    data_exports.make(runtime_of(app), claim_next(runtime_of(app), JobKind.MAKE_DATA_EXPORT))
    pdf, data = re.findall(rf'href="({PAGE}/\d+/(?:pdf|json))"', jeanne.get(PAGE).text)
    assert jeanne.get(pdf).data[:5] == b"%PDF-"
    downloaded = jeanne.get(data)
    assert downloaded.headers["Content-Disposition"] == "attachment; filename=mes-donnees.json"
    assert "no-store" in downloaded.headers["Cache-Control"]
    assert json.loads(downloaded.data)["cases"][0]["reference"] == case.reference
    other = a_case(app, sender=factories.an_incoming().sender.__class__(family_name="Durand", email="d@c.example"))
    assert signed_in(app, other.citizen_id or 0).get(data).status_code == 404
    assert client.get(data).status_code == 302
    assert jeanne.get(f"{PAGE}/{10**18}/json").status_code == 404


def test_rights_open_the_form_with_the_right_already_chosen(client: FlaskClient) -> None:
    links = client.get("/donnees-personnelles").text
    for right in ("access", "rectification", "erasure"):
        address = f"/demarches/gdpr_request/demande?right={right}"
        assert address in links
        assert f'value="{right}" checked' in client.get(address).text
    assert 'id="f-right"' in client.get("/demarches/gdpr_request/demande?right=vol&scope=x").text


def test_the_statement_of_accessibility_has_all_that_the_law_asks_for(client: FlaskClient) -> None:
    page = client.get("/accessibilite")
    said = words(page.text)
    for part in (
        "non conforme",
        "Résultats des tests",
        "Contenus qui ne sont pas accessibles",
        "Technologies",
        "Pages vérifiées",
        "sous une semaine",
        "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07",
        "09 69 39 00 00",
    ):
        assert part in said
    assert "/demarches/accessibility_report" in page.text
    assert "réponse dans un délai de 1 semaine" in words(client.get("/demarches/accessibility_report").text)


def test_the_only_cookies_are_those_that_are_told(client: FlaskClient) -> None:
    told = client.get("/donnees-personnelles").text
    for path in ("/", "/demarches/street_issue/demande", "/suivi", "/connexion"):
        for cookie in client.get(path).headers.getlist("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            assert name in told
            assert "Expires" not in rest
            assert "HttpOnly" in rest
