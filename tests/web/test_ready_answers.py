"""Ready answers on screen: agents find, write and give them, citizens read the public ones."""

import re
from html import unescape

import pytest
from flask import Flask

from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.queries import cases
from backoffice.queries import ready_answers as queries
from backoffice.services import ready_answers
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

PAGE = "/agents/reponses"
TYPED = {
    "title": "Où jeter le verre ?",
    "text": "Dans un bac vert.\nIl y en a dix.",
    "words": "bouteille",
    "procedure": "waste_bin_bulky",
    "review_on": "2020-01-15",
    "public": "1",
}


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine (tests/queries/test_who_came_back.py does)."""
    return seeded_sqlite_url


def counts_of(page: str) -> dict[str, tuple[str, int]]:
    """The tabs of a list: label → address, count."""
    found = re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]+) <span class="tab-count">(\d+)', page)
    return {unescape(label): (unescape(url), int(count)) for url, label, count in found}


def test_a_supervisor_writes_an_answer_and_each_count_is_the_length_of_its_list(
    app: Flask, signed_in: SignedIn
) -> None:
    helene, sandrine = signed_in("Hélène"), signed_in("Sandrine")
    assert sandrine.get(f"{PAGE}/nouvelle").status_code == 403
    wrong = helene.post(f"{PAGE}/nouvelle", data={"text": "Dans un bac vert.", "review_on": "x"})
    assert wrong.status_code == 422
    assert "Dans un bac vert." in wrong.text
    assert "comme un usager" in wrong.text
    written = helene.post(f"{PAGE}/nouvelle", data=TYPED)
    address = written.headers["Location"]
    helene.post(f"{address}/modifier", data={**TYPED, "text": "Dans un bac bleu.\nIl y en a dix.", "seen": "1"})
    late = helene.post(f"{address}/modifier", data={**TYPED, "text": "Nulle part.", "seen": "1"})
    assert late.status_code == 409
    assert "Nulle part." in late.text
    shown = sandrine.get(address).text
    assert "<del>" in shown
    assert "vert" in shown
    assert "bleu" in shown
    assert "15 janvier 2020. Vérifiez-la" in words(shown)
    assert "/modifier" not in shown
    for query in ("", "?q=bouteille", "?demarche=birth_certificate"):
        counts = counts_of(sandrine.get(PAGE + query).text)
        assert len(counts) == 6
        for label, (url, count) in counts.items():
            assert sandrine.get(url).text.count('<tr role="row"') - (1 if count else 0) == count, label
    assert counts_of(sandrine.get(f"{PAGE}?q=bouteille").text)["À relire, en retard"][1] == 1
    helene.post(f"{address}/service", data={"retired": "1"})
    assert counts_of(sandrine.get(f"{PAGE}?q=bouteille").text)["Retirées"][1] == 1
    assert "verre" not in app.test_client().get("/questions?q=bouteille").text.lower()
    helene.post(f"{address}/service", data={"retired": "0"})
    assert "Où jeter le verre" in app.test_client().get("/questions?q=bouteilles").text


def test_citizens_read_the_public_answers_in_french_on_a_page_of_their_language(app: Flask) -> None:
    citizen = app.test_client()
    assert "Questions fréquentes" in citizen.get("/demarches/birth_certificate").text
    page = citizen.get("/questions?langue=en").text
    assert "Frequently asked questions" in page
    assert "Questions fréquentes" not in page
    assert '<details class="disclosure" lang="fr"' in page
    assert "À la mairie du lieu de naissance" in citizen.get("/questions?langue=fr&q=nee+ailleurs").text
    assert "Aucune réponse" in citizen.get("/questions?q=zzz").text


def test_an_agent_puts_an_answer_under_what_is_typed_and_nothing_leaves(house: Runtime, signed_in: SignedIn) -> None:
    with house.database.transaction() as session:
        case = factories.a_case(session, house)
        answer = queries.find_answer(session, case.authority_id, "street_issue_danger")
        assert answer is not None
        case_id, reference, version_id = case.id, case.reference, answer.current_version_id
    karim = signed_in("Karim")
    typed = {"reply": "Bonjour Madame,", "do": "insert", "ready_answer": str(version_id)}
    page = unescape(karim.post(f"/agents/dossiers/{reference}/repondre", data=typed).text)
    text = page[page.index('name="reply"') :]
    assert text.index("Bonjour Madame,") < text.index("l’astreinte") < text.index("</textarea>")
    first = re.search(r'name="ready_answer".*?<option value="\d+"[^>]*>([^<]+)', page, re.DOTALL)
    assert first is not None
    assert "dans la rue" in first[1]
    with house.database.reading() as session:
        assert [one.direction for one in cases.list_messages(session, case_id)] == ["in"]


def test_blanks_are_filled_by_the_case_and_the_others_by_the_agent_before_the_answer_leaves(
    house: Runtime, signed_in: SignedIn
) -> None:
    with house.database.transaction() as session:
        reference = factories.a_case(session, house).reference
        admin = factories.actor_named(session, "Nadia")
        said = {"title": "Quand passez-vous ?", "review_on": "2030-01-01"}
        text = "Bonjour {{ usager }},\n\nDossier {{référence}} : nous passons {{ jour du passage }}."
        with pytest.raises(Invalid):  # citizens would read the braces
            ready_answers.create(session, admin, {**said, "text": text, "public": "1"})
        answer = ready_answers.create(session, admin, {**said, "text": text})
        version_id = answer.current_version_id
    karim = signed_in("Karim")
    path = f"/agents/dossiers/{reference}/repondre"
    page = unescape(karim.post(path, data={"do": "insert", "ready_answer": str(version_id)}).text)
    filled = f"Bonjour Jeanne Martin,\n\nDossier {reference} : nous passons {{{{ jour du passage }}}}."
    assert f"{filled}</textarea>" in page.replace("\u00a0:", " :")
    proof = {name: hidden(page, name) for name in ("revision", "history", "form_key")}
    for do in ("", "preview"):
        refused = karim.post(path, data={**proof, "reply": filled, "do": do})
        assert refused.status_code == 422
        assert "Complétez {{ jour du passage }} avant l’envoi" in refused.text.split('id="f-reply-error"')[1][:500]
    sent = karim.post(path, data={**proof, "reply": filled.replace("{{ jour du passage }}", "mardi")})
    assert sent.status_code == 303
