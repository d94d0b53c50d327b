"""How much one visitor may send and guess; nobody's guesses close a door to somebody else."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.services import accounts
from backoffice.web import guesses, limits
from tests import factories
from tests.web.citizen_visits import HOLE, all_cases, carried, form_path, send
from tests.web.test_follow_up import FOLLOW
from tests.web.visits import SIGN_IN, STAFF, csrf_token, hidden

HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough here."""
    return seeded_sqlite_url


@pytest.fixture
def case(app: Flask) -> Case:
    runtime: Runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        return factories.a_case(session, runtime)


@pytest.fixture
def strict(seeded_url: str, tmp_path: Path) -> FlaskClient:
    """A house that takes three forms a minute from one network."""
    application = create_app(factories.some_settings(seeded_url, tmp_path, public_posts_per_minute=3))
    return application.test_client()


def guess(client: FlaskClient, case: Case, code: str = "AAAA-AAAA", *, of: str = HERE) -> TestResponse:
    """Try a code from an address."""
    data = {"reference": case.reference, "code": code, "csrf_token": csrf_token(client, FOLLOW)}
    return client.post(FOLLOW, data=data, environ_base={"REMOTE_ADDR": of})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_household_is_one_network_whatever_the_addresses_it_takes(address: str, network: str) -> None:
    assert limits.network_of(address) == network


def test_wrong_codes_close_the_door_to_who_tries_them_and_not_to_the_citizen(client: FlaskClient, case: Case) -> None:
    for _ in range(10):
        assert guess(client, case).status_code == 403
    stopped = guess(client, case, case.tracking_code)
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) <= 15 * 60
    assert guess(client, case, case.tracking_code, of=THERE).status_code == 303


def test_a_guesser_does_not_get_on_by_changing_addresses_at_home(client: FlaskClient, case: Case) -> None:
    answers = [guess(client, case, of=f"2001:db8::{number}").status_code for number in range(1, 12)]
    assert answers == [403] * 10 + [429]
    assert guess(client, case, of="2001:db8:0:1::1").status_code == 403


def test_a_reference_that_is_searched_from_everywhere_stays_open_to_who_knows_the_code(
    app: Flask, client: FlaskClient, case: Case
) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.1"}):
        for _ in range(guesses.ON_REFERENCE.amount):
            guesses.note_wrong(case.reference)
    answers = [guess(client, case, of=THERE).status_code for _ in range(4)]
    assert answers == [403, 403, 403, 429]
    assert guess(client, case, case.tracking_code, of=HERE).status_code == 303


def test_too_many_forms_are_refused_for_a_while_and_what_was_typed_is_there(strict: FlaskClient) -> None:
    page = strict.get(form_path()).text
    for number in range(3):
        assert send(strict, {**HOLE, "location.address": f"{number} rue des Lilas"}, page=page).status_code == 303
    refused = send(strict, HOLE, page=page)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Attendez" in refused.text
    assert hidden(refused.text, "description") == HOLE["description"]
    assert hidden(refused.text, "submission")
    assert f'action="{form_path()}"' in refused.text
    assert len(all_cases(strict.application)) == 1
    elsewhere = strict.post(form_path(), data=HOLE, environ_base={"REMOTE_ADDR": THERE})
    assert elsewhere.status_code == 400
    assert strict.get(form_path()).status_code == 200


def test_a_page_that_saves_itself_uses_up_no_form_and_has_its_own_limit(strict: FlaskClient) -> None:
    path = form_path().replace("/demande", "/brouillon")
    page = strict.get(form_path()).text

    def save(accept: str = "application/json") -> int:
        fields = {**carried(page), "description": "Un trou"}
        return strict.post(path, data=fields, headers={"Accept": accept}).status_code

    assert [save() for _ in range(3 * limits.SAVES_WORTH)] == [200] * 3 * limits.SAVES_WORTH
    assert save() == 429
    assert [save("text/html") for _ in range(3)] == [303] * 3  # a person pressed « Continuer plus tard »
    assert save("text/html") == 429


def test_machines_are_told_too_many_as_a_problem(strict: FlaskClient) -> None:
    for _ in range(4):
        answer = strict.post(FOLLOW, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert answer.get_json()["status"] == 429
    assert "Retry-After" in answer.headers


def test_no_password_is_given_back_by_a_refusal(strict: FlaskClient) -> None:
    for _ in range(4):
        answer = strict.post(SIGN_IN, data={"email": STAFF["Karim"], "password": "secret-secret"})
    assert answer.status_code == 429
    assert "secret-secret" not in answer.text
    assert STAFF["Karim"] in answer.text


def test_strangers_do_not_close_an_account_to_its_owner(app: Flask) -> None:
    runtime: Runtime = app.extensions["parvis"]

    def try_once(network: str, password: str = "un autre mot de passe") -> str:
        try:
            return accounts.sign_in(runtime, STAFF["Karim"], password, network).name
        except Exception as error:  # noqa: BLE001 (what was said is what is looked at)
            return str(error)

    for number in range(accounts.MOST_FAILURES):
        assert try_once(HERE) == accounts.REFUSED, number
    assert try_once(HERE, factories.PASSWORD) == accounts.THROTTLED
    assert try_once(THERE, factories.PASSWORD) == "Karim Benali"


def test_a_form_of_another_site_is_refused_and_its_words_are_not_given_back(app: Flask) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://ailleurs.example"},
    ):
        for path in ("/agents/services/nouveau", "/suivi", form_path(), SIGN_IN):
            answer = app.test_client().post(path, data={"name": "piège"}, headers=headers)
            assert answer.status_code == 403
            assert "piège" not in answer.text
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {"Origin": "null"}, {}):
        answer = app.test_client().post("/agents/services/nouveau", data={"name": "à garder"}, headers=headers)
        assert answer.status_code == 401
        assert "à garder" in answer.text


def test_a_browser_that_keeps_back_where_it_was_may_send_its_forms(seeded_url: str, tmp_path: Path) -> None:
    settings = factories.some_settings(seeded_url, tmp_path, public_url="https://demarches.example")
    client = create_app(settings).test_client()
    page = client.get(FOLLOW, base_url="https://demarches.example").text
    data = {"reference": "2026-000001", "code": "AAAA-AAAA", "csrf_token": hidden(page, "csrf_token")}
    answer = client.post(FOLLOW, data=data, base_url="https://demarches.example", headers={"Origin": "null"})
    assert answer.status_code == 403
    assert "ne vont pas ensemble" in answer.text


def test_bytes_are_counted_too(seeded_url: str, tmp_path: Path) -> None:
    application = create_app(factories.some_settings(seeded_url, tmp_path))
    a_tenth = limits.BY_HOUR.amount * limits.KILOBYTE // 10

    def weigh(size: int) -> None:
        with application.test_request_context("/suivi", method="POST", environ_overrides={"CONTENT_LENGTH": str(size)}):
            limits.count_post()

    for _ in range(10):
        weigh(a_tenth)
    with pytest.raises(TooManyRequests) as refused:
        weigh(a_tenth)
    assert refused.value.retry_after in range(1, 3601)
    weigh(0)


def test_a_machine_does_not_fill_the_queue_and_a_neighbour_is_not_hindered(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    with app.test_request_context(method="POST", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(limits.REQUESTS_BY_HOUR.amount):
            limits.count_request()
    refused = send(client, HOLE, page=page)
    assert refused.status_code == 429
    assert hidden(refused.text, "description") == HOLE["description"]
    assert all_cases(app) == []
    data = {**carried(page), **HOLE}
    assert client.post(form_path(), data=data, environ_base={"REMOTE_ADDR": THERE}).status_code == 303
