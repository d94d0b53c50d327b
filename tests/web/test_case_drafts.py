"""What an agent writes on a case survives interruptions and conflicts, and passes to a colleague when it is shared."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.case_drafts import CaseDraft
from backoffice.services import case_drafts, moment
from tests import factories
from tests.web.test_case_page import CASES, do, how_many
from tests.web.visits import sign_in, words


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def reference(runtime: Runtime) -> str:
    return factories.a_receipt(runtime).reference


def test_a_text_is_given_back_until_it_is_sent(app: Flask, client: FlaskClient, reference: str) -> None:
    colleague = app.test_client()
    sign_in(client, "Karim")
    sign_in(colleague, "Marc")
    page = client.get(f"{CASES}/{reference}").text
    saved = do(client, reference, "brouillon", page, reply="Bonjour,\n\nNous passerons")
    assert saved.json is not None
    assert saved.json["saved"].startswith("Brouillon enregistré à ")
    do(client, reference, "brouillon", note="Appeler le chef d’équipe")
    again = client.get(f"{CASES}/{reference}").text
    assert "Nous passerons</textarea>" in again
    mine = words(client.get(f"{CASES}/brouillons").text)
    assert "Mes brouillons 2" in mine
    assert mine.count(f"{reference} · ") == 2
    assert reference not in colleague.get(f"{CASES}/brouillons").text
    assert "Appeler le chef d’équipe</textarea>" in again
    assert "Nous passerons" not in colleague.get(f"{CASES}/{reference}").text

    # A colleague changes the case meanwhile: what was posted is kept, on this page and on the next one.
    do(colleague, reference, "noter", note="Vu sur place.")
    assert do(client, reference, "repondre", page, reply="Nous passerons mardi.").status_code == 409
    fresh = client.get(f"{CASES}/{reference}").text
    assert "Nous passerons mardi.</textarea>" in fresh
    assert do(client, reference, "repondre", fresh, reply="Nous passerons mardi.").status_code == 303
    after = client.get(f"{CASES}/{reference}").text
    assert "Nous passerons mardi.</textarea>" not in after
    assert "Appeler le chef d’équipe</textarea>" in after
    # What was still on its way from the browser does not bring it back.
    assert do(client, reference, "brouillon", fresh, reply="Nous passerons mardi.").json == {"saved": ""}
    # Taken back within its ten seconds, it is a draft again.
    message = after.split("/reponses/")[1].split("/")[0]
    do(client, reference, f"reponses/{message}/annuler")
    assert "Nous passerons mardi.</textarea>" in client.get(f"{CASES}/{reference}").text
    do(client, reference, "brouillon", reply=" ")
    assert "Nous passerons mardi.</textarea>" not in client.get(f"{CASES}/{reference}").text


def test_a_shared_draft_passes_to_a_colleague_of_the_department_alone(
    app: Flask, client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    colleague, elsewhere = app.test_client(), app.test_client()
    for one, name in ((client, "Karim"), (colleague, "Marc"), (elsewhere, "Julie")):
        sign_in(one, name)
    do(client, reference, "brouillon", reply="Le trou est rebouché.", share="1")
    shown = colleague.get(f"{CASES}/{reference}").text
    assert "Brouillon partagé par Karim Benali" in words(shown)
    assert "Le trou est rebouché." not in elsewhere.get(f"{CASES}/{reference}").text

    chosen = shown.split('value="go-on.')[1].split('"')[0]
    taken = do(colleague, reference, "repondre", reply="Bonjour,", do=f"go-on.{chosen}")
    assert taken.status_code == 303
    assert "Bonjour,\n\nLe trou est rebouché.</textarea>" in colleague.get(f"{CASES}/{reference}").text
    assert "Brouillon partagé par Marc Duval" in words(client.get(f"{CASES}/{reference}").text)
    late = do(client, reference, "repondre", reply="", do=f"go-on.{chosen}")
    assert late.status_code == 409
    assert "n’est plus partagé" in late.text
    assert how_many(runtime, CaseDraft) == 1


def test_a_draft_left_for_too_long_is_forgotten(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    do(client, reference, "brouillon", note="Trop vieux")
    with runtime.database.transaction() as session:
        [draft] = session.scalars(select(CaseDraft))
        draft.expires_at = moment.now() - timedelta(seconds=1)
    assert "Trop vieux" not in client.get(f"{CASES}/{reference}").text
    with runtime.database.transaction() as session:
        case_drafts.forget_expired(session)
    assert how_many(runtime, CaseDraft) == 0
