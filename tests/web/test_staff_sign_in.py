"""Staff sign in, are refused, come back to what they were writing, and end their sessions."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.services import accounts
from tests import factories
from tests.conftest import OpenApp
from tests.web.visits import SIGN_IN, STAFF, csrf_token, hidden, post, sign_in, words

ACCOUNT = "/agents/compte"


def test_an_agent_signs_in_with_address_and_password(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    page = client.get(ACCOUNT)
    assert page.status_code == 200
    assert "Karim Benali" in page.text


def test_the_address_may_be_written_with_capitals(client: FlaskClient) -> None:
    answer = post(client, SIGN_IN, {"email": " Karim.BENALI@saint-aubin.example", "password": factories.PASSWORD})
    assert answer.status_code == 303


@pytest.mark.parametrize("email", [STAFF["Karim"], "personne@saint-aubin.example"])
def test_a_refusal_does_not_tell_which_of_the_two_was_wrong(client: FlaskClient, email: str) -> None:
    answer = post(client, SIGN_IN, {"email": email, "password": "un autre mot de passe"})
    assert answer.status_code == 403
    assert accounts.REFUSED in answer.text
    assert f'value="{email}"' in answer.text


def test_what_is_missing_is_said_next_to_its_field(client: FlaskClient) -> None:
    answer = post(client, SIGN_IN, {"email": "", "password": ""})
    assert answer.status_code == 422
    assert 'href="#f-email"' in answer.text
    assert "Indiquez votre mot de passe." in answer.text


def test_many_refusals_close_the_door_even_to_the_right_password(client: FlaskClient) -> None:
    for _ in range(accounts.MOST_FAILURES):
        post(client, SIGN_IN, {"email": STAFF["Karim"], "password": "un autre mot de passe"})
    answer = post(client, SIGN_IN, {"email": STAFF["Karim"], "password": factories.PASSWORD})
    assert answer.status_code == 403
    assert accounts.THROTTLED in answer.text


def test_a_page_asked_for_before_signing_in_opens_after(client: FlaskClient) -> None:
    asked = client.get(f"{ACCOUNT}?onglet=sessions")
    assert asked.status_code == 302
    form = client.get(asked.location)
    answer = post(
        client,
        SIGN_IN,
        {"email": STAFF["Karim"], "password": factories.PASSWORD, "next": hidden(form.text, "next")},
    )
    assert answer.location == f"{ACCOUNT}?onglet=sessions"


@pytest.mark.parametrize(
    "elsewhere", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "\t//a"]
)
def test_no_sign_in_leads_to_another_site(client: FlaskClient, elsewhere: str) -> None:
    answer = post(client, SIGN_IN, {"email": STAFF["Karim"], "password": factories.PASSWORD, "next": elsewhere})
    assert answer.location == "/agents/"


def test_each_account_lands_on_a_page_that_it_may_open(app: Flask) -> None:
    for name in STAFF:
        client = app.test_client()
        sign_in(client, name)
        assert client.get("/agents/", follow_redirects=True).status_code == 200


def test_what_was_typed_when_the_session_had_ended_is_sent_after_the_sign_in(client: FlaskClient) -> None:
    typed = {"current_password": "secret", "note": "Rappeler « demain » <matin>", "choix": ["a", "b"]}
    stopped = client.post(f"{ACCOUNT}/mot-de-passe", data={**typed, "csrf_token": csrf_token(client)})
    assert stopped.status_code == 401
    assert "Votre saisie est conservée" in stopped.text
    carried = {
        "kept_path": hidden(stopped.text, "kept_path"),
        "kept.note": hidden(stopped.text, "kept.note"),
        "kept.choix": ["a", "b"],
    }
    assert "kept.current_password" not in stopped.text
    answer = post(client, SIGN_IN, {"email": STAFF["Karim"], "password": factories.PASSWORD, **carried})
    assert answer.status_code == 200
    assert f'action="{ACCOUNT}/mot-de-passe"' in answer.text
    assert hidden(answer.text, "note") == typed["note"]
    assert answer.text.count('name="choix"') == 2
    # Nobody sends what they have not read, nor without knowing to whom.
    shown = words(answer.text)
    assert f"À qui Ville de Saint-Aubin-les-Tilleuls page {ACCOUNT}/mot-de-passe" in shown
    assert "Votre note Rappeler « demain » <matin> choix a choix b" in shown


def test_a_mistake_in_the_password_loses_nothing_of_what_is_carried(client: FlaskClient) -> None:
    carried = {"kept_path": "/agents/compte/mot-de-passe", "kept.note": "Rappeler demain"}
    answer = post(client, SIGN_IN, {"email": STAFF["Karim"], "password": "un autre mot de passe", **carried})
    assert hidden(answer.text, "kept.note") == "Rappeler demain"


def test_signing_in_gives_a_new_token_and_ends_the_former_session(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    first = client.get_cookie("parvis_agent")
    sign_in(client, "Karim")
    second = client.get_cookie("parvis_agent")
    assert first
    assert second
    assert first.value != second.value
    client.set_cookie("parvis_agent", first.value)
    assert client.get(ACCOUNT).status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    cookie = client.get_cookie("parvis_agent")
    assert cookie
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_under_https_no_other_site_plants_a_cookie_and_signing_out_takes_ours_back(
    open_app: OpenApp, seeded_url: str
) -> None:
    there = "https://demarches.example"
    app = open_app(seeded_url, public_url=there)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    who = {"email": STAFF["Karim"], "password": factories.PASSWORD}
    given = client.post(SIGN_IN, data=who, base_url=there).headers.getlist("Set-Cookie")
    taken = client.post("/agents/deconnexion", base_url=there).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in [*given, *taken]} <= {
        "__Host-parvis_agent", "__Host-parvis_formulaires",
    }  # fmt: skip
    for cookie in given + taken:
        marks = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= marks
        assert not any(mark.startswith("Domain") for mark in marks)
    assert any(cookie.startswith("__Host-parvis_agent=;") for cookie in taken)


def test_signing_out_ends_the_session_on_the_server_too(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    cookie = client.get_cookie("parvis_agent")
    assert cookie
    assert post(client, "/agents/deconnexion", {}).status_code == 303
    client.set_cookie("parvis_agent", cookie.value)
    assert client.get(ACCOUNT).status_code == 302


def test_an_agent_ends_a_session_left_open_elsewhere(app: Flask, client: FlaskClient) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, "Karim")
    sign_in(client, "Karim")
    page = client.get(ACCOUNT).text
    ending = page.split("/terminer")[0].rsplit("/", 1)[1]
    assert page.count("/terminer") == 1
    assert post(client, f"{ACCOUNT}/sessions/{ending}/terminer", {}).status_code == 303
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert client.get(ACCOUNT).status_code == 200


def test_nobody_ends_the_session_of_somebody_else(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    sign_in(other, "Julie")
    sign_in(client, "Karim")
    assert [post(client, f"{ACCOUNT}/sessions/{n}/terminer", {}).status_code for n in (1, 999)] == [404, 404]
    assert other.get(ACCOUNT).status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(app: Flask, client: FlaskClient) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, "Karim")
    sign_in(client, "Karim")
    path = f"{ACCOUNT}/mot-de-passe"
    wrong = post(client, path, {"current_password": "pas celui-là", "new_password": "quatre autres mots choisis"})
    assert wrong.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel." in wrong.text
    short = post(client, path, {"current_password": factories.PASSWORD, "new_password": "court"})
    assert "au moins 12 caractères" in words(short.text)
    right = post(client, path, {"current_password": factories.PASSWORD, "new_password": "quatre autres mots choisis"})
    assert right.status_code == 303
    assert client.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 302
