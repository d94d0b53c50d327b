"""A regional account beside FranceConnect: configuration alone, each with its own rules, nobody taken for another."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.identity_providers import franceconnect
from backoffice.models.people import Citizen, CitizenIdentity
from demo.regional_rules import RegionalProvider
from tests.conftest import OpenApp
from tests.services import identity_provider as op
from tests.services.identity_provider import PUBLIC_URL, FaultyProvider
from tests.web.citizen_visits import count, runtime_of
from tests.web.sign_in_visits import SPACE, WAY_IN, come_back, leave, sign_in
from tests.web.visits import words


@pytest.fixture(scope="module")
def region() -> Iterator[RegionalProvider]:
    """A plain OpenID provider."""
    with op.running_region() as found:
        yield found


@pytest.fixture
def app(open_app: OpenApp, provider: FaultyProvider, region: RegionalProvider, seeded_sqlite_url: str) -> Flask:
    """The application with both; the region is declared first."""
    providers = (op.region_settings(region), provider.settings())
    return open_app(seeded_sqlite_url, public_url=PUBLIC_URL, identity_providers=providers)


def identities(app: Flask) -> list[CitizenIdentity]:
    """Every link between an identity and a citizen."""
    with runtime_of(app).database.reading() as session:
        return session.query(CitizenIdentity).order_by(CitizenIdentity.id).all()


def test_every_provider_has_its_button_and_franceconnect_is_first(client: FlaskClient) -> None:
    page = words(client.get(WAY_IN).text)
    assert page.index("S’identifier avec FranceConnect") < page.index("Se connecter avec le compte régional")
    assert "Qu’est-ce que FranceConnect ?" in page


def test_before_any_account_the_page_says_who_sent_what_and_promises_no_more(client: FlaskClient) -> None:
    for provider, title in (("region", "le compte régional"), ("franceconnect", "FranceConnect")):
        page = words(client.get(come_back(client, provider=provider).location).text)
        assert f"Reçu de {title}" in page
        assert ("avec votre identité vérifiée" in page) is (provider == "franceconnect")


def test_each_provider_is_asked_what_it_accepts(client: FlaskClient) -> None:
    strict = parse_qs(urlsplit(leave(client).location).query)
    plain = parse_qs(urlsplit(leave(client, "region").location).query)
    assert (strict["acr_values"], "code_challenge" in strict) == (["eidas1"], False)
    assert (plain["code_challenge_method"], "acr_values" in plain) == (["S256"], False)
    assert plain["scope"] == ["openid profile email"]


def test_one_person_at_two_providers_is_two_accounts(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    sign_in(app.test_client(), provider="region")
    first, second = identities(app)
    assert (first.provider, second.provider) == ("franceconnect", "region")
    assert first.issuer != second.issuer
    assert first.citizen_id != second.citizen_id
    assert count(app, Citizen) == 2
    sign_in(app.test_client(), provider="region")
    assert count(app, Citizen) == 2


def test_a_claim_under_another_name_is_read(app: Flask, client: FlaskClient) -> None:
    back = come_back(client, provider="region")
    assert "27 mars 1984" in words(client.get(back.location).text)


def test_an_answer_of_one_provider_opens_nothing_at_another(app: Flask, client: FlaskClient) -> None:
    way_back = op.choose(leave(client, "region").location, "jeanne")
    crossed = client.get(way_back.replace("/region/", "/franceconnect/"))
    assert crossed.status_code == 400
    assert count(app, Citizen) == 0


def test_nothing_beyond_the_agreed_scopes_is_kept(app: Flask, client: FlaskClient, provider: FaultyProvider) -> None:
    def too_much(claims: dict[str, Any]) -> dict[str, Any]:
        return claims | {
            "gender": "female",
            "nir": "284034900712345",
            "address": "1 rue des Lilas",
            "phone": "0600000000",
        }

    provider.alter_userinfo = too_much
    sign_in(client)
    (linked,) = identities(app)
    agreed = set(provider.settings().scopes.split()) - {"openid"}
    assert set(linked.claims) <= agreed | {"received_at", "acr"}
    assert "female" not in words(client.get(SPACE).text)


def test_a_narrower_agreement_keeps_less(provider: FaultyProvider) -> None:
    claims = {
        "iss": "i",
        "sub": "s",
        "acr": "eidas1",
        "given_name": "Jeanne",
        "family_name": "MARTIN",
        "birthdate": "1984",
    }
    bare = provider.settings(scopes="openid").granted(claims)
    named = provider.settings(scopes="openid family_name").granted(claims)
    assert bare == {"iss": "i", "sub": "s", "acr": "eidas1"}
    assert named == bare | {"family_name": "MARTIN"}


def test_an_address_that_the_provider_did_not_check_is_not_taken(region: RegionalProvider) -> None:
    settings = op.region_settings(region)
    claims = {"iss": "i", "sub": "s", "email": "a@b.example", "preferred_username": "jeannot"}
    assert "email" not in settings.granted(claims)
    assert "email" not in settings.granted(claims | {"email_verified": "true"})
    assert settings.granted(claims | {"email_verified": True})["email"] == "a@b.example"
    assert "preferred_username" not in settings.granted(claims)
    assert (
        franceconnect(name="f", issuer="i", client_id="c", client_secret="s").granted(claims)["email"] == "a@b.example"
    )


def test_one_provider_down_leaves_the_other_open(app: Flask, client: FlaskClient, provider: FaultyProvider) -> None:
    provider.broken["/.well-known/openid-configuration"] = lambda: ("", 503)
    assert leave(client).status_code == 503
    sign_in(client, provider="region")
    assert client.get(SPACE).status_code == 200
