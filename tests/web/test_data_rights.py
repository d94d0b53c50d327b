"""What people ask of their data: a month to answer, all that is known in one ZIP, an identity that leaves for good."""

import io
import json
import zipfile
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.domain import data_rights as rules
from backoffice.domain.calendars import get_calendar
from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.domain.lifecycle import Outcome
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.data_protection import RightsRequest
from backoffice.models.people import Citizen
from backoffice.queries import cases, legal
from backoffice.services import case_texts, casework, counting, export_jobs, held_files, journal, moment
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.usecases.test_eliminations import in_the_database
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

PAGE = "/agents/droits/"
WORDS = ("Bartholomé", "Quincampoix", "hippopotame", "bq@courriel", "0600000123")


def test_the_month_goes_from_date_to_date_and_to_a_working_day() -> None:
    calendar = get_calendar("metropole", ())
    assert rules.due_on(date(2026, 1, 31), calendar) == date(2026, 3, 2)
    assert rules.due_on(date(2026, 1, 31), calendar, extended=True) == date(2026, 4, 30)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_person_gets_all_that_is_known_then_leaves_no_word_behind(app: Flask, signed_in: SignedIn) -> None:  # noqa: PLR0915
    runtime, dpo = runtime_of(app), signed_in("Inès")
    photo = IncomingFile("hippopotame.png", "image/png", 5, runtime.storage.put(b"hippo"))
    who = Sender(family_name=WORDS[1], given_names=WORDS[0], email="bq@courriel.example", phone=WORDS[4])
    said = {"sender": who, "subject": "Un hippopotame", "body": "Un hippopotame, signé Quincampoix.", "files": (photo,)}
    with runtime.database.transaction() as session:
        chief = factories.actor_named(session, "Marc")
        closed, running = (factories.a_case(session, runtime, **said) for _ in range(2))
        casework.note(session, chief, closed, "Monsieur Quincampoix est pressé.")
        casework.close(session, runtime, chief, closed, Outcome.ANSWERED, "Bonjour M. Quincampoix,\n\nC’est fait.")
        closed_id, running_id, citizen_id = closed.id, running.id, closed.citizen_id
        reference, facts = closed.reference, len(legal.list_events(session, closed.id))
    for stranger in ("Karim", "Marc", "Nadia", "Paul"):
        assert signed_in(stranger).get(PAGE).status_code == 403
    fault = dpo.post(PAGE, data={"name": "", "kind": "rien", "received_on": "2999-01-01", "note": "Par courrier"})
    assert fault.status_code == 422
    assert "Choisissez ce qui est demandé." in words(fault.text)
    assert "Par courrier" in fault.text
    assert f"usager={citizen_id}" in dpo.get(f"{PAGE}?q=Quincampoix").text
    today = moment.today("Europe/Paris").isoformat()
    asked = {"citizen_id": citizen_id, "kind": "erasure", "received_on": today}
    one = dpo.post(PAGE, data=asked).location
    assert "Bartholomé Quincampoix" in words(dpo.get(PAGE).text)
    sent = dpo.post(f"{one}/copie", data={"form_key": hidden(dpo.get(one).text, "form_key")})
    export_jobs.make(runtime, claim_next(runtime, JobKind.MAKE_EXPORT))
    assert signed_in("Antoine").get(sent.location).status_code == 403
    with zipfile.ZipFile(io.BytesIO(dpo.get(f"{sent.location}/fichier").data)) as copy:
        known = json.loads(copy.read("donnees.json"))
        names = copy.namelist()
        assert copy.read("donnees.pdf").startswith(b"%PDF")
    assert {case["reference"] for case in known["cases"]} == {reference, running.reference}
    whole = next(case for case in known["cases"] if case["reference"] == reference)
    assert whole["internal_notes"][0]["text"] == "Monsieur Quincampoix est pressé."
    assert all(line["who"] != chief.name for line in whole["history"])
    assert any(name.startswith(f"dossiers/{reference}/") and name.endswith("hippopotame.png") for name in names)
    refused = dpo.post(f"{one}/effacer", data={"reason": "Accord des archives du 3 mars."})
    assert refused.status_code == 409
    assert running.reference in words(refused.text)
    with runtime.database.transaction() as session:
        chief = factories.actor_named(session, "Marc")
        case = cases.claim_case_by_id(session, running_id)
        casework.close(session, runtime, chief, case, Outcome.ANSWERED, "Bonjour.\n\nC’est fait.")
    assert dpo.post(f"{one}/effacer", data={"reason": "non"}).status_code == 422
    assert dpo.post(f"{one}/effacer", data={"reason": "Accord des archives du 3 mars."}).status_code == 303
    counting.catch_up(runtime, float("inf"))
    case_texts.catch_up(runtime, float("inf"))
    while held_files.sweep(runtime):
        pass
    with runtime.database.reading() as session:
        left = {word: in_the_database(session, word) for word in WORDS}
        assert left == {word: ["rights_requests.name"] if word in WORDS[:2] else [] for word in WORDS}
        case = session.get_one(Case, closed_id)
        assert (case.reference, case.outcome) == (reference, Outcome.ANSWERED)
        assert len(legal.list_events(session, closed_id)) == facts
        assert journal.verify(session, case)
        last = session.scalars(select(CaseEvent).where(CaseEvent.case_id == closed_id)).all()[-1]
        assert (last.kind, len(last.data["former_head"])) == (journal.Event.ANONYMISED, 64)
        assert session.get_one(Citizen, citizen_id).display_name == "Personne non identifiée"
        assert not runtime.storage.exists(photo.digest)
    assert counting.check(runtime) == []
    assert dpo.get(f"/agents/dossiers/{reference}").status_code == 200
    assert dpo.get(f"/agents/usagers/{citizen_id}").status_code == 200
    assert dpo.post(f"{one}/prolonger", data={"extend_reason": ""}).status_code == 422
    assert dpo.post(f"{one}/reponse", data={"outcome": "refused"}).status_code == 422
    assert dpo.post(f"{one}/reponse", data={"outcome": "granted"}).status_code == 303
    assert dpo.post(f"{one}/reponse", data={"outcome": "granted"}).status_code == 409
    assert "Satisfaite" in words(dpo.get(one).text)
    with runtime.database.reading() as session:
        assert session.scalars(select(RightsRequest)).one().answered_on is not None
