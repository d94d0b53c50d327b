"""Bulk letters as an agent makes them: tick, write, read again, send once, follow, print."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.batches import Batch
from backoffice.services import batch_letters, batch_post
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state
from tests.web.visits import hidden, post, sign_in, words

BATCHES = "/agents/envois/"
NEW = "/agents/envois/nouveau"
LETTER = {"subject": "Travaux rue des Lilas", "text": "Bonjour {{ usager }},\n\nLa rue sera barrée lundi."}
ON_PAPER = Sender(family_name="Petit", address_line="3 rue des Lilas", postcode="49990", city="Saint-Aubin")


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def references(runtime: Runtime) -> list[str]:
    """A case whose citizen has an e-mail, and one that came by letter."""
    return [
        factories.a_receipt(runtime).reference,
        factories.a_receipt(runtime, sender=ON_PAPER, channel=ChannelCode.LETTER).reference,
    ]


def send(client: FlaskClient, references: list[str], **changes: str) -> TestResponse:
    """Tick these cases, write the letter, read it again, send it."""
    form = client.get(NEW, query_string={"dossier": references}).text
    fields = {name: hidden(form, name) for name in ("references", "form_key")} | LETTER | changes
    checked = post(client, NEW, fields)
    if checked.status_code != 200:
        return checked
    again = {name: hidden(checked.text, name) for name in ("references", "form_key", "subject", "text")}
    return post(client, BATCHES, again)


def work_off(runtime: Runtime) -> None:
    while jobs_by_state(runtime, JobKind.WRITE_BATCH).get("queued"):
        batch_letters.write(runtime, claim_next(runtime, JobKind.WRITE_BATCH))
    batch_post.join(runtime, claim_next(runtime, JobKind.JOIN_BATCH))


def test_an_agent_ticks_cases_writes_once_and_prints_what_the_post_takes(
    runtime: Runtime, client: FlaskClient, references: list[str]
) -> None:
    sign_in(client, "Karim")
    queue = client.get("/agents/dossiers").text
    assert re.findall(r'name="dossier" value="([^"]+)"', queue) == references
    page = client.get(send(client, references).headers["Location"]).text
    assert "0 sur 2 dossiers traités" in words(page)
    assert "hx-get" in page
    assert "Actualiser" in page
    work_off(runtime)
    page = client.get(f"{BATCHES}1").text
    assert "2 sur 2 dossiers traités" in words(page)
    assert "hx-get" not in page
    assert "À poster : pas d’adresse électronique" in words(page)
    file = client.get(f"{BATCHES}1/a-poster.pdf")
    assert file.data.startswith(b"%PDF")
    assert "attachment" in file.headers["Content-Disposition"]
    assert "Travaux rue des Lilas" in words(client.get(BATCHES).text)


def test_the_letter_is_read_again_before_it_leaves(
    runtime: Runtime, client: FlaskClient, references: list[str]
) -> None:
    anonymous = factories.a_receipt(runtime, sender=Sender()).reference
    sign_in(client, "Karim")
    form = client.get(NEW, query_string={"dossier": [*references, anonymous]}).text
    fields = {name: hidden(form, name) for name in ("references", "form_key")} | LETTER
    page = words(post(client, NEW, fields).text)
    for said in (
        "3 dossiers choisis",
        "Bonjour Jeanne Martin,",
        "Envoyer 2 courriers",
        "1 dossier : Cette demande est anonyme",
    ):
        assert said in page
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_double_click_makes_one_batch(runtime: Runtime, client: FlaskClient, references: list[str]) -> None:
    sign_in(client, "Karim")
    form = client.get(NEW, query_string={"dossier": references}).text
    fields = {name: hidden(form, name) for name in ("references", "form_key")} | LETTER
    first, second = post(client, BATCHES, fields), post(client, BATCHES, fields)
    assert first.headers["Location"] == second.headers["Location"]


def test_the_whole_filtered_list_can_be_written_to(
    client: FlaskClient, runtime: Runtime, references: list[str]
) -> None:
    factories.a_receipt(runtime, procedure="birth_certificate")
    sign_in(client, "Karim")
    page = client.get(NEW, query_string={"vue": "en-cours", "canal": "letter", "tout": "1"}).text
    assert hidden(page, "references") == references[1]
    page = client.get(NEW, query_string={"vue": "en-cours", "tout": "1"}).text
    assert "3 dossiers choisis" in words(page)


def test_without_a_ticked_case_the_list_says_what_to_do(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    answer = client.get(NEW, query_string={"vue": "en-retard"}, follow_redirects=True)
    assert "Cochez au moins un dossier" in words(answer.text)
    assert 'aria-current="page">En retard' in answer.text


def test_a_wrong_letter_is_told_next_to_its_field_and_everything_typed_is_kept(
    client: FlaskClient, references: list[str]
) -> None:
    sign_in(client, "Karim")
    page = send(client, references, subject="", text="Bonjour {{ prenom }} & co")
    assert page.status_code == 422
    assert "{{ prenom }} ne peut pas être rempli" in words(page.text)
    assert "Écrivez l’objet du courrier." in page.text
    assert "Bonjour {{ prenom }} &amp; co" in page.text
    assert hidden(page.text, "references") == " ".join(references)


def test_forged_references_write_to_nobody(runtime: Runtime, client: FlaskClient) -> None:
    sign_in(client, "Karim")
    fields = {"references": "2026-999999 <script> 2026-99", "form_key": "x", **LETTER}
    answer = post(client, BATCHES, fields)
    assert answer.status_code == 422
    assert "ne sont pas accessibles" in words(answer.text)
    assert post(client, BATCHES, LETTER).status_code == 422


def test_a_batch_and_its_file_are_its_authors_alone(
    runtime: Runtime, app: Flask, client: FlaskClient, references: list[str]
) -> None:
    sign_in(client, "Karim")
    send(client, references)
    work_off(runtime)
    other = app.test_client()
    sign_in(other, "Hélène")
    assert other.get(f"{BATCHES}1").status_code == 404
    assert other.get(f"{BATCHES}1/a-poster.pdf").status_code == 404
    assert "Travaux" not in other.get(BATCHES).text


def test_who_may_not_write_to_citizens_is_offered_other_actions(app: Flask, references: list[str]) -> None:
    client = app.test_client()
    sign_in(client, "Sandrine")
    assert client.get(NEW, query_string={"dossier": references}).status_code == 403
    offered = client.get("/agents/actions-groupees", query_string={"dossier": references}).text
    assert "Transférer à un autre service" in offered
    assert "Écrire un courrier" not in offered


def test_the_refused_cases_can_be_read_alone(runtime: Runtime, client: FlaskClient, references: list[str]) -> None:
    anonymous = factories.a_receipt(runtime, sender=Sender()).reference
    sign_in(client, "Karim")
    send(client, [*references, anonymous])
    work_off(runtime)
    page = client.get(f"{BATCHES}1?voir=refuses").text
    assert anonymous in page
    assert not any(reference in page for reference in references)
