"""The editors of letters offer the answers to the questions of their procedure, try them out, and say what is wrong."""

import html

import pytest
from flask.testing import FlaskClient

from backoffice.infra.runtime import Runtime
from backoffice.services import letter_templates
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.test_procedure_editor import publish, seen, send
from tests.web.visits import words

CODE = "waste_bin_bulky"
DRAFT = f"/agents/demarches/{CODE}/brouillon"
LETTER = f"{DRAFT}/courriers/acknowledgement"
COMMON = "/agents/modeles/acknowledgement"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


@pytest.fixture
def nadia(signed_in: SignedIn) -> FlaskClient:
    return signed_in("Nadia")


def test_a_letter_of_a_procedure_is_written_with_its_answers_and_tried_out(nadia: FlaskClient) -> None:
    page = html.unescape(nadia.get(f"{COMMON}?procedure={CODE}").text)
    assert "{{ reponse_items }}" in page
    assert "Réponse à « Quels objets ? »" in words(page)
    assert "reponse_" not in nadia.get(COMMON).text, "a letter of every procedure asks no question"
    typed = {"procedure": CODE, "title": "Encombrants", "body": "Vous demandez : {{ reponse_variant }}."}
    assert "Vous demandez : Un nouveau bac." in words(nadia.post(f"{COMMON}/apercu", data=typed).text)
    assert nadia.post(COMMON, data=typed).status_code == 303
    refused = nadia.post(COMMON, data=typed | {"procedure": ""})
    assert refused.status_code == 422
    assert "seul le courrier d’une démarche dit les réponses à ses propres questions" in words(refused.text)


def test_a_draft_says_which_letter_asks_for_what_is_no_longer_asked(nadia: FlaskClient) -> None:
    assert nadia.post(f"{DRAFT}/nouveau").status_code == 303
    assert send(nadia, LETTER, title="Encombrants", body="Nous prendrons : {{ reponse_items }}.") == 303
    page = words(nadia.get(DRAFT).text)
    assert "La question « Quels objets ? » peut rester sans réponse : le courrier dira alors le texte commun." in page
    framed = nadia.get(f"{COMMON}/apercu?procedure={CODE}&draft=1").text
    assert "Nous prendrons : Un texte d’exemple, tel qu’un usager l’écrirait." in words(framed)
    plan = seen(nadia.get(DRAFT).text)
    assert nadia.post(f"{DRAFT}/questions/items/retrait", data={"seen": plan}).status_code == 303
    page = words(nadia.get(DRAFT).text)
    assert "Ce courrier demande la réponse à « Quels objets ? », que cette démarche ne pose pas" in page
    assert publish(nadia, CODE) == 422
    assert send(nadia, LETTER, title="Encombrants", body="Nous passerons.") == 303
    assert publish(nadia, CODE) == 303


def test_a_draft_leads_to_the_letter_in_force_that_it_would_break(house: Runtime, nadia: FlaskClient) -> None:
    body = "On {{ reponse_slot }}."
    with house.database.transaction() as session:
        actor = factories.actor_named(session, "Nadia")
        for language in ("fr", "en"):
            letter_templates.save(session, actor, "acknowledgement", CODE, language, "Encombrants", body)
    assert nadia.post(f"{DRAFT}/nouveau").status_code == 303
    plan = seen(nadia.get(DRAFT).text)
    assert nadia.post(f"{DRAFT}/questions/slot/retrait", data={"seen": plan}).status_code == 303
    page = html.unescape(nadia.get(DRAFT).text)
    assert f'href="{LETTER}"' in page
    assert f'href="{COMMON}?procedure={CODE}&language=en"' in page
    assert "que cette démarche ne pose pas" in words(nadia.get(LETTER).text)


def test_an_older_text_that_can_be_said_no_more_is_given_back_with_the_reason(
    house: Runtime, nadia: FlaskClient
) -> None:
    with house.database.transaction() as session:
        actor = factories.actor_named(session, "Nadia")
        old = letter_templates.save(
            session, actor, "acknowledgement", CODE, "fr", "Encombrants", "Le {{ reponse_slot }}."
        ).id
        letter_templates.save(session, actor, "acknowledgement", CODE, "fr", "Encombrants", "Bientôt.")
    assert nadia.post(f"{DRAFT}/nouveau").status_code == 303
    plan = seen(nadia.get(DRAFT).text)
    assert nadia.post(f"{DRAFT}/questions/slot/retrait", data={"seen": plan}).status_code == 303
    assert publish(nadia, CODE) == 303
    refused = nadia.post(f"/agents/modeles/versions/{old}/reprise")
    assert refused.status_code == 422
    assert "que cette démarche ne pose pas" in words(refused.text)
    assert "{{ reponse_slot }}" in html.unescape(refused.text)
