"""Signing in by a link: one use, a quarter of an hour, any browser; the same answer for everybody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.representation import Capacity, Represented, Tie
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, OneTimeSecret, WebSession
from backoffice.services import one_time
from backoffice.web import limits
from backoffice.web.access import CITIZEN_COOKIE
from tests import factories
from tests.conftest import OpenApp
from tests.services.identity_provider import PUBLIC_URL, FaultyProvider
from tests.usecases.promises import send_next
from tests.web.citizen_visits import HOLE, JEANNE, all_cases, count, form_path, runtime_of, send
from tests.web.sign_in_visits import SPACE, WAY_IN, sign_in
from tests.web.visits import csrf_token, post, words

ASK = "/connexion/courriel"
ADDRESS = "jeanne.martin@courriel.example"
GONE = "Ce lien a déjà servi, ou il a plus de 15 minutes"


@pytest.fixture
def app(open_app: OpenApp, provider: FaultyProvider, seeded_sqlite_url: str) -> Flask:
    """The application with FranceConnect beside the links."""
    return open_app(seeded_sqlite_url, public_url=PUBLIC_URL, identity_providers=(provider.settings(),))


def ask(client: FlaskClient, address: str = ADDRESS, **fields: str) -> TestResponse:
    """Ask for a link."""
    return post(client, ASK, {"email": address, **fields}, token_from=WAY_IN)


def last_link(app: Flask) -> str:
    """The path that the newest mail gives."""
    with runtime_of(app).database.reading() as session:
        mail = session.query(OutgoingMail).order_by(OutgoingMail.id.desc()).first()
        assert mail is not None
        return next(line for line in mail.text.splitlines() if line.startswith(PUBLIC_URL)).removeprefix(PUBLIC_URL)


def enter(client: FlaskClient, link: str) -> TestResponse:
    """Press the button of the page that a link opens."""
    return post(client, link, {}, token_from=link)


def sign_in_by_link(app: Flask, client: FlaskClient, address: str = ADDRESS) -> TestResponse:
    """Ask for a link and use it."""
    assert ask(client, address).status_code == 303
    entered = enter(client, last_link(app))
    assert entered.status_code == 303, words(entered.text)
    return entered


def sent(app: Flask) -> list[OutgoingMail]:
    """The mails that belong to no case."""
    with runtime_of(app).database.reading() as session:
        return session.query(OutgoingMail).filter_by(case_id=None).order_by(OutgoingMail.id).all()


def change(app: Flask, statement: Any) -> None:
    """Something happened elsewhere."""
    with runtime_of(app).database.transaction() as session:
        session.execute(statement)


def require_identity(app: Flask, code: str = "street_issue") -> None:
    """The procedure asks for a verified identity from now on."""
    with runtime_of(app).database.transaction() as session:
        version = session.query(Procedure).filter_by(code=code).one().current_version
        assert version is not None
        version.definition = {**version.definition, "requires_identity": True}
        version.digest = version.digest[::-1]  # another content, for what is kept by content


# The honest way ---------------------------------------------------------------------------------------------------


def test_a_link_opens_every_case_that_goes_by_this_address(app: Flask, client: FlaskClient) -> None:
    runtime = runtime_of(app)
    factories.a_receipt(runtime, channel=ChannelCode.COUNTER)
    factories.a_receipt(runtime, channel=ChannelCode.EMAIL, sender=Sender(email=ADDRESS, family_name="Martin"))
    factories.a_receipt(runtime, sender=Sender(family_name="Petit", email="paul@courriel.example"))
    at_counter, by_mail, other = all_cases(app)
    sign_in_by_link(app, client)
    page = words(client.get(SPACE).text)
    assert at_counter.reference in page
    assert by_mail.reference in page
    assert other.reference not in page
    assert client.get(f"/suivi/{at_counter.reference}").status_code == 200
    assert client.get(f"/suivi/{other.reference}").status_code == 302


def test_a_request_made_for_somebody_else_says_for_whom(app: Flask, client: FlaskClient) -> None:
    paul = Represented(Capacity.PERSON, "Aubry", "Paul", Tie.PARENT)
    factories.a_receipt(runtime_of(app), represented=paul)
    sign_in_by_link(app, client)
    assert "pour Paul Aubry" in words(client.get(SPACE).text)


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(runtime_of(app))
    known = ask(client)
    unknown = ask(app.test_client(), "inconnu@courriel.example")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert [mail.recipient for mail in sent(app)] == [ADDRESS, "inconnu@courriel.example"]
    assert ADDRESS in words(client.get(known.location).text)


def test_the_link_leads_where_one_was_going(app: Flask, client: FlaskClient) -> None:
    ask(client, next=form_path())
    assert enter(client, last_link(app)).location == form_path()
    ask(client, next="https://ailleurs.example")
    assert enter(client, last_link(app)).location == SPACE


def test_scanners_of_mail_use_no_link(app: Flask, client: FlaskClient) -> None:
    ask(client)
    link = last_link(app)
    for _ in range(3):
        assert app.test_client().get(link).status_code == 200
        assert app.test_client().head(link).status_code == 200
    page = client.get(link)
    assert ADDRESS in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert enter(client, link).status_code == 303


def test_another_browser_may_open_the_link(app: Flask, client: FlaskClient) -> None:
    ask(client)
    telephone = app.test_client()
    assert enter(telephone, last_link(app)).status_code == 303
    assert telephone.get(SPACE).status_code == 200
    assert client.get(SPACE).status_code == 302


def test_the_token_is_kept_nowhere_once_the_mail_left(app: Flask, client: FlaskClient) -> None:
    ask(client)
    token = last_link(app).rpartition("/")[2]
    send_next(runtime_of(app))
    assert sent(app)[0].text == sent(app)[0].html == ""
    with runtime_of(app).database.reading() as session:
        kept = session.query(OneTimeSecret).one()
        assert token not in str(vars(kept))
    (file,) = (runtime_of(app).settings.outbox_dir).glob("*.eml")
    assert b"Auto-Submitted" in file.read_bytes()


# The unhappy day --------------------------------------------------------------------------------------------------


def test_a_link_serves_once_and_takes_the_others_with_it(app: Flask, client: FlaskClient) -> None:
    ask(client)
    first = last_link(app)
    ask(client)
    second = last_link(app)
    assert enter(client, second).status_code == 303
    for link in (first, second):
        again = app.test_client().get(link)
        assert again.status_code == 410
        assert GONE in words(again.text)
    page = client.get("/suivi").text
    assert post(client, second, {}, token_from="/suivi").status_code == 410, page


def test_a_link_lives_a_quarter_of_an_hour(app: Flask, client: FlaskClient) -> None:
    ask(client)
    link = last_link(app)
    client.get(link)
    change(app, update(OneTimeSecret).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    late = post(client, link, {}, token_from="/suivi")
    assert late.status_code == 410
    assert count(app, Citizen) == count(app, WebSession) == 0


def test_a_made_up_link_says_what_an_old_one_says(client: FlaskClient) -> None:
    made_up = client.get(f"{ASK}/{'x' * 43}")
    assert made_up.status_code == 410
    assert GONE in words(made_up.text)


def test_an_address_that_is_none_is_given_back(app: Flask, client: FlaskClient) -> None:
    wrong = ask(client, "jeanne.martin")
    assert wrong.status_code == 422
    assert 'value="jeanne.martin"' in wrong.text
    assert sent(app) == []


def test_an_address_gets_three_links_and_nobody_is_told(app: Flask, client: FlaskClient) -> None:
    answers = {(ask(client).status_code, ask(client, ADDRESS.upper()).status_code) for _ in range(3)}
    assert answers == {(303, 303)}
    assert len(sent(app)) == one_time.MOST_TO_ADDRESS[0][1] == 3
    ask(client, "paul@courriel.example")
    assert len(sent(app)) == 4


def test_a_network_that_asks_for_too_many_waits(app: Flask, client: FlaskClient) -> None:
    most = one_time.MOST_FROM_NETWORK[0][1]
    for number in range(most):
        ask(client, f"personne{number}@courriel.example")
    refused = ask(client, "une.de.trop@courriel.example")
    assert refused.status_code == 429
    assert "Attendez un quart d’heure" in words(refused.text)
    assert len(sent(app)) == most
    elsewhere = client.post(
        ASK,
        data={"email": "voisin@courriel.example", "csrf_token": csrf_token(client, WAY_IN)},
        environ_overrides={"REMOTE_ADDR": "2001:db8:1:2::1"},
    )
    assert elsewhere.status_code == 303


def test_a_neighbour_of_the_same_household_network_is_one_network(app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}):
        assert limits.network() == "2001:db8:1:2::/64"


def test_a_link_cannot_be_used_by_another_site(app: Flask, client: FlaskClient) -> None:
    ask(client)
    assert client.post(last_link(app)).status_code == 400
    assert client.get_cookie(CITIZEN_COOKIE) is None


# What an address opens, and what it does not ----------------------------------------------------------------------


def test_a_sensitive_case_that_wants_an_identity_is_not_opened_by_an_address(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(runtime_of(app))
    (case,) = all_cases(app)
    sign_in_by_link(app, client)
    assert client.get(f"/suivi/{case.reference}").status_code == 200
    require_identity(app)
    assert client.get(f"/suivi/{case.reference}").status_code == 200  # an identity is asked for, nothing is sensitive
    change(app, update(Case).values(restricted=True))
    assert client.get(f"/suivi/{case.reference}").status_code == 302
    assert case.reference not in client.get(SPACE).text


def test_a_case_leaves_with_its_address(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(runtime_of(app))
    (case,) = all_cases(app)
    sign_in_by_link(app, client)
    change(app, update(Citizen).where(Citizen.id == case.citizen_id).values(email="nouvelle@courriel.example"))
    assert case.reference not in client.get(SPACE).text
    assert client.get(f"/suivi/{case.reference}").status_code == 302
    other = app.test_client()
    sign_in_by_link(app, other, "nouvelle@courriel.example")
    assert case.reference in other.get(SPACE).text


def test_an_account_whose_address_was_corrected_is_closed_to_the_former_one(app: Flask, client: FlaskClient) -> None:
    sign_in_by_link(app, client)
    change(app, update(Citizen).values(email="corrigee@courriel.example"))
    assert client.get(SPACE).status_code == 302
    sign_in_by_link(app, client)
    with runtime_of(app).database.reading() as session:
        assert [one.email for one in session.query(Citizen).order_by(Citizen.id)] == [
            "corrigee@courriel.example",
            ADDRESS,
        ]


def test_an_identity_is_still_asked_of_who_came_by_a_link(app: Flask, client: FlaskClient) -> None:
    require_identity(app)
    sign_in_by_link(app, client)
    back = client.get(form_path())
    assert back.status_code == 302
    page = words(client.get(back.location).text)
    assert "demande une identité vérifiée" in page
    assert "S’identifier avec FranceConnect" in page
    assert "Recevoir un lien" not in page
    sign_in(client)
    assert client.get(form_path()).status_code == 200


def test_a_form_filled_in_after_a_link_keeps_the_address_and_asks_the_name(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(runtime_of(app))
    (earlier,) = all_cases(app)
    sign_in_by_link(app, client)
    page = client.get(form_path()).text
    assert 'name="requester.family_name"' in page
    assert 'name="requester.email"' not in page
    fields = {**HOLE, **JEANNE, "requester.email": "autre@courriel.example"}
    assert send(client, fields, page=page).status_code == 303
    case = all_cases(app)[-1]
    assert case.citizen_id == earlier.citizen_id  # the same name and the same address, which is proved
    husband = {**HOLE, "requester.family_name": "Martin", "requester.given_names": "Paul"}
    assert send(client, husband).status_code == 303
    theirs = all_cases(app)[-1]
    assert theirs.citizen_id != earlier.citizen_id
    assert theirs.reference in client.get(SPACE).text


def test_the_key_of_the_account_is_not_typed_over(app: Flask, client: FlaskClient) -> None:
    sign_in_by_link(app, client)
    details = {"requester.email": "autre@courriel.example", "requester.phone": "06 12 34 56 78"}
    assert post(client, f"{SPACE}/coordonnees", details, token_from=SPACE).status_code == 303
    with runtime_of(app).database.reading() as session:
        citizen = session.query(Citizen).one()
        assert (citizen.email, citizen.phone) == (ADDRESS, "+33612345678")


def test_signing_out_ends_a_session_opened_by_a_link(app: Flask, client: FlaskClient) -> None:
    sign_in_by_link(app, client)
    post(client, "/deconnexion", {}, token_from="/suivi")
    assert client.get(SPACE).status_code == 302
