"""Agents who have the same case open know of each other, and the page that says so keeps nobody signed in."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.people import WebSession
from backoffice.models.presences import CasePresence
from backoffice.services import moment, presences
from tests import factories
from tests.web.test_case_page import CASES, do, how_many
from tests.web.visits import csrf_token, post, sign_in


def test_who_else_has_the_case_open_is_said_until_they_leave(app: Flask, client: FlaskClient) -> None:
    runtime: Runtime = app.extensions["parvis"]
    reference = factories.a_receipt(runtime).reference
    colleague, elsewhere = app.test_client(), app.test_client()
    for one, name in ((client, "Karim"), (colleague, "Marc"), (elsewhere, "Julie")):
        sign_in(one, name)
    assert do(client, reference, "presence").json == {"said": ""}
    assert do(colleague, reference, "presence").json == {"said": "Karim Benali a aussi ce dossier ouvert."}
    assert do(client, reference, "presence").json == {"said": "Marc Duval a aussi ce dossier ouvert."}
    assert "Marc Duval a aussi ce dossier ouvert." in client.get(f"{CASES}/{reference}").text
    assert how_many(runtime, CasePresence) == 2

    # Half an hour without a gesture is half an hour, whatever the page asks by itself.
    token = csrf_token(client, f"{CASES}/{reference}")
    with runtime.database.transaction() as session:
        session.execute(update(WebSession).values(seen_at=moment.now() - timedelta(minutes=5)))
    before = seen_at(runtime)
    assert client.post(f"{CASES}/{reference}/presence", data={"csrf_token": token}).status_code == 200
    assert seen_at(runtime) == before

    # Restricted from now on: who may not read it neither hears of it nor is heard.
    with runtime.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    refused = post(elsewhere, f"{CASES}/{reference}/presence", {}, token_from="/agents/dossiers")
    assert refused.status_code == 404
    assert "Duval" not in refused.text

    with runtime.database.transaction() as session:
        past = moment.now() - timedelta(seconds=1)
        session.execute(update(CasePresence).values(expires_at=past))
    assert "ce dossier ouvert" not in client.get(f"{CASES}/{reference}").text
    with runtime.database.transaction() as session:
        presences.forget_expired(session)
    assert how_many(runtime, CasePresence) == 0


def seen_at(runtime: Runtime) -> list[object]:
    """When each session was last seen."""
    with runtime.database.reading() as session:
        return [str(one) for one in session.scalars(select(WebSession.seen_at).order_by(WebSession.id))]
