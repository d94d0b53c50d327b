"""From one case of a list to the next, with an answer and a state in one go."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.infra.runtime import Runtime
from tests import factories
from tests.web.test_case_page import CASES, do, the_case
from tests.web.visits import sign_in, words

WEB_ONES = "vue=mes-services&canal=web_form"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """The lists themselves are tried on both engines in test_queue.py."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def three(runtime: Runtime) -> list[str]:
    """Three cases, the most urgent first."""
    found = []
    for days in (9, 6, 3):
        at = datetime.now(UTC) - timedelta(days=days)
        found.append(factories.a_receipt(runtime, source_id=f"days-{days}", received_at=at).reference)
    return found


def links(page: str) -> dict[str, str]:
    """Where « précédent » and « suivant » lead."""
    return {
        rel: page.split(f'" rel="{rel}"', maxsplit=1)[0].rsplit('href="', 1)[1].replace("&amp;", "&")
        for rel in ("prev", "next")
        if f'rel="{rel}"' in page
    }


def test_a_case_opened_from_a_list_leads_to_its_neighbours(client: FlaskClient, three: list[str]) -> None:
    sign_in(client, "Karim")
    first, second, third = three
    assert "Dossiers de la liste" not in client.get(f"{CASES}/{second}").text
    came = {"Referer": f"http://localhost{CASES}?{WEB_ONES}"}
    around = links(client.get(f"{CASES}/{second}", headers=came).text)
    assert f"{CASES}/{first}?liste=" in around["prev"]
    last = client.get(around["next"]).text
    assert third in words(last)
    assert links(last).keys() == {"prev"}
    assert links(client.get(around["prev"]).text).keys() == {"next"}
    # Every form of the page keeps the list, and so does what comes after it.
    noted = do(client, f"{second}", "noter?liste=vue%3Dmes-services", note="Vu.")
    assert noted.location == f"{CASES}/{second}?liste=vue%3Dmes-services"
    # An address that somebody made up is a list like another, or none.
    for made_up in ("%00", "vue=nothing&service=-1&du=2026", "&" * 900, "q=" + "a" * 3000):
        assert client.get(f"{CASES}/{second}", query_string={"liste": made_up}).status_code == 200


def test_an_answer_a_state_and_the_next_case_are_one_gesture(
    client: FlaskClient, runtime: Runtime, three: list[str]
) -> None:
    sign_in(client, "Karim")
    first, second, _ = three
    path = "repondre?liste=vue%3Dmes-services"
    refused = do(client, first, path, reply="", do="next", then_status="waiting_citizen")
    assert refused.status_code == 422
    assert the_case(runtime, first).status == "received"
    sent = do(client, first, path, reply="Où est-ce ?", do="next", then_status="waiting_citizen")
    assert sent.location.startswith(f"{CASES}/{second}?liste=")
    assert the_case(runtime, first).status == "waiting_citizen"
    page = client.get(sent.location).text
    assert f"Dossier {first}. Votre réponse part par courriel" in words(page)
    # It can still be taken back from there.
    message = page.split(f"{CASES}/{first}/reponses/")[1].split("/")[0]
    taken = do(client, first, f"reponses/{message}/annuler")
    assert "Où est-ce ?</textarea>" in taken.text
    last = do(client, three[-1], path, reply="Bonjour", do="next")
    assert last.location == f"{CASES}?vue=mes-services"
