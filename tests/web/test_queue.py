"""The shared queue shows what it counts, keeps its state in its address, and hides what must be hidden."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import queue
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import case_texts, casework, moment
from tests import factories
from tests.web.visits import sign_in, words

QUEUE = "/agents/dossiers"
REFERENCE = re.compile(r'href="/agents/dossiers/(20\d\d-\d{6})"')


def references_of(page: str) -> list[str]:
    return REFERENCE.findall(page)


def tools(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions["parvis"]
    return runtime


def fill(app: Flask, count: int, *, days_apart: int = 1) -> list[str]:
    """Street issues, each received so many days before the one that follows; the oldest first."""
    now, found = datetime.now(UTC), []
    for index in range(count):
        when = now - timedelta(days=(count - index) * days_apart)
        with moment.at(when):
            found.append(factories.a_receipt(tools(app), received_at=when).reference)
    return found


def test_a_case_shows_its_channel_department_citizen_and_deadline(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(tools(app), channel=ChannelCode.PHONE)
    sign_in(client, "Karim")
    page = words(client.get(QUEUE).text)
    for said in ("Nid-de-poule rue des Lilas", "Jeanne Martin", "Téléphone", "Voirie et propreté", "Reçue", "Objectif"):
        assert said in page


def test_the_most_urgent_case_comes_first_and_a_late_one_says_so_in_words(app: Flask, client: FlaskClient) -> None:
    oldest, middle, newest = fill(app, 3, days_apart=20)
    sign_in(client, "Karim")
    page = client.get(QUEUE).text
    assert references_of(page) == [oldest, middle, newest]
    assert "en retard de" in words(page)


def test_an_agent_without_department_sees_every_open_case(app: Flask, client: FlaskClient) -> None:
    street = factories.a_receipt(tools(app)).reference
    birth = factories.a_receipt(tools(app), procedure="birth_certificate").reference
    sign_in(client, "Sandrine")
    assert set(references_of(client.get(QUEUE).text)) == {street, birth}


def test_each_tab_counts_what_its_click_shows(app: Flask, client: FlaskClient) -> None:
    runtime = tools(app)
    fill(app, 4, days_apart=15)
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        taken, waiting, closed = (factories.a_case(session, runtime) for _ in range(3))
        factories.a_case(session, runtime, procedure="birth_certificate")
        casework.take(session, karim, taken)
        casework.move(session, karim, waiting, Status.WAITING_CITIZEN)
        casework.close(session, runtime, karim, closed, Outcome.ANSWERED, "Le trou est rebouché.")
    sign_in(client, "Karim")
    page = client.get(QUEUE).text
    tabs = re.findall(r'href="(/agents/dossiers\?vue=[a-z-]+)"[^>]*>[^<]+<span class="tab-count">(\d+)<', page)
    assert len(tabs) == 8
    shown = {address: len(references_of(client.get(address).text)) for address, _ in tabs}
    assert shown == {address: int(count) for address, count in tabs}
    assert {address.rpartition("=")[2]: count for address, count in tabs} == {
        "a-traiter": "1",
        "mes-services": "6",
        "sans-agent": "6",
        "en-attente": "1",
        "en-retard": "4",
        "non-remis": "0",
        "en-cours": "7",
        "termines": "1",
    }


def test_pages_follow_one_another_both_ways_without_hole_or_repeat(app: Flask, client: FlaskClient) -> None:
    runtime = tools(app)
    with runtime.database.transaction() as session:
        created = [factories.a_case(session, runtime).reference for _ in range(60)]
    sign_in(client, "Sandrine")
    page, seen = client.get(QUEUE).text, []
    while True:
        seen.append(references_of(page))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        if not link:
            break
        page = client.get(link[1].replace("&amp;", "&")).text
    assert [len(part) for part in seen] == [25, 25, 10]
    assert [one for part in seen for one in part] == created
    back = []
    while link := re.search(r'rel="prev" href="([^"]+)"', page):
        page = client.get(link[1].replace("&amp;", "&")).text
        back.append(references_of(page))
    assert back == [seen[1], seen[0]]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("canal=phone", {"phone"}),
        ("demarche=birth_certificate", {"birth"}),
        ("demarche=personne", {"unsorted"}),
        ("canal=phone&canal=web_form", {"phone", "birth", "unsorted", "lamp"}),
        ("demarche=birth_certificate&demarche=personne", {"birth", "unsorted"}),
        ("effet=rejection&canal=phone&canal=letter", {"phone"}),
        ("langue=en", set()),
        ("langue=fr&du=2020-01-01&au=2999-01-01&etat=received&etat=closed", {"phone", "birth", "unsorted", "lamp"}),
        ("au=2020-01-01", set()),
        ("q=lampadaire", {"lamp"}),
        ("q=Belkacem", {"phone"}),
        ("q=fatima+belkacem", {"phone"}),
        ("q=02+41+22+33+44", {"phone"}),
        ("q=jardins@asso.example", {"lamp"}),
        ("q=lampadaire&canal=phone", set()),
        ("canal=fax&service=abc&etat=x&agent=x", {"phone", "birth", "unsorted", "lamp"}),
    ],
)
def test_filters_narrow_the_list(app: Flask, client: FlaskClient, question: str, expected: set[str]) -> None:
    runtime = tools(app)
    association = Sender(organisation="Jardins partagés", email="jardins@asso.example")
    fatima = Sender(family_name="Belkacem", given_names="Fatima", phone="+33241223344")
    cases = {
        factories.a_receipt(runtime, channel=ChannelCode.PHONE, sender=fatima).reference: "phone",
        factories.a_receipt(runtime, procedure="birth_certificate", subject="Copie d’acte").reference: "birth",
        factories.a_receipt(runtime, procedure="", subject="Bonjour").reference: "unsorted",
        factories.a_receipt(runtime, subject="Lampadaire éteint", sender=association).reference: "lamp",
    }
    case_texts.catch_up(runtime)
    sign_in(client, "Sandrine")
    page = client.get(f"{QUEUE}?vue=en-cours&{question}").text
    assert {cases[one] for one in references_of(page)} == expected


def test_a_filter_on_agent_department_and_state(app: Flask, client: FlaskClient) -> None:
    runtime = tools(app)
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        mine, other = factories.a_case(session, runtime), factories.a_case(session, runtime)
        casework.take(session, karim, mine)
        reference, department = mine.reference, mine.department_id
    sign_in(client, "Karim")
    for question in (f"agent={karim.id}", f"etat=under_review&service={department}"):
        assert references_of(client.get(f"{QUEUE}?vue=en-cours&{question}").text) == [reference]
    unassigned = client.get(f"{QUEUE}?vue=en-cours&agent=personne").text
    assert references_of(unassigned) == [other.reference]


def test_an_exact_reference_opens_its_case(app: Flask, client: FlaskClient) -> None:
    reference = factories.a_receipt(tools(app)).reference
    sign_in(client, "Karim")
    assert client.get(f"{QUEUE}?q=+{reference}").location == f"{QUEUE}/{reference}"


def test_a_search_from_the_header_also_finds_closed_cases(app: Flask, client: FlaskClient) -> None:
    runtime = tools(app)
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        casework.close(
            session, runtime, factories.actor_named(session, "Karim"), case, Outcome.ANSWERED, "C’est réparé."
        )
        reference = case.reference
    case_texts.catch_up(runtime)
    sign_in(client, "Karim")
    page = client.get(f"{QUEUE}?q=nid-de-poule").text
    assert references_of(page) == [reference]
    assert "Réponse apportée" in page


def test_an_empty_list_says_what_to_do(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    assert "Rien ne vous attend" in client.get(f"{QUEUE}?vue=a-traiter").text
    assert "Aucun dossier trouvé" in client.get(f"{QUEUE}?q=introuvable").text


def test_a_restricted_case_of_another_department_is_neither_listed_nor_counted_nor_found(
    app: Flask, client: FlaskClient
) -> None:
    runtime = tools(app)
    reference = factories.a_receipt(runtime).reference
    with runtime.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    case_texts.catch_up(runtime)
    sign_in(client, "Julie")
    for address in (f"{QUEUE}?vue=en-cours", f"{QUEUE}?q=lilas", f"{QUEUE}?q={reference}", f"{QUEUE}?vue=sans-agent"):
        page = client.get(address)
        assert page.status_code == 200
        assert references_of(page.text) == []
    assert '<span class="tab-count">1<' not in page.text
    sign_in(client, "Karim")
    assert references_of(client.get(f"{QUEUE}?vue=en-cours").text) == [reference]


def test_counting_stops_at_a_thousand_and_says_so(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    with runtime.database.transaction() as session:
        for _ in range(4):
            factories.a_case(session, runtime)
    case_texts.catch_up(runtime)
    monkeypatch.setattr(queue, "MOST_COUNTED", 2)
    with runtime.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        counts = queue.count_views(session, karim, datetime.now(UTC).date())
        assert counts[View.OPEN] == counts[View.DEPARTMENTS] == 3
        assert queue.count(session, karim, Filters(View.OPEN, words="lilas"), datetime.now(UTC).date()) == 3


def test_who_may_not_read_cases_is_told_so(client: FlaskClient) -> None:
    sign_in(client, "Paul")
    assert client.get(QUEUE).status_code == 403
