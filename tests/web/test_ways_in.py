"""One person, several ways in: both are proved, both open one account, an agent undoes it exactly."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra import templating
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.people import Citizen, CitizenIdentity, CitizenMatchSetAside, CitizenMerge, OneTimeSecret
from backoffice.queries import matching
from backoffice.services import account_data, accounts, data_exports, documents, email_accounts, moment, reconciliation
from backoffice.services.journal import Event
from demo.regional_rules import RegionalProvider
from tests import factories
from tests.conftest import OpenApp
from tests.services import identity_provider as op
from tests.services.identity_provider import PUBLIC_URL, FaultyProvider
from tests.web.citizen_visits import carried, count, form_path, runtime_of
from tests.web.sign_in_visits import SPACE, sign_in
from tests.web.test_citizen_matching import rows
from tests.web.test_email_sign_in import ADDRESS, last_link, sent, sign_in_by_link
from tests.web.visits import post, words

WAYS = f"{SPACE}/connexions"
OTHER = "jeanne@perso.example"
TAKEN = "ouvre déjà un autre compte"


@pytest.fixture(scope="module")
def region() -> Iterator[RegionalProvider]:
    """A plain OpenID provider."""
    with op.running_region() as found:
        yield found


@pytest.fixture
def app(provider: FaultyProvider, region: RegionalProvider, seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application with FranceConnect and a regional account."""
    providers = (op.region_settings(region, proves_identity=True), provider.settings())
    application = create_app(
        factories.some_settings(seeded_sqlite_url, tmp_path, public_url=PUBLIC_URL, identity_providers=providers)
    )
    yield application
    application.extensions["parvis"].database.dispose()


def sign_in_too(client: FlaskClient, identity: str = "jeanne", provider: str = "region") -> TestResponse:
    """From one's account, sign in to another, up to the page that asks."""
    left = post(client, f"{WAYS}/{provider}", {}, token_from=WAYS)
    assert left.status_code == 303, words(left.text)
    back = client.get(op.choose(left.location, identity))
    assert back.location == f"{WAYS}/confirmation"
    return client.get(back.location)


def agree(client: FlaskClient, page: str = f"{WAYS}/confirmation") -> TestResponse:
    """Press « Oui, les réunir »."""
    return post(client, page, {}, token_from=WAYS)


def add_address(client: FlaskClient, address: str) -> TestResponse:
    """Ask for a link that proves another address."""
    return post(client, f"{WAYS}/courriel", {"email": address}, token_from=WAYS)


def a_case(app: Flask, address: str, name: str = "Martin") -> Case:
    """Somebody asked for something at the counter, and gave this address."""
    sender = Sender(family_name=name, given_names="Jeanne", email=address)
    with runtime_of(app).database.transaction() as session:
        return factories.a_case(session, runtime_of(app), channel=ChannelCode.COUNTER, sender=sender)


def part(app: Flask) -> None:
    """An agent takes the last two apart."""
    with runtime_of(app).database.transaction() as session:
        merge = session.query(CitizenMerge).order_by(CitizenMerge.id.desc()).first()
        assert merge is not None
        reconciliation.undo(session, factories.actor_named(session, "Sandrine"), merge.id, "Deux sœurs.")


def test_two_providers_open_one_account_each_by_its_own_key_until_an_agent_undoes_it(
    app: Flask, client: FlaskClient
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, provider="region")
    with runtime_of(app).database.transaction() as session:
        regional = session.query(Citizen).one()
        mine = factories.a_case(session, runtime_of(app), sender=Sender(citizen_id=regional.id))
    sign_in(client)
    before = rows(app, Citizen, CitizenIdentity)
    shown = words(sign_in_too(client).text)
    assert mine.reference in shown
    assert "MARTIN" in shown
    assert mine.reference not in client.get(SPACE).text  # nothing moved yet
    assert agree(client).location == SPACE
    assert mine.reference in client.get(SPACE).text
    assert elsewhere.get(SPACE).status_code == 302  # that account is this one now: sign in again
    sign_in(elsewhere, provider="region")
    assert mine.reference in elsewhere.get(SPACE).text
    with runtime_of(app).database.reading() as session:
        linked = session.query(CitizenIdentity).order_by(CitizenIdentity.id).all()
        assert len({one.citizen_id for one in linked}) == 1
        assert len({(one.issuer, one.subject) for one in linked}) == 2
    assert agree(client).location == WAYS  # once
    part(app)
    assert elsewhere.get(SPACE).status_code == client.get(SPACE).status_code == 302
    after = rows(app, Citizen, CitizenIdentity)
    for old, new in zip(before, after, strict=True):
        kept = {name: value for name, value in old.items() if name not in {"claims", "last_login_at"}}
        assert {name: new[name] for name in kept} == kept
    sign_in(client)
    assert mine.reference not in client.get(SPACE).text


