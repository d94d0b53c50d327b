"""Several services on one case, from the pages: ask, answer, make one answer, tell the citizen how many did."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from backoffice.domain.incoming import IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.models.tasks import Task
from backoffice.queries import catalogue
from backoffice.services import casework, moment
from backoffice.services.outbox import JobKind
from tests import factories
from tests.conftest import OpenApp
from tests.web.citizen_visits import PICTURE, a_file, post_files
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words
from workers import jobs

CASES, QUESTIONS = "/agents/dossiers", "/agents/questions"
NOTICES = "/agents/notifications"
DUE = (moment.now() + timedelta(days=12)).date().isoformat()
ASKED = {"title": "Statut de la voie", "question": "La voie est-elle privée ?", "due_on": DUE, "shared": "yes"}


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str) -> Flask:
    """One engine is enough for pages: `tests/usecases/test_case_tasks.py` asks both."""
    return open_app(seeded_sqlite_url)


@pytest.fixture
def case(house: Runtime) -> Case:
    """A hole in the road, with its picture."""
    file = IncomingFile("trou.png", "image/png", len(PICTURE), house.storage.put(PICTURE))
    with house.database.transaction() as session:
        return factories.a_case(session, house, files=(file,))


def department(house: Runtime, code: str) -> str:
    with house.database.reading() as session:
        found = catalogue.find_department(session, factories.the_authority(session).id, code)
        assert found is not None
        return str(found.id)


def the_task(house: Runtime) -> Task:
    with house.database.reading() as session:
        return session.scalars(select(Task).order_by(Task.id.desc())).all()[0]


def ask(client: FlaskClient, case: Case, page: str = "nouvelle", **fields: Any) -> Any:
    path = f"{CASES}/{case.reference}/questions/{page}"
    own = {"submission": hidden(client.get(path).text, "submission")}
    return client.post(path, data={**own, **ASKED, **fields})


def answer(client: FlaskClient, path: str, text: str, **more: FileStorage) -> Any:
    page = client.get(path).text
    own = {name: hidden(page, name) for name in ("submission", "seen") if f'name="{name}"' in page}
    return post_files(client, path, {**own, "answer": text, **more})


def tabs(page: str) -> dict[str, str]:
    """The count that each tab of a page shows."""
    found = re.findall(r'<li><a href="[^"]*"[^>]*>([^<]+) <span class="tab-count">([^<]+)</span>', page)
    return {label.strip(): count for label, count in found}


def test_a_question_goes_to_another_department_and_comes_back_into_one_answer(
    signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim, ines, julie = (signed_in(name) for name in ("Karim", "Inès", "Julie"))
    refused = ask(karim, case, department="", due_on="2020-01-01")
    assert refused.status_code == 422
    assert "Choisissez le service" in refused.text
    assert "La voie est-elle privée ?" in refused.text  # what was typed is kept
    legal = department(house, "juridique")
    assert ask(karim, case, department=legal).status_code == 303
    page = words(karim.get(f"{CASES}/{case.reference}").text)
    for said in ("Statut de la voie", "Affaires juridiques et données", "Question posée"):
        assert said in page
    assert "Insérer les réponses" not in page

    # Those asked find it from the queue, by a tab whose count is what it shows.
    assert tabs(ines.get(CASES).text)["Questions des autres services"] == "1"
    assert tabs(julie.get(CASES).text)["Questions des autres services"] == "0"
    listed = ines.get(QUESTIONS).text
    assert tabs(listed)["Mes services"] == "1"
    assert listed.count("Statut de la voie") == 1
    assert "Personne ne vous attend" in julie.get(QUESTIONS).text
    assert tabs(karim.get(f"{QUESTIONS}?vue=posees-par-nous").text)["Posées par nous"] == "1"
    assert "Statut de la voie" in karim.get(f"{QUESTIONS}?vue=posees-par-nous&service={legal}").text

    path = f"{QUESTIONS}/{the_task(house).id}"
    assert f'href="{path}"' in ines.get(NOTICES).text
    ines.get(path)
    assert f'href="{path}"' not in ines.get(NOTICES).text, "she has read it"
    assert ines.post(f"{path}/commencer").status_code == 303
    assert answer(ines, path, " ").status_code == 422
    assert julie.post(path, data={"answer": "Je ne suis pas de ce service."}).status_code == 403
    sent = answer(ines, path, "Elle est privée.", attachments=a_file(PICTURE, "plan.png"))
    assert sent.status_code == 303
    corrected = ines.get(path).text
    assert "Elle est privée." in corrected
    assert "plan.png" in corrected
    # A colleague who had not seen it keeps what they wrote, and reads it first.
    behind = ines.post(path, data={"answer": "Je ne sais pas.", "submission": "x" * 22, "seen": "0"})
    assert behind.status_code == 409
    assert "Inès Haddad a répondu entre-temps." in behind.text
    assert "Je ne sais pas.</textarea>" in behind.text
    assert answer(ines, path, "Elle est privée depuis 1987.").status_code == 303
    assert tabs(ines.get(f"{QUESTIONS}?vue=terminees").text)["Terminées"] == "1"

    assert "À lire" in karim.get(f"{QUESTIONS}?vue=posees-par-nous").text
    page = karim.get(f"{CASES}/{case.reference}").text
    assert "Elle est privée depuis 1987." in page
    late = ines.post(path, data={"answer": "Trop tard."})
    assert late.status_code == 409  # it has been read
    assert "Trop tard.</textarea>" in late.text
    proof = {name: hidden(page, name) for name in ("revision", "history", "form_key")}
    inserted = karim.post(
        f"{CASES}/{case.reference}/repondre", data={**proof, "reply": "Bonjour,", "do": "insert-tasks"}
    ).text
    box = inserted.partition('id="f-reply"')[2].partition("</textarea>")[0]
    assert "Bonjour," in box
    assert "Elle est privée depuis 1987." in box
    with house.database.reading() as session:
        assert {one.direction for one in session.scalars(select(Message).where(Message.channel == "task"))} == {"note"}


def test_a_question_and_a_hand_over_stay_on_the_page_whatever_was_written_since(
    signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim = signed_in("Karim")
    assert ask(karim, case, department=department(house, "juridique")).status_code == 303
    with house.database.transaction() as session:
        held, marc = session.get_one(Case, case.id), factories.actor_named(session, "Marc")
        to = factories.staff_named(session, "Karim")
        casework.assign(session, marc, held, to=to, reason="Le riverain attend votre appel.")
        for number in range(60):
            casework.note(session, marc, held, f"Constat {number}.", key=f"note-{number}")
    page = words(karim.get(f"{CASES}/{case.reference}").text)
    for said in ("Statut de la voie", "Annuler la question", "Le riverain attend votre appel."):
        assert said in page
    assert "Voir tout l’historique" in page


def test_closing_asks_what_becomes_of_the_questions_without_an_answer(
    signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim, ines = signed_in("Karim"), signed_in("Inès")
    ask(karim, case, department=department(house, "juridique"))
    page = karim.get(f"{CASES}/{case.reference}").text
    assert "1 question posée à d’autres est sans réponse" in page
    proof = {name: hidden(page, name) for name in ("revision", "history", "form_key")}
    closing = {**proof, "outcome": "answered", "answer": "C’est fait."}
    refused = karim.post(f"{CASES}/{case.reference}/terminer", data=closing)
    assert refused.status_code == 422
    assert 'href="#f-open_tasks"' in refused.text
    assert "C’est fait." in refused.text
    assert "elles seront annulées" in karim.get(f"{CASES}/{case.reference}/actes/retrait").text
    done = karim.post(f"{CASES}/{case.reference}/terminer", data={**closing, "open_tasks": "cancel"})
    assert done.status_code == 303
    assert the_task(house).state == "cancelled"
    assert tabs(ines.get(QUESTIONS).text)["Mes services"] == "0"
    assert "Question annulée" in karim.get(f"{CASES}/{case.reference}").text


def test_those_asked_about_a_restricted_case_see_only_what_was_joined(
    app: Flask, signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim, julie = signed_in("Karim"), signed_in("Julie")
    with house.database.transaction() as session:
        session.get_one(Case, case.id).restricted = True
        kept = session.scalars(select(Attachment.id)).one()
    ask(karim, case, department=department(house, "etat_civil"))
    path = f"{QUESTIONS}/{the_task(house).id}"
    page = julie.get(path).text
    assert "La voie est-elle privée ?" in page
    for hidden_text in ("Nid-de-poule", "Martin", "Un trou profond", "trou.png", f"{CASES}/{case.reference}"):
        assert hidden_text not in page, hidden_text
        assert hidden_text not in julie.get(QUESTIONS).text, hidden_text
    assert julie.get(f"{CASES}/{case.reference}").status_code == 404
    assert julie.get(f"{path}/pieces/{kept}").status_code == 404
    ask(karim, case, department=department(house, "etat_civil"), attachments=[str(kept)])
    second = f"{QUESTIONS}/{the_task(house).id}"
    assert "trou.png" in julie.get(second).text
    assert julie.get(f"{second}/pieces/{kept}").status_code == 200
    declined = julie.post(f"{second}/decliner", data={"reason": ""})
    assert declined.status_code == 422
    assert "Dites pourquoi" in declined.text
    assert julie.post(f"{second}/decliner", data={"reason": "Ce n’est pas chez nous."}).status_code == 303
    history = words(karim.get(f"{CASES}/{case.reference}").text)
    assert "Consultation d’un dossier sensible" in history
    assert "Ce n’est pas chez nous." in history


def test_the_citizen_reads_how_many_services_have_answered_and_nothing_of_what_they_said(
    client: FlaskClient, signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim, ines = signed_in("Karim"), signed_in("Inès")
    for code in ("juridique", "police"):
        ask(karim, case, department=department(house, code))
    ask(karim, case, department=department(house, "juridique"), shared="", title="Entre nous")
    client.post("/suivi", data={"reference": case.reference, "code": case.tracking_code})
    assert "nous avons interrogé 2 services" in words(client.get(f"/suivi/{case.reference}").text)
    with house.database.reading() as session:
        first = session.scalars(select(Task.id).order_by(Task.id)).all()[0]
    answer(ines, f"{QUESTIONS}/{first}", "Elle est privée.")
    page = client.get(f"/suivi/{case.reference}").text
    assert "1 service sur 2 a répondu." in words(page)
    for internal in ("Elle est privée", "Statut de la voie", "Entre nous", "juridiques"):
        assert internal not in page
    english = words(client.get(f"/suivi/{case.reference}?langue=en", follow_redirects=True).text)
    assert "1 department out of 2 has answered." in english


def test_a_body_outside_answers_by_its_link_without_an_account(
    app: Flask, client: FlaskClient, signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim = signed_in("Karim")
    with house.database.reading() as session:
        kept = session.scalars(select(Attachment.id)).one()
    body = {"body": "Architecte des Bâtiments de France", "email": "abf@culture.example", "attachments": [str(kept)]}
    assert "Nommez la personne" in ask(karim, case, "exterieure", **{**body, "body": ""}).text
    assert ask(karim, case, "exterieure", **body).status_code == 303
    link = the_link(house)

    page = client.get(link)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "La voie est-elle privée ?" in page.text
    for hidden_text in ("Martin", "Un trou profond", "jeanne", case.tracking_code):
        assert hidden_text not in page.text
    shown = client.get(f"{link}/pieces/{kept}")
    assert shown.status_code in {200, 503}  # its preview is being made
    assert client.get(f"{link}/pieces/{kept + 1}").status_code == 404
    assert client.get(f"{link}x").status_code == 404

    assert answer(client, link, "").status_code == 422
    refused = answer(client, link, "Favorable.", attachments=a_file(b"<script>alert(1)</script>", "page.pdf"))
    assert refused.status_code == 422
    assert "Favorable." in refused.text
    sent = answer(client, link, "Favorable.", attachments=a_file(PICTURE, "avis.png"))
    assert sent.status_code == 303
    again = client.get(link).text
    assert "Corriger ma réponse" in again
    assert "avis.png" in again
    assert answer(client, link, "Favorable avec réserve.").status_code == 303

    # The mail left: nobody of the house can read the link in it.
    send_mails(house)
    with house.database.reading() as session:
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.secret)).one()
        assert (mail.text, mail.html, mail.raw_digest) == ("", "", "")
        assert mail.sent_at is not None

    page = karim.get(f"{CASES}/{case.reference}").text
    assert "Favorable avec réserve." in page
    assert "avis.png" in page
    assert "elle ne peut plus être changée" in client.get(link).text
    assert client.post(link, data={"answer": "Défavorable."}).status_code == 409


def test_a_link_that_opens_nothing_says_why_and_whom_to_call(
    client: FlaskClient, signed_in: SignedIn, house: Runtime, case: Case
) -> None:
    karim = signed_in("Karim")
    ask(karim, case, "exterieure", body="Bailleur", email="gestion@bailleur.example")
    first, path = the_link(house), f"{CASES}/{case.reference}/questions/{the_task(house).id}"
    wrong = karim.post(f"{path}/lien", data={**proof_of(karim, case), f"email-{the_task(house).id}": "pas une adresse"})
    assert wrong.status_code == 422
    assert "pas une adresse" in wrong.text
    assert karim.post(f"{path}/lien", data={f"email-{the_task(house).id}": "b@bailleur.example"}).status_code == 303
    second = the_link(house)
    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)
    assert "a été remplacé" in client.get(first).text
    assert karim.post(f"{path}/fermer-le-lien").status_code == 303
    assert "Ce lien est fermé" in client.get(second).text
    assert karim.post(f"{path}/annuler").status_code == 303
    assert karim.post(f"{path}/annuler").status_code == 409
    closed = client.get(second)
    assert closed.status_code == 410
    assert "tel:" in closed.text
    assert client.post(second, data={"answer": "Bonjour"}).status_code == 410
    for _ in range(40):
        last = client.get(f"/avis/{'x' * 43}")
    assert last.status_code == 429


def proof_of(client: FlaskClient, case: Case) -> dict[str, str]:
    page = client.get(f"{CASES}/{case.reference}").text
    return {name: hidden(page, name) for name in ("revision", "history", "form_key")}


def the_link(house: Runtime) -> str:
    """The path of the last link that was sent."""
    with house.database.reading() as session:
        texts = session.scalars(select(OutgoingMail.text).where(OutgoingMail.secret).order_by(OutgoingMail.id)).all()
    return "/avis/" + texts[-1].partition("/avis/")[2].split()[0]


def send_mails(house: Runtime) -> None:
    """Let the mail of a link leave."""
    with house.database.reading() as session:
        waiting = session.scalars(select(Job.id).where(Job.kind == JobKind.SEND_MAIL, Job.state == "queued")).all()
    for job_id in waiting:
        jobs.run(house, jobs.HANDLERS, job_id)
