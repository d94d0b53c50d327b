"""Actions in bulk as an agent does them: tick, choose, read again, confirm, follow, take back."""

import re
from html import escape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.domain.incoming import Sender
from backoffice.infra.runtime import Runtime
from backoffice.services import batch_running
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state
from tests.web.visits import hidden, post, sign_in, words

ACTIONS = "/agents/actions-groupees"


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def prepare(client: FlaskClient, references: list[str], kind: str, **typed: str) -> TestResponse:
    """Choose an action for these cases, and fill its form."""
    choice = client.get(ACTIONS, query_string={"dossier": references}).text
    form = post(client, f"{ACTIONS}/preparer", {"kind": kind, "references": hidden(choice, "references")}).text
    fields = {name: hidden(form, name) for name in ("references", "form_key", "kind")}
    return post(client, f"{ACTIONS}/preparer", fields | typed | {"do": "check"})


def confirm(client: FlaskClient, page: str) -> str:
    """Send what was read again, and give the address of its progress."""
    names = ("references", "form_key", "kind", "to", "text")
    answer = post(client, ACTIONS, {name: hidden(page, name) for name in names})
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["Location"]


def work_off(runtime: Runtime) -> None:
    while jobs_by_state(runtime, JobKind.RUN_BATCH).get("queued"):
        batch_running.run(runtime, claim_next(runtime, JobKind.RUN_BATCH))


def test_an_agent_acts_on_a_whole_list_reads_why_not_for_some_and_takes_it_back(
    runtime: Runtime, client: FlaskClient, app: Flask
) -> None:
    mine = [factories.a_receipt(runtime).reference for _ in range(2)]
    foreign = factories.a_receipt(runtime, procedure="birth_certificate").reference
    sign_in(client, "Karim")
    queue = client.get("/agents/dossiers", query_string={"vue": "en-cours"}).text
    assert "Agir sur les 3 dossiers de cette liste" in words(queue)
    choice = client.get(ACTIONS, query_string={"vue": "en-cours", "tout": "1"}).text
    assert "3 dossiers choisis" in words(choice)
    assert "possible pour 2 sur 3" in words(choice)
    chosen = prepare(client, [*mine, foreign], "move", to="waiting_citizen")
    said = words(chosen.text)
    for sentence in (
        "2 dossiers le seront, 1 non :",
        "suivi par un service où vous ne pouvez pas",
        "Vous pourrez annuler",
    ):
        assert sentence in said
    address = confirm(client, chosen.text)
    assert confirm(client, chosen.text) == address
    page = client.get(address).text
    assert "0 sur 3 dossiers traités" in words(page)
    assert "hx-get" in page
    work_off(runtime)
    page = client.get(address).text
    assert "Laissés comme ils étaient" in page
    assert "hx-get" not in page
    left = client.get(address, query_string={"voir": "refuses"}).text
    assert foreign in left
    assert not any(reference in left for reference in mine)
    assert "Passer à « En attente de l’usager »" in words(client.get("/agents/envois/").text)

    stranger = app.test_client()
    sign_in(stranger, "Hélène")
    number = re.findall(r"\d+", address)[-1]
    assert stranger.get(address).status_code == 404
    assert post(stranger, f"{ACTIONS}/{number}/annuler", {}).status_code == 404
    back = post(client, f"{ACTIONS}/{number}/annuler", {}).headers["Location"]
    work_off(runtime)
    assert "Voir l’action annulée" in client.get(back).text
    assert "Cette action a été annulée" in client.get(address).text
    for reference in mine:
        history = words(client.get(f"/agents/dossiers/{reference}").text)
        assert "Action groupée annulée" in history


def test_only_the_colleagues_and_departments_that_can_have_the_cases_are_offered(
    runtime: Runtime, client: FlaskClient
) -> None:
    mine = factories.a_receipt(runtime).reference
    foreign = factories.a_receipt(runtime, procedure="birth_certificate").reference
    sign_in(client, "Karim")

    def offered(kind: str) -> str:
        return words(prepare(client, [mine, foreign], kind).text)

    agents = offered("assign")
    assert "Karim Benali Marc Duval" in agents
    assert not any(name in agents for name in ("Julie Caron", "Paul Kervadec"))
    departments = offered("transfer")
    assert "Urbanisme" in departments
    assert "Voirie et propreté" not in departments


def test_whoever_gives_an_action_up_finds_their_list_as_they_left_it(runtime: Runtime, client: FlaskClient) -> None:
    mine, other = (factories.a_receipt(runtime).reference for _ in range(2))
    foreign = factories.a_receipt(runtime, procedure="birth_certificate").reference
    sign_in(client, "Karim")
    left = "/agents/dossiers?vue=en-cours&canal=web_form"
    for kind, page in (("assign", f"{ACTIONS}/preparer"), ("letter", "/agents/envois/commencer")):
        choice = client.get(ACTIONS, query_string={"dossier": mine, "retour": left}).text
        back = hidden(choice, "retour")
        assert back == f"{left}&coche={mine}"
        form = post(client, page, {"kind": kind, "references": mine, "retour": back}).text
        assert f'href="{escape(back)}"' in form, kind
    queue = client.get(back).text
    assert f'value="{mine}" checked' in queue
    assert f'value="{other}" checked' not in queue
    assert hidden(queue, "retour") == left, "ticks are not a filter"
    impossible = client.get(ACTIONS, query_string={"dossier": foreign, "retour": left})
    assert impossible.location == f"{left}&coche={foreign}"
    whole = client.get(ACTIONS, query_string={"tout": "1", "vue": "en-cours", "retour": "//ailleurs.example"}).text
    assert hidden(whole, "retour") == "/agents/dossiers?vue=en-cours"


def test_what_is_missing_is_told_next_to_its_field_and_nothing_impossible_is_offered(
    runtime: Runtime, client: FlaskClient
) -> None:
    anonymous = factories.a_receipt(runtime, sender=Sender()).reference
    foreign = factories.a_receipt(runtime, procedure="birth_certificate").reference
    sign_in(client, "Karim")
    choice = client.get(ACTIONS, query_string={"dossier": anonymous}).text
    assert "Attribuer à un agent" in choice
    assert "Répondre par courriel" not in choice
    assert "étiquette" not in choice
    assert (
        "Aucune action n’est possible"
        in client.get(ACTIONS, query_string={"dossier": foreign}, follow_redirects=True).text
    )
    assert "Cochez au moins un dossier" in client.get(ACTIONS, follow_redirects=True).text
    wrong = prepare(client, [anonymous], "transfer", to="", text="Pour vous, & vite")
    assert wrong.status_code == 422
    assert "Choisissez le service" in wrong.text
    assert "Pour vous, &amp; vite" in wrong.text
    assert hidden(wrong.text, "references") == anonymous
    letter = post(client, "/agents/envois/commencer", {"references": anonymous})
    assert "1 dossier choisi" in words(letter.text)
    assert post(client, ACTIONS, {"kind": "letter", "references": anonymous}).status_code == 422
    assert post(client, ACTIONS, {"kind": "<b>"}).status_code == 422
