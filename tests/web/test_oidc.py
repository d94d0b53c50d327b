"""Signing in with an identity provider that is honest, that lies, that is down or that changes its keys."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask import Flask, Response
from flask.testing import FlaskClient

from app import create_app
from backoffice.infra import sealing
from backoffice.models.people import Citizen, CitizenIdentity, SignInAttempt, WebSession
from backoffice.web import oidc
from backoffice.web.access import CITIZEN_COOKIE
from demo.identities import IDENTITIES
from demo.token_signing import SigningKey
from tests import factories
from tests.conftest import OpenApp
from tests.services import identity_provider as op
from tests.services.identity_provider import PUBLIC_URL, Claims, FaultyProvider
from tests.web.citizen_visits import HOLE, all_cases, count, form_path, runtime_of, send
from tests.web.sign_in_visits import SPACE, WAY_IN, come_back, leave, sign_in
from tests.web.visits import hidden, post, words

CALLBACK = "/connexion/franceconnect/retour"
EXPIRED = "Cette tentative de connexion a expiré"
DOWN = "FranceConnect ne répond pas pour le moment"


@pytest.fixture
def app(open_app: OpenApp, provider: FaultyProvider, seeded_sqlite_url: str) -> Flask:
    """The application with that provider (what is tested here does not depend on the database's engine)."""
    return open_app(seeded_sqlite_url, public_url=PUBLIC_URL, identity_providers=(provider.settings(),))


def assert_nobody_came_in(app: Flask, client: FlaskClient) -> None:
    assert count(app, Citizen) == count(app, WebSession) == 0
    assert client.get_cookie(CITIZEN_COOKIE) is None


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """How loudly the sign-ins of the test were logged."""
    return [record.levelname for record in caplog.records if record.name == "parvis.sign_in"]


# The honest way ---------------------------------------------------------------------------------------------------


def test_the_first_sign_in_shows_what_was_received_before_any_account_exists(app: Flask, client: FlaskClient) -> None:
    back = come_back(client, next="/demarches")
    assert back.location == "/connexion/confirmation"
    assert count(app, Citizen) == 0
    page = words(client.get(back.location).text)
    for received in ("MARTIN", "Jeanne Marie", "27 mars 1984", "jeanne.martin@courriel.example"):
        assert received in page
    assert "49007" not in page, "a code of INSEE tells nothing to the person"
    accepted = post(client, back.location, {"choice": "accept"}, token_from=back.location)
    assert accepted.location == "/demarches"
    assert "Jeanne Marie MARTIN" in client.get(SPACE).text
    with runtime_of(app).database.reading() as session:
        linked = session.query(CitizenIdentity).one()
        assert (linked.provider, linked.claims["birthdate"], linked.claims["acr"]) == (
            "franceconnect",
            "1984-03-27",
            "eidas1",
        )
        assert len(linked.subject) == 66


def test_refusing_leaves_nothing(app: Flask, client: FlaskClient) -> None:
    back = come_back(client)
    refused = post(client, back.location, {"choice": "refuse"}, token_from=back.location)
    assert "Rien n’a été enregistré" in client.get(refused.location).text
    assert count(app, SignInAttempt) == count(app, CitizenIdentity) == 0
    assert_nobody_came_in(app, client)


def test_what_waits_for_consent_is_sealed_and_of_one_browser(app: Flask, client: FlaskClient) -> None:
    come_back(client)
    with runtime_of(app).database.reading() as session:
        received = session.query(SignInAttempt).one().received
    assert received
    assert "MARTIN" not in received
    other = app.test_client()
    assert other.get("/connexion/confirmation").location == WAY_IN


def test_the_second_sign_in_asks_nothing_and_finds_the_same_account(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    again = app.test_client()
    assert come_back(again).location == SPACE
    assert count(app, Citizen) == 1


def test_a_new_address_at_the_provider_changes_neither_the_account_nor_its_address(
    app: Flask, client: FlaskClient, provider: FaultyProvider
) -> None:
    sign_in(client)
    provider.alter_userinfo = lambda claims: claims | {"email": "nouvelle@courriel.example"}
    sign_in(app.test_client())
    with runtime_of(app).database.reading() as session:
        assert session.query(Citizen).one().email == "jeanne.martin@courriel.example"
        assert session.query(CitizenIdentity).one().claims["email"] == "nouvelle@courriel.example"


def test_homonyms_with_one_address_are_two_people(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    sign_in(app.test_client(), "homonyme")
    assert count(app, Citizen) == 2


@pytest.mark.parametrize("identity", [one.code for one in IDENTITIES])
def test_every_awkward_identity_comes_in_and_stays_text(app: Flask, client: FlaskClient, identity: str) -> None:
    sign_in(client, identity)
    for path in (SPACE, form_path(), "/"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b>NEIL" not in page.text
        assert "O'49" not in page.text


def test_a_person_of_whom_nothing_is_told_may_come_in(
    seeded_sqlite_url: str, tmp_path: Path, provider: FaultyProvider
) -> None:
    settings = factories.some_settings(
        seeded_sqlite_url, tmp_path, public_url=PUBLIC_URL, identity_providers=(provider.settings(scopes="openid"),)
    )
    application = create_app(settings)
    client = application.test_client()
    back = come_back(client)
    assert "Aucune information sur vous" in client.get(back.location).text
    post(client, back.location, {"choice": "accept"}, token_from=back.location)
    assert client.get(SPACE).status_code == 200
    application.extensions["parvis"].database.dispose()


def test_state_and_nonce_are_long_and_new_each_time(client: FlaskClient) -> None:
    asked = [parse_qs(urlsplit(leave(client).location).query) for _ in range(2)]
    for name in ("state", "nonce"):
        first, second = (one[name][0] for one in asked)
        assert len(first) >= 43
        assert first != second
    assert asked[0]["redirect_uri"] == [f"{PUBLIC_URL}{CALLBACK}"]
    assert asked[0]["acr_values"] == ["eidas1"]


def test_two_tabs_both_work_and_only_five_attempts_wait(app: Flask, client: FlaskClient) -> None:
    tabs = [leave(client).location for _ in range(7)]
    assert count(app, SignInAttempt) == 5
    assert client.get(op.choose(tabs[0], "jeanne")).status_code == 400
    first, second = (op.choose(tab, "jeanne") for tab in tabs[-2:])
    assert client.get(first).status_code == 302
    assert client.get(second).status_code == 302


def test_signing_in_changes_the_token_and_ends_the_former_session(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    first = client.get_cookie(CITIZEN_COOKIE)
    sign_in(client)
    second = client.get_cookie(CITIZEN_COOKIE)
    assert first
    assert second
    assert first.value != second.value
    client.set_cookie(CITIZEN_COOKIE, first.value)
    assert client.get(SPACE).status_code == 302


@pytest.mark.parametrize(
    "elsewhere", ["https://mal.example/", "//mal.example", "/\\mal.example", "javascript:alert(1)"]
)
def test_no_sign_in_leads_to_another_site(client: FlaskClient, elsewhere: str) -> None:
    back = come_back(client, next=elsewhere)
    accepted = post(client, back.location, {"choice": "accept"}, token_from=back.location)
    assert accepted.location == SPACE


# Lies -------------------------------------------------------------------------------------------------------------


def without(name: str) -> Callable[[Claims], Claims]:
    """Claims that lack one."""
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def having(**changes: Any) -> Callable[[Claims], Claims]:
    """Claims with others instead."""
    return lambda claims: claims | changes


ID_TOKEN_LIES = {
    "no iss": without("iss"),
    "other iss": having(iss="https://mal.example"),
    "no aud": without("aud"),
    "other aud": having(aud="another-service"),
    "other aud, azp us": having(aud="another-service", azp="parvis-tests"),
    "several aud without azp": having(aud=["parvis-tests", "another-service"]),
    "other azp": having(azp="another-service"),
    "no sub": without("sub"),
    "empty sub": having(sub=""),
    "sub not text": having(sub=["a"]),
    "long sub": having(sub="a" * 300),
    "no exp": without("exp"),
    "expired": lambda claims: claims | {"exp": claims["iat"] - 60},
    "no iat": without("iat"),
    "from the future": lambda claims: claims | {"iat": claims["iat"] + 600, "exp": claims["exp"] + 600},
    "no nonce": without("nonce"),
    "other nonce": having(nonce="x" * 43),
    "wrong at_hash": having(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("lie", ID_TOKEN_LIES.values(), ids=list(ID_TOKEN_LIES))
def test_an_id_token_that_lies_opens_nothing(
    app: Flask,
    client: FlaskClient,
    provider: FaultyProvider,
    lie: Callable[[Claims], Claims],
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider.alter_id_token = lie
    refused = come_back(client)
    assert refused.status_code == 400
    assert EXPIRED in refused.text
    assert levels(caplog) == ["ERROR"]
    assert_nobody_came_in(app, client)


USERINFO_LIES = {
    "no iss": without("iss"),
    "other iss": having(iss="https://mal.example"),
    "other aud": having(aud="another-service"),
    "expired": lambda claims: claims | {"exp": claims["iat"] - 60},
    "other sub": having(sub="somebody-else"),
    "no sub": without("sub"),
    "name not text": having(family_name={"a": 1}),
    "name too long": having(family_name="A" * 1000),
    "impossible birth": having(birthdate="1984-02-31"),
    "birth not a date": having(birthdate="<script>"),
}


@pytest.mark.parametrize("lie", USERINFO_LIES.values(), ids=list(USERINFO_LIES))
def test_a_userinfo_that_lies_opens_nothing(
    app: Flask, client: FlaskClient, provider: FaultyProvider, lie: Callable[[Claims], Claims]
) -> None:
    provider.alter_userinfo = lie
    refused = come_back(client)
    assert refused.status_code == 400
    assert EXPIRED in refused.text
    assert_nobody_came_in(app, client)


@pytest.mark.parametrize("forgery", ["none", "secret", "public key", "other key", "other key, other name", "garbage"])
@pytest.mark.parametrize("token", ["id_token", "userinfo"])
def test_a_forged_signature_opens_nothing(
    app: Flask, client: FlaskClient, provider: FaultyProvider, forgery: str, token: str
) -> None:
    sign: dict[str, Callable[[Claims], str]] = {
        "none": op.unsigned,
        "secret": op.signed_by_secret(op.SECRET.encode()),
        "public key": op.signed_by_secret(op.public_pem(provider.key)),
        "other key": SigningKey().sign,
        "other key, other name": SigningKey("other").sign,
        "garbage": lambda _: "not.a.token",
    }
    setattr(provider, f"sign_{token}", sign[forgery])
    provider.alter_metadata = having(id_token_signing_alg_values_supported=["ES256", "none", "HS256"])
    assert come_back(client).status_code == 400
    assert_nobody_came_in(app, client)


def test_a_userinfo_that_is_not_signed_is_refused(app: Flask, client: FlaskClient, provider: FaultyProvider) -> None:
    provider.sign_userinfo = lambda claims: Response(str(claims), mimetype="application/json")
    assert come_back(client).status_code == 400
    assert_nobody_came_in(app, client)


def test_a_level_that_is_too_low_is_said(app: Flask, client: FlaskClient, provider: FaultyProvider) -> None:
    provider.alter_id_token = having(acr="eidas0")
    refused = come_back(client)
    assert refused.status_code == 403
    assert "pas assez vérifiée" in refused.text
    provider.alter_id_token = without("acr")
    assert come_back(client).status_code == 403
    assert_nobody_came_in(app, client)


@pytest.mark.parametrize("key_id", ["pkcs11:ES256:hsm", "pkcs11:ES256:hsm-2"])
def test_a_key_that_changes_under_its_name_or_another_is_followed(
    app: Flask, client: FlaskClient, provider: FaultyProvider, key_id: str
) -> None:
    sign_in(client)
    provider.change_key(key_id)
    assert come_back(app.test_client()).location == SPACE


def test_weak_keys_are_not_trusted(app: Flask, client: FlaskClient, provider: FaultyProvider) -> None:
    provider.published = [{"kty": "RSA", "n": op.large_rsa(), "e": "AQAB", "kid": "weak", "alg": "ES256"}]
    assert come_back(client).status_code == 400
    assert_nobody_came_in(app, client)


@pytest.mark.parametrize(
    "change",
    [
        having(issuer="https://mal.example"),
        having(token_endpoint="https://mal.example/token"),
        having(id_token_signing_alg_values_supported=["none", "HS256"]),
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    app: Flask, client: FlaskClient, provider: FaultyProvider, change: Callable[[Claims], Claims]
) -> None:
    provider.alter_metadata = change
    refused = leave(client)
    assert refused.status_code == 503
    assert DOWN in refused.text


# Coming back wrongly ----------------------------------------------------------------------------------------------


def tampered(address: str, **changes: str | None) -> str:
    """The way back with other parameters (None: without)."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{parts.path}?{urlencode(kept)}"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "x" * 43},
        {"state": None},
        {"iss": "https://mal.example"},
        {"iss": None},
        {"code": None},
        {"code": "x"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_the_expected_one_opens_nothing(
    app: Flask, client: FlaskClient, changes: dict[str, str | None]
) -> None:
    way_back = op.choose(leave(client).location, "jeanne")
    refused = client.get(tampered(way_back, **changes))
    assert refused.status_code == 400
    assert EXPIRED in refused.text
    assert_nobody_came_in(app, client)


def test_an_answer_serves_once(app: Flask, client: FlaskClient) -> None:
    way_back = op.choose(leave(client).location, "jeanne")
    assert client.get(way_back).status_code == 302
    assert client.get(way_back).status_code == 400


def test_an_answer_is_of_no_use_in_another_browser(app: Flask, client: FlaskClient) -> None:
    way_back = op.choose(leave(client).location, "jeanne")
    thief = app.test_client()
    thief.get("/")
    assert thief.get(way_back).status_code == 400
    assert client.get(way_back).status_code == 302


def test_an_attempt_lives_ten_minutes(app: Flask, client: FlaskClient) -> None:
    way_back = op.choose(leave(client).location, "jeanne")
    with runtime_of(app).database.transaction() as session:
        session.query(SignInAttempt).one().created_at = datetime.now(UTC) - timedelta(minutes=11)
    assert client.get(way_back).status_code == 400


def test_giving_up_is_no_fault(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    back = come_back(client, "", next="/demarches/street_issue/demande")
    assert back.status_code == 200
    assert "Vous avez interrompu la connexion" in back.text
    assert 'role="alert"' not in back.text
    assert 'href="/demarches/street_issue/demande"' in back.text
    assert levels(caplog) == ["INFO"]


def test_an_error_without_state_is_not_believed(client: FlaskClient) -> None:
    refused = client.get(f"{CALLBACK}?error=server_error")
    assert refused.status_code == 400
    assert EXPIRED in refused.text


@pytest.mark.parametrize(
    ("error", "status"), [("invalid_scope", 503), ("temporarily_unavailable", 503), ("made_up", 400)]
)
def test_errors_of_the_provider_are_told_kindly_and_never_repeated(
    client: FlaskClient, provider: FaultyProvider, error: str, status: int
) -> None:
    provider.alter_answer = lambda given: given | {"error": error, "error_description": "<b>secret</b>"}
    refused = come_back(client)
    assert refused.status_code == status
    assert "secret" not in refused.text


def test_the_provider_may_be_down_at_any_moment(
    app: Flask, client: FlaskClient, provider: FaultyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT_SECONDS", 0.3)

    def slow() -> str:
        time.sleep(0.8)
        return "late"

    answers: list[Callable[[], Any]] = [lambda: ("broken", 500), lambda: "<html>maintenance</html>", slow]
    for place in ("/.well-known/openid-configuration", "/token", "/jwks", "/userinfo"):
        for broken in answers:
            app.extensions.pop("parvis.identity_providers", None)
            provider.broken = {place: broken} if place.startswith("/.") else {}
            left = leave(client)
            if left.status_code == 303:
                provider.broken = {place: broken}
                way_back = op.choose(left.location, "jeanne")
                left = client.get(way_back)
            assert left.status_code in {400, 503}, (place, left.status_code)
            assert "Faire une demande" in left.text
    provider.broken = {}
    monkeypatch.undo()  # an honest provider has the time that it needs
    assert_nobody_came_in(app, client)
    sign_in(client)


def test_a_refused_sign_in_leaves_the_present_session_alone(
    app: Flask, client: FlaskClient, provider: FaultyProvider
) -> None:
    sign_in(client)
    provider.alter_id_token = having(nonce="x" * 43)
    assert come_back(client, "amira").status_code == 400
    assert "MARTIN" in client.get(SPACE).text


def test_a_link_cannot_start_a_sign_in_nor_end_a_session(client: FlaskClient) -> None:
    assert client.get(f"{WAY_IN}/franceconnect").status_code == 405
    assert client.get("/deconnexion").status_code == 405
    assert client.post(f"{WAY_IN}/franceconnect").status_code == 400
    assert client.post("/deconnexion").status_code == 400


def test_an_unknown_provider_is_not_found(client: FlaskClient) -> None:
    assert post(client, f"{WAY_IN}/licorne", {}, token_from=WAY_IN).status_code == 404


# Leaving ----------------------------------------------------------------------------------------------------------


def test_signing_out_ends_both_sessions(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    cookie = client.get_cookie(CITIZEN_COOKIE)
    assert cookie
    left = post(client, "/deconnexion", {}, token_from="/suivi")
    back = requests.get(left.location, allow_redirects=False, timeout=10)
    assert back.headers["Location"].startswith(f"{PUBLIC_URL}/deconnexion/retour?state=")
    parts = urlsplit(back.headers["Location"])
    home = client.get(f"{parts.path}?{parts.query}", follow_redirects=True)
    assert "de votre fournisseur d’identité" in home.text
    client.set_cookie(CITIZEN_COOKIE, cookie.value)
    assert client.get(SPACE).status_code == 302


def test_signing_out_here_does_not_wait_for_the_provider(
    app: Flask, client: FlaskClient, provider: FaultyProvider
) -> None:
    sign_in(client)
    app.extensions.pop("parvis.identity_providers")
    provider.broken = {"/.well-known/openid-configuration": lambda: ("broken", 500)}
    left = post(client, "/deconnexion", {}, token_from="/suivi")
    assert left.location == "/"
    assert client.get(SPACE).status_code == 302


def test_a_sign_out_state_does_not_sign_in(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    left = post(client, "/deconnexion", {}, token_from="/suivi")
    state = parse_qs(urlsplit(left.location).query)["state"][0]
    assert client.get(f"{CALLBACK}?code=x&state={state}").status_code == 400


def test_the_proof_kept_for_signing_out_is_sealed_and_goes_with_the_session(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    with runtime_of(app).database.reading() as session:
        kept = session.query(WebSession.id_token).scalar()
    assert kept
    assert kept.count(".") == 0
    assert sealing.unseal(runtime_of(app).settings, kept).count(".") == 2
    post(client, "/deconnexion", {}, token_from="/suivi")
    with runtime_of(app).database.reading() as session:
        assert session.query(WebSession.id_token).scalar() == ""


# With an account --------------------------------------------------------------------------------------------------


def test_a_signed_in_citizen_writes_no_name_and_cannot_write_another(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    page = client.get(form_path())
    assert page.headers["Cache-Control"] == "no-store"
    assert "MARTIN" in page.text
    assert 'name="requester.family_name"' not in page.text
    forged = {**HOLE, "requester.family_name": "Usurpateur", "requester.email": "autre@courriel.example"}
    assert send(client, forged, page=page.text).status_code == 303
    (case,) = all_cases(app)
    with runtime_of(app).database.reading() as session:
        citizen = session.query(Citizen).one()
        assert (case.citizen_id, citizen.family_name, citizen.email) == (
            citizen.id,
            "MARTIN",
            "jeanne.martin@courriel.example",
        )


def test_my_space_lists_my_cases_and_nobody_elses(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    send(client, HOLE)
    (mine,) = all_cases(app)
    other = app.test_client()
    sign_in(other, "amira")
    assert mine.reference in client.get(SPACE).text
    assert client.get(f"/suivi/{mine.reference}").status_code == 200
    assert mine.reference not in other.get(SPACE).text
    assert other.get(f"/suivi/{mine.reference}").status_code == 302


def test_my_space_needs_an_account(client: FlaskClient) -> None:
    assert client.get(SPACE).location == f"{WAY_IN}?next={SPACE}"


def test_contact_details_are_corrected_by_their_owner(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    bad = post(client, f"{SPACE}/coordonnees", {"requester.email": "pas une adresse"}, token_from=SPACE)
    assert bad.status_code == 422
    assert 'value="pas une adresse"' in bad.text
    details = {"requester.email": "jeanne@courriel.example", "requester.phone": "06 12 34 56 78"}
    assert post(client, f"{SPACE}/coordonnees", details, token_from=SPACE).status_code == 303
    with runtime_of(app).database.reading() as session:
        citizen = session.query(Citizen).one()
        assert (citizen.email, citizen.phone) == ("jeanne@courriel.example", "+33612345678")
        assert (citizen.origins["email"]["source"], citizen.family_name) == ("citizen", "MARTIN")


def test_a_session_that_ended_during_the_form_loses_nothing(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    page = client.get(form_path("document_access")).text
    client.delete_cookie(CITIZEN_COOKIE)
    back = send(client, {"documents": "Le budget 2025"}, "document_access", page=page)
    assert back.status_code == 422
    assert 'name="requester.family_name"' in back.text
    assert hidden(back.text, "submission") == hidden(page, "submission")


# The demonstration's provider refuses what FranceConnect refuses ----------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "short"}, "Y000400"),
        ({"state": "short"}, "Y000400"),
        ({"acr_values": None}, "Y000400"),
        ({"prompt": "none"}, "Y000400"),
        ({"code_challenge": "x"}, "Y030007"),
        ({"redirect_uri": "http://parvis.test/ailleurs"}, "Y04C013C"),
        ({"client_id": "licorne"}, "Y04EA6EF"),
    ],
)
def test_the_provider_refuses_what_franceconnect_refuses(
    client: FlaskClient, changes: dict[str, str | None], code: str
) -> None:
    asked = leave(client).location
    base = asked.partition("?")[0]
    refused = requests.get(base + "?" + tampered(asked, **changes).partition("?")[2], timeout=10, allow_redirects=False)
    assert refused.status_code == 400
    assert code in refused.text


def test_the_provider_wants_the_secret_in_the_form(client: FlaskClient, provider: FaultyProvider) -> None:
    way_back = op.choose(leave(client).location, "jeanne")
    code = parse_qs(urlsplit(way_back).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": provider.client.redirect_uri}
    basic = requests.post(
        f"{provider.issuer}/token", form, auth=(provider.client.client_id, provider.client.client_secret), timeout=10
    )
    assert (basic.status_code, basic.json()["error"]) == (401, "invalid_client")
