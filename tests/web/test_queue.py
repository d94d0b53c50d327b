"""The shared queue shows what it counts, keeps its state in its address, and hides what must be hidden."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.mail import MailRecord, OutgoingMail
from backoffice.queries import queue
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import case_texts, casework, desk_drafts, moment, parked_mail
from tests import factories
from tests.web.visits import hidden, sign_in, words

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


def test_what_waits_beside_cases_has_its_tab_and_what_reached_nobody_too(app: Flask, client: FlaskClient) -> None:
    runtime, now = tools(app), datetime.now(UTC)
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case, hidden = (
            factories.a_case(session, runtime),
            factories.a_case(session, runtime, procedure="birth_certificate"),
        )
        hidden.restricted = True
        for candidate in (case, hidden):
            session.add(_a_parked_mail(candidate, now))
        content = DraftContent({"notes": ["Une dame cherche son chat."]})
        desk_drafts.keep(session, karim, "k" * 22, ChannelCode.PHONE, content, "Une dame cherche son chat.")
        casework.reply(session, runtime, karim, case, "C’est réparé.")
        session.execute(update(OutgoingMail).values(sent_at=now, bounced_at=now))
        reference, case_id = case.reference, case.id
    sign_in(client, "Karim")
    page = client.get(QUEUE).text
    counts = re.findall(r'href="([^"]+)"[^>]*>([^<]+) <span class="tab-count">(\d+)<', page)
    said = {label: (address, int(count)) for address, label, count in counts}
    assert [said[label][1] for label in ("Non remis", "Courriels à trier", "Mes brouillons")] == [1, 1, 1]
    assert references_of(client.get(said["Non remis"][0]).text) == [reference]
    assert client.get(said["Courriels à trier"][0]).text.count('/ecarter"') == 1
    assert client.get(said["Mes brouillons"][0]).text.count("Une dame cherche son chat.</a>") == 1
    with runtime.database.transaction() as session:
        case = session.get_one(Case, case_id)
        casework.reply(session, runtime, karim, case, "C’est réparé.")
        session.execute(update(OutgoingMail).where(OutgoingMail.sent_at.is_(None)).values(sent_at=now))
    assert "Tout est arrivé" in client.get(said["Non remis"][0]).text


def _a_parked_mail(candidate: Case, now: datetime) -> MailRecord:
    return MailRecord(
        authority_id=candidate.authority_id, mailbox="demandes", position=f"1:{candidate.id}", raw_digest="0" * 64,
        size=9, received_at=now, received_on=now.date(), recorded_at=now, outcome="parked",
        content=parked_mail.to_data(factories.an_incoming()), candidate_case_id=candidate.id,
    )  # fmt: skip


def test_the_page_asks_what_is_new_and_is_told_once(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(tools(app))
    sign_in(client, "Karim")
    news = re.search(r'hx-get="([^"]+)"', client.get(f"{QUEUE}?vue=en-cours&canal=web_form").text)
    assert news
    address = unescape(news[1])
    seen = hidden(client.get(f"{QUEUE}?vue=en-cours&canal=web_form").text, "vu")
    assert client.get(address).status_code == 200  # a page that saw nothing
    assert client.get(f"{address}&vu={seen}").status_code == 204
    factories.a_receipt(tools(app), channel=ChannelCode.PHONE)  # another list's
    assert client.get(f"{address}&vu={seen}").status_code == 204
    factories.a_receipt(tools(app))
    told = client.get(f"{address}&vu={seen}")
    assert "1 dossier nouveau ou changé" in words(told.text)
    assert f'href="{QUEUE}?vue=en-cours&amp;canal=web_form"' in told.text
    assert client.get(f"{address}&vu={seen}&dit={hidden(told.text, 'dit')}").status_code == 204


def test_an_empty_list_asks_what_is_new_too(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "Karim")
    empty = client.get(f"{QUEUE}?vue=sans-agent").text
    assert "Aucun dossier sans agent" in empty
    news = re.search(r'hx-get="([^"]+)"', empty)
    assert news
    address = f"{unescape(news[1])}&vu={hidden(empty, 'vu')}"
    assert client.get(address).status_code == 204
    factories.a_receipt(tools(app))
    assert "1 dossier nouveau ou changé" in words(client.get(address).text)


def test_a_list_is_narrowed_by_its_deadlines(app: Flask, client: FlaskClient) -> None:
    late, soon = fill(app, 2, days_apart=20)
    with tools(app).database.reading() as session:
        days = list(session.scalars(select(Case.due_on).order_by(Case.reference)))
    sign_in(client, "Karim")
    until = client.get(f"{QUEUE}?vue=en-cours&echeance_au={days[0]}").text
    assert references_of(until) == [late]
    assert f"Échéance jusqu’au : {days[0]:%d/%m/%Y}" in words(until)
    assert references_of(client.get(f"{QUEUE}?vue=en-cours&echeance_du={days[1]}").text) == [soon]
    both = client.get(f"{QUEUE}?vue=en-cours&echeance_du={days[0]}&echeance_au={days[1]}").text
    assert references_of(both) == [late, soon]
    assert references_of(client.get(f"{QUEUE}?vue=en-cours&echeance_au=demain").text) == [late, soon]


def test_a_list_that_filters_emptied_says_which_one_to_remove(app: Flask, client: FlaskClient) -> None:
    factories.a_receipt(tools(app), channel=ChannelCode.PHONE)
    sign_in(client, "Karim")
    page = client.get(f"{QUEUE}?vue=en-cours&canal=letter&canal=email&etat=received").text
    assert "Aucun dossier avec tous ces filtres" in page
    assert words(page).count("Retirer le filtre") == 3
    assert f'href="{QUEUE}?vue=en-cours&amp;canal=email&amp;etat=received"' in page


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


def test_a_search_marks_what_it_found_and_puts_a_misspelt_word_right(app: Flask, client: FlaskClient) -> None:
    reference = factories.a_receipt(tools(app), body="Le lampadaire <b>clignote</b> & s’éteint.").reference
    case_texts.catch_up(tools(app))
    sign_in(client, "Karim")
    page = client.get(f"{QUEUE}?q=lampadere").text
    assert references_of(page) == [reference]
    assert "Aucun dossier ne contient « lampadere ». Résultats pour « lampadaire »." in words(page)
    assert "Message de Jeanne Martin" in words(page)
    assert "Le <mark>lampadaire</mark> &lt;b&gt;clignote&lt;/b&gt; &amp; s’éteint." in page
    assert "1 dossier trouvé" in words(page)
    assert "Résultats 1" in words(page), "its tab counts as the others do"
    nothing = client.get(f"{QUEUE}?q=<script>zzyzx").text
    assert "Aucun dossier trouvé" in nothing
    assert "<script>zzyzx" not in nothing


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
