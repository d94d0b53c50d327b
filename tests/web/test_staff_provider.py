"""Staff sign in at ProConnect: it says who they are, and only an open account here gives rights."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backoffice.identity_providers import faults_of, proconnect
from backoffice.models.accounts import AccountEvent
from backoffice.models.authorities import Authority
from backoffice.models.people import Staff, WebSession
from backoffice.models.sign_in import StaffFactor, StaffIdentity
from backoffice.services import second_factors, staff_identities
from demo.identity_rules import Grant
from demo.professional_rules import ProfessionalProvider
from tests import factories
from tests.conftest import OpenApp
from tests.services import identity_provider as op
from tests.services.identity_provider import PUBLIC_URL
from tests.web.visits import SIGN_IN, csrf_token, post, words

START = f"{SIGN_IN}/proconnect"


class _Altered(ProfessionalProvider):
    """Says of somebody what a test wants."""

    said: dict[str, Any] = {}  # noqa: RUF012 (each test gives its own)

    def userinfo_claims(self, grant: Grant) -> dict[str, Any]:
        return super().userinfo_claims(grant) | self.said

    def frame(self, grant: Grant) -> dict[str, Any]:
        return super().frame(grant) | {name: self.said[name] for name in ("sub",) if name in self.said}


@pytest.fixture(scope="module")
def running() -> Iterator[ProfessionalProvider]:
    with op.running_professional() as found:
        found.__class__ = _Altered
        yield found


@pytest.fixture
def pro(running: _Altered) -> _Altered:
    running.said = {}
    return running


@pytest.fixture
def app(open_app: OpenApp, pro: _Altered, seeded_sqlite_url: str) -> Flask:
    return open_app(seeded_sqlite_url, public_url=PUBLIC_URL, identity_providers=(op.professional_settings(pro),))


def _enter(client: FlaskClient, who: str, **fields: str) -> TestResponse:
    left = post(client, START, fields)
    assert left.status_code == 303, words(left.text)
    assert left.location.startswith("http://127.0.0.1")
    return client.get(op.choose(left.location, who))


def _rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["parvis"].database.reading() as session:
        return list(session.scalars(select(model)))


def test_an_agent_is_recognised_and_has_the_rights_of_the_account_here(app: Flask, client: FlaskClient) -> None:
    assert "S’identifier avec ProConnect" in client.get(SIGN_IN).text
    back = _enter(client, "karim", next="/agents/dossiers")
    assert back.location == "/agents/dossiers"
    page = words(client.get("/agents/compte").text)
    assert "Karim Benali" in page
    assert "ProConnect" in page
    (linked,) = _rows(app, StaffIdentity)
    assert linked.claims["siret"] == "21490999900017"
    kinds = [one.kind for one in _rows(app, AccountEvent)]
    assert kinds == ["identity_linked"]
    # Signing out ends it here first, then there.
    gone = client.post("/agents/deconnexion", data={"csrf_token": csrf_token(client)})
    assert "/session/end?" in gone.location
    assert client.get("/agents/compte").status_code == 302
    (held,) = [one for one in _rows(app, WebSession) if one.revoked_at]
    assert held.provider == "proconnect"
    # The same person again adds nothing; nobody is on the citizens' door with it.
    _enter(client, "karim")
    assert len(_rows(app, StaffIdentity)) == 1
    assert client.post("/connexion/proconnect", data={"csrf_token": csrf_token(client)}).status_code == 404


def test_whoever_has_no_open_account_reads_why_and_gets_nothing(app: Flask, client: FlaskClient, pro: _Altered) -> None:
    refused = _enter(client, "inconnu")
    assert refused.status_code == 403
    assert staff_identities.UNKNOWN in words(refused.text)
    assert client.get("/agents/compte").status_code == 302
    _enter(app.test_client(), "karim")
    # The address given to somebody else, another address for the same person, an account that is suspended.
    for said in ({"sub": "another-person"}, {"email": "julie.caron@saint-aubin.example"}):
        pro.said = said
        crossed = _enter(app.test_client(), "karim")
        assert (crossed.status_code, staff_identities.CHANGED in words(crossed.text)) == (403, True)
    pro.said = {}
    database = app.extensions["parvis"].database
    with database.transaction() as session:
        session.execute(update(Staff).where(Staff.name == "Karim Benali").values(active=False))
    assert _enter(app.test_client(), "karim").status_code == 403
    assert len(_rows(app, StaffIdentity)) == 1
    # An answer that nobody asked for, and one that was given up.
    assert client.get(f"{START}/retour?code=x&state=y").status_code == 400
    given_up = _enter(client, "")
    assert (given_up.status_code, "Vous avez interrompu la connexion" in words(given_up.text)) == (200, True)


def test_our_second_factor_is_asked_of_who_gave_none_there(app: Flask, client: FlaskClient, pro: _Altered) -> None:
    database = app.extensions["parvis"].database
    with database.transaction() as session:
        authority = session.scalars(select(Authority)).one()
        authority.details = authority.details | {second_factors.REQUIRED_ROLES: ["functional_admin", "case_handler"]}
        staff, now = factories.staff_named(session, "Nadia"), datetime.now(UTC)
        mine = {"authority_id": staff.authority_id, "staff_id": staff.id}
        session.add(StaffFactor(**mine, kind="totp", name="T", secret="", created_at=now, confirmed_at=now))
    assert _enter(client, "karim").location == "/agents/compte/double-authentification"
    # ProConnect asked Nadia for two factors, and says so.
    assert _enter(client, "nadia").location == "/agents/"
    assert "double authentification du fournisseur" in words(client.get("/agents/compte").text)
    pro.said = {"siret": "99999999900017"}
    _enter(client, "nadia")
    changed = next(one for one in _rows(app, AccountEvent) if one.kind == "identity_changed")
    assert changed.after == {"SIRET de l’employeur": "99999999900017"}


def test_an_agreement_that_would_let_citizens_in_by_it_is_refused(pro: _Altered) -> None:
    agreed = op.professional_settings(pro)
    assert faults_of(agreed) == []
    assert faults_of(op.professional_settings(pro, audience="citizen")) == [
        "proconnect : pour les agents (audience staff)"
    ]
    verified = {"iss": "i", "sub": "s", "email": "a@b.example"}
    assert agreed.granted(verified)["email"] == "a@b.example"
    plain = proconnect(name="autre", kind="openid", issuer="https://a.example", client_id="c", client_secret="s")
    assert "email" not in plain.granted(verified)
    assert plain.granted(verified | {"email_verified": True})["email"] == "a@b.example"
    assert plain.had_second_factor({"amr": ["pwd", "mfa"]})
    assert not plain.had_second_factor({"acr": "eidas1", "amr": "mfa"})