def test_an_account_that_did_not_exist_is_joined_at_once(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    sign_in_too(client)
    agree(client)
    fresh = app.test_client()
    back = post(fresh, "/connexion/region", {}, token_from="/connexion")
    assert fresh.get(op.choose(back.location, "jeanne")).location == SPACE
    assert count(app, CitizenMerge) == 1
    assert sign_in_too_again(client) == "Cette façon de vous connecter ouvre déjà votre espace."


def sign_in_too_again(client: FlaskClient) -> str:
    """What is said to who adds what they have."""
    left = post(client, f"{WAYS}/region", {}, token_from=WAYS)
    client.get(op.choose(left.location, "jeanne"))
    client.get(f"{WAYS}/confirmation")
    page = words(client.get(WAYS).text)
    sentence = "Cette façon de vous connecter ouvre déjà votre espace."
    return sentence if sentence in page else page


def test_two_identities_of_two_people_are_not_joined(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    sign_in_too(client, "mamadou")
    refused = agree(client)
    assert refused.status_code == 409
    assert "ne sont pas ceux d’une même personne" in words(refused.text)
    assert count(app, CitizenMerge) == 0
    assert count(app, Citizen) == 1


def test_what_one_browser_began_no_other_account_ends(app: Flask, client: FlaskClient) -> None:
    sign_in(client)
    left = post(client, f"{WAYS}/region", {}, token_from=WAYS)
    back = op.choose(left.location, "jeanne")
    thief = app.test_client()
    sign_in(thief, "mamadou")
    assert thief.get(back).status_code == 400
    post(client, "/deconnexion", {}, token_from="/suivi")
    sign_in(client, "mamadou")
    assert client.get(back).status_code == 400
    assert client.post(f"{WAYS}/region").status_code == 400


def test_an_account_by_link_joins_the_identity_of_its_owner(app: Flask, client: FlaskClient) -> None:
    shared = a_case(app, OTHER, "Aubry")
    sign_in_by_link(app, client, OTHER)
    sign_in_too(client, provider="franceconnect")
    assert agree(client).location == SPACE
    page = words(client.get(SPACE).text)
    assert shared.reference in page  # what the address opens comes with it
    assert "Mon identité" in page  # and the session is that of the identity
    assert client.get(f"/suivi/{shared.reference}").status_code == 200
    by_link = app.test_client()
    sign_in_by_link(app, by_link, OTHER)
    assert shared.reference in by_link.get(SPACE).text
    assert "Cet espace a une identité vérifiée" in words(by_link.get(WAYS).text)
    weak = post(by_link, f"{WAYS}/region", {}, token_from=SPACE)
    assert weak.status_code == 403
    assert post(by_link, f"{WAYS}/courriel", {"email": "z@perso.example"}, token_from=SPACE).status_code == 403
    part(app)
    assert client.get(SPACE).status_code == by_link.get(SPACE).status_code == 302
    sign_in_by_link(app, by_link, OTHER)
    assert "Changer d’adresse électronique" in words(by_link.get(WAYS).text)


def test_an_address_that_was_joined_opens_nothing_of_the_identity(app: Flask, client: FlaskClient) -> None:
    shared = a_case(app, OTHER)
    sign_in(client)
    details = {"requester.address_line": "1 rue Secrète", "requester.postcode": "49000", "requester.city": "Angers"}
    assert post(client, f"{SPACE}/coordonnees", details, token_from=SPACE).status_code == 303
    form = client.get(form_path()).text
    draft = client.post("/demarches/street_issue/brouillon", data=carried(form) | {"description": "Un secret"}).location
    draft = draft.removesuffix("/plus-tard")
    assert client.get(draft).status_code == 200
    add_address(client, OTHER)
    agree(client, last_link(app))

    by_link = app.test_client()
    sign_in_by_link(app, by_link, OTHER)
    space = by_link.get(SPACE).text
    assert shared.reference in space
    for told in ("MARTIN", "Secrète", draft):
        assert told not in space
    assert f"{SPACE}/coordonnees" not in space
    refused = post(by_link, f"{SPACE}/coordonnees", details | {"requester.city": "Lyon"}, token_from=SPACE)
    assert refused.status_code == 403
    assert by_link.get(draft).location.startswith("/connexion?next=")
    begun = by_link.get(form_path()).text
    assert "Secrète" not in begun
    assert draft not in begun
    own = by_link.post("/demarches/street_issue/brouillon", data=carried(begun) | {"description": "Un trou"}).location
    assert by_link.get(own.removesuffix("/plus-tard")).status_code == 200  # what one begins goes on in this browser

    with runtime_of(app).database.reading() as session:
        account = session.query(Citizen).filter_by(city="Angers").one()
        weak = account_data.gather(session, account, OTHER, moment.now())
        whole = account_data.gather(session, account, "", moment.now())
    assert weak["account"] == {"email": OTHER}
    assert [(one["provider"], one["subject"]) for one in weak["identities"]] == [("email", OTHER)]
    assert (weak["drafts"], len(whole["drafts"])) == ([], 1)
    assert [one["reference"] for one in weak["cases"]] == [shared.reference]
    assert (whole["account"]["city"], len(whole["identities"])) == ("Angers", 2)
    shown = {**weak, "identities": data_exports.in_words(runtime_of(app), weak["identities"])}
    page = templating.document_html(
        "data_export", "", {**shown, "authority": an_authority(app), "made": ""}, PUBLIC_URL
    )
    assert "votre identité et vos brouillons n’y sont pas" in page


def test_addresses_joined_before_open_the_account_still_after_another_join(app: Flask, client: FlaskClient) -> None:
    shared = a_case(app, OTHER)
    sign_in_by_link(app, client, OTHER)
    sign_in_too(client, provider="franceconnect")
    assert agree(client).location == SPACE
    # The account of that identity goes into the one of another: its sheet, and the address's, one under the other.
    elsewhere = app.test_client()
    sign_in(elsewhere, provider="region")
    sign_in_too(elsewhere, provider="franceconnect")
    assert agree(elsewhere).location == SPACE
    assert shared.reference in elsewhere.get(SPACE).text
    assert OTHER in elsewhere.get(WAYS).text
    by_link = app.test_client()
    sign_in_by_link(app, by_link, OTHER)
    assert shared.reference in by_link.get(SPACE).text
    with runtime_of(app).database.reading() as session:
        owners = {one.citizen_id for one in session.query(CitizenIdentity)}
        (account_id,) = owners  # the address opens the same account, and not a new one
        assert OTHER in matching.list_addresses(session, account_id)
    part(app)
    sign_in_by_link(app, by_link, OTHER)
    assert shared.reference in by_link.get(SPACE).text


def test_what_another_tab_does_at_this_moment_is_waited_for(
    open_app: OpenApp, provider: FaultyProvider, seeded_postgres_url: str
) -> None:
    app = open_app(seeded_postgres_url, public_url=PUBLIC_URL, identity_providers=(provider.settings(),))
    runtime, client = runtime_of(app), app.test_client()
    shared = a_case(app, OTHER)
    sign_in(client)
    add_address(client, OTHER)
    link = last_link(app)
    with runtime.database.reading() as session:
        account = session.query(Citizen).order_by(Citizen.id.desc()).first()
        assert account is not None
        actor = accounts.citizen_actor(account)

    def at_once(begun: Callable[[Session], object], press: Callable[[], TestResponse]) -> TestResponse:
        with ThreadPoolExecutor(1) as other:
            with runtime.database.transaction() as session:
                begun(session)
                session.flush()
                pressing = other.submit(press)
                with pytest.raises(TimeoutError):
                    pressing.result(0.5)
            return pressing.result(30)

    answered = at_once(
        lambda session: reconciliation.set_aside(session, runtime, actor, account),
        lambda: post(client, f"{SPACE}/retrouver/ecarter", {}, token_from=SPACE),
    )
    assert answered.location == SPACE
    assert count(app, CitizenMatchSetAside) == 1
    answered = at_once(
        lambda session: email_accounts.account_of(session, account.authority_id, OTHER), lambda: agree(client, link)
    )
    assert answered.location == SPACE
    assert shared.reference in client.get(SPACE).text
    assert OTHER in client.get(WAYS).text


def an_authority(app: Flask) -> dict[str, Any]:
    """The authority as documents show it."""
    with runtime_of(app).database.reading() as session:
        return documents.authority_values(factories.the_authority(session))


def test_an_identity_takes_an_address_that_its_owner_proves(app: Flask, client: FlaskClient) -> None:
    shared = a_case(app, OTHER)
    sign_in(client)
    add_address(client, OTHER)
    link = last_link(app)
    stranger = app.test_client()
    sign_in(stranger, "mamadou")
    assert stranger.get(link).status_code == 410
    assert app.test_client().get(link).status_code == 302
    assert shared.reference in words(client.get(link).text)
    assert agree(client, link).location == SPACE
    assert client.get(link).status_code == 410
    assert shared.reference in words(client.get(SPACE).text)
    with runtime_of(app).database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    assert client.get(f"/suivi/{shared.reference}").status_code == 200
    by_link = app.test_client()
    sign_in_by_link(app, by_link, OTHER)
    owners = {one["subject"]: one["citizen_id"] for one in rows(app, CitizenIdentity)}
    assert len(owners) == 3
    assert len(set(owners.values())) == 2
    # The address opens an account that somebody vouches for: nobody else takes it.
    add_address(stranger, OTHER)
    refused = agree(stranger, last_link(app))
    assert refused.status_code == 409
    assert TAKEN in words(refused.text)


def test_an_account_by_link_changes_its_address_and_tells_the_former_one(app: Flask, client: FlaskClient) -> None:
    own, theirs = a_case(app, ADDRESS), a_case(app, ADDRESS, "Petit")
    sign_in_by_link(app, client)
    elsewhere = app.test_client()
    sign_in_by_link(app, elsewhere)
    assert add_address(client, ADDRESS).status_code == 422
    add_address(client, OTHER)
    link = last_link(app)
    page = words(client.get(link).text)
    assert "Jeanne Martin" in page
    assert "Jeanne Petit" in page
    changed = post(client, link, {"sheets": [str(own.citizen_id), "9" * 5000, "x"]}, token_from=WAYS)
    assert changed.location == SPACE
    noted = {one["case_id"]: one["data"] for one in rows(app, CaseEvent) if one["kind"] == Event.CONTACT_CORRECTED}
    assert noted == {own.id: {"fields": "adresse électronique"}}
    assert [one["revision"] for one in rows(app, Case)] == [own.revision + 1, theirs.revision]
    told = sent(app)[-1]
    assert told.recipient == ADDRESS
    assert OTHER not in told.text
    space = words(client.get(SPACE).text)
    assert OTHER in space
    assert own.reference in space
    assert theirs.reference not in space
    assert elsewhere.get(SPACE).status_code == 302
    sign_in_by_link(app, elsewhere)
    assert own.reference not in elsewhere.get(SPACE).text
    assert theirs.reference in elsewhere.get(SPACE).text
    with runtime_of(app).database.transaction() as session:
        session.execute(delete(OneTimeSecret))  # an address gets three links in a quarter of an hour
    # And back to an address that somebody opened and left empty: they keep no key, and lose nothing.
    add_address(client, ADDRESS)
    shown = client.get(last_link(app)).text
    assert theirs.reference in shown  # what comes with it
    assert " checked" not in shown  # nobody is moved unsaid, be there only one
    assert post(client, last_link(app), {}, token_from=WAYS).location == SPACE
    assert theirs.reference in words(client.get(SPACE).text)
    assert [one["subject"] for one in rows(app, CitizenIdentity)] == [ADDRESS]
    assert count(app, CitizenMerge) == 0
    assert elsewhere.get(SPACE).status_code == 302


def test_an_address_that_opens_somebody_s_account_is_not_changed_for(app: Flask, client: FlaskClient) -> None:
    theirs = app.test_client()
    sign_in_by_link(app, theirs, OTHER)
    with runtime_of(app).database.transaction() as session:
        key = session.query(CitizenIdentity).one()
        factories.a_case(session, runtime_of(app), sender=Sender(citizen_id=key.citizen_id))
    sign_in_by_link(app, client)
    before = rows(app, Citizen, CitizenIdentity)
    add_address(client, OTHER)
    for refused in (client.get(last_link(app)), agree(client, last_link(app))):
        assert refused.status_code == 409
        assert "ouvre déjà un autre espace" in words(refused.text)
    assert rows(app, Citizen, CitizenIdentity) == before
    assert client.get(SPACE).status_code == theirs.get(SPACE).status_code == 200
