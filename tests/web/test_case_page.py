"""Everything that agents do from the page of a case, and what happens when two of them do it at once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode, IncomingFile, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases as queries
from backoffice.services import casework, journal, moment
from backoffice.services.outbox import JobKind
from tests import factories, mails
from tests.web.visits import hidden, post, sign_in, words

CASES = "/agents/dossiers"


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def reference(runtime: Runtime) -> str:
    return factories.a_receipt(runtime).reference


def do(client: FlaskClient, reference: str, action: str, seen: str = "", **fields: Any) -> TestResponse:
    """Post one of the forms of the page; `seen` is the page that its author looks at (else the page of now)."""
    page = seen or client.get(f"{CASES}/{reference}").text
    proof = {name: hidden(page, name) for name in ("revision", "history", "form_key")}
    return post(client, f"{CASES}/{reference}/{action}", {**proof, **fields}, token_from=f"{CASES}/{reference}")


def the_case(runtime: Runtime, reference: str) -> Case:
    with runtime.database.reading() as session:
        return session.scalars(select(Case).where(Case.reference == reference)).one()


def how_many(runtime: Runtime, table: type[Any], **like: Any) -> int:
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table).filter_by(**like)) or 0


def test_a_long_thread_shows_what_opened_it_and_its_end_then_all_of_it(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        agent = factories.actor_named(session, "Karim")
        for number in range(1, 80):
            casework.note(session, agent, case, f"Constat numéro {number}.", key=f"note-{number}")
    sign_in(client, "Karim")
    folded = words(client.get(f"{CASES}/{reference}").text)
    assert "Un trou profond" in folded
    assert "Voir 49 échanges entre le premier et les derniers" in folded
    assert re.findall(r"Constat numéro (\d+)", folded) == [str(number) for number in range(50, 80)]
    assert "Voir tout l’historique" in folded
    whole = words(client.get(f"{CASES}/{reference}?tout=1").text)
    assert re.findall(r"Constat numéro (\d+)", whole) == [str(number) for number in range(1, 80)]
    assert "entre le premier" not in whole
    assert "Voir tout l’historique" not in whole


def test_a_long_case_asks_the_database_no_more_often_than_a_short_one(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    asked: list[str] = []
    listen = event.listens_for(runtime.database.engine, "before_cursor_execute")
    listen(lambda _connection, _cursor, statement, *_: asked.append(statement))
    sign_in(client, "Karim")

    def statements() -> int:
        client.get(f"{CASES}/{reference}")
        asked.clear()
        assert client.get(f"{CASES}/{reference}").status_code == 200
        return sum("SELECT" in one for one in asked)

    short = statements()
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        agent = factories.actor_named(session, "Karim")
        for number in range(1, 80):
            casework.note(session, agent, case, f"Constat numéro {number}.", key=f"note-{number}")
    assert statements() == short
    # Who asks, the case and what it has, its échanges, mails, history and documents, what its forms offer.
    assert short <= 8


def test_the_mails_of_answers_that_are_folded_stay_in_the_database(runtime: Runtime, reference: str) -> None:
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        agent = factories.actor_named(session, "Karim")
        casework.take(session, agent, case)
        for number in range(3):
            casework.reply(session, runtime, agent, case, f"Réponse {number}.", key=f"reply-{number}")
        *_, last = queries.list_messages(session, case.id)
        every = queries.list_mails(session, case.id)
        beside = queries.list_mails_beside(session, case.id, {last.id})
    assert {one.message_row_id for one in every} > {one.message_row_id for one in beside}
    assert last.id in {one.message_row_id for one in beside}
    assert len(every) - len(beside) == 2


def test_the_page_shows_who_what_when_and_why(client: FlaskClient, reference: str) -> None:
    sign_in(client, "Karim")
    page = words(client.get(f"{CASES}/{reference}").text)
    for said in (
        reference,
        "Un trou profond s’est formé",
        "Jeanne Martin",
        "jeanne.martin@courriel.example",
        "Voirie et propreté",
        "Service chargé de la démarche",
        "Signalement d’un problème dans la rue",
        "Pourquoi cette date ?",
        "en cours de production",
        "Personne pour le moment",
    ):
        assert said in page


def test_a_deadline_explains_itself(client: FlaskClient, reference: str) -> None:
    sign_in(client, "Karim")
    page = words(client.get(f"{CASES}/{reference}").text)
    assert "Demande réputée rejetée" in page
    assert "L. 231-4" in page.replace("\u00a0", " ")


def test_an_agent_takes_a_case(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    answer = do(client, reference, "prendre")
    assert (answer.status_code, answer.location) == (303, f"{CASES}/{reference}")
    case = the_case(runtime, reference)
    assert case.status == "under_review"
    assert "Prendre en charge" not in client.get(f"{CASES}/{reference}").text


def test_who_comes_second_learns_the_name_of_the_first(app: Flask, client: FlaskClient, reference: str) -> None:
    second = app.test_client()
    sign_in(client, "Karim")
    sign_in(second, "Marc")
    seen = second.get(f"{CASES}/{reference}").text
    do(client, reference, "prendre")
    answer = do(second, reference, "prendre", seen)
    assert answer.status_code == 409
    assert "Karim Benali a déjà pris ce dossier en charge." in answer.text
    assert "Ce dossier a changé entre-temps" in answer.text
    by_key = post(second, f"{CASES}/{reference}/prendre", {}, token_from=f"{CASES}/{reference}")  # from the queue
    assert "Karim Benali a déjà pris ce dossier en charge." in by_key.text
    assert "Ce dossier a changé entre-temps" not in by_key.text


def test_a_case_goes_to_a_colleague_and_back_to_the_department(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Marc")
    with runtime.database.reading() as session:
        karim = factories.staff_named(session, "Karim").id
    assert do(client, reference, "attribuer", assignee=karim).status_code == 303
    assert the_case(runtime, reference).assignee_id == karim
    assert do(client, reference, "attribuer", assignee="").status_code == 303
    assert the_case(runtime, reference).assignee_id is None


def test_the_colleagues_of_a_case_are_listed_as_a_dictionary_has_them(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    with runtime.database.transaction() as session:
        factories.staff_named(session, "Karim").name = "Éric Benali"
    sign_in(client, "Marc")
    _, _, choices = client.get(f"{CASES}/{reference}").text.partition('name="assignee"')
    listed = re.findall(r"<option [^>]*>([^<]+)</option>", choices.partition("</select>")[0])
    assert listed[1:] == ["Éric Benali", "Marc Duval"]


def test_a_case_cannot_go_to_somebody_of_another_department(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Marc")
    with runtime.database.reading() as session:
        julie = factories.staff_named(session, "Julie").id
    answer = do(client, reference, "attribuer", assignee=julie)
    assert answer.status_code == 422
    assert "ne fait pas partie du service" in answer.text


def test_a_transfer_needs_a_reason_and_moves_no_date(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    before = the_case(runtime, reference)
    with runtime.database.reading() as session:
        target = factories.actor_named(session, "Julie").grants[0].department_id
    refused = do(client, reference, "transferer", department=target, reason=" ")
    assert refused.status_code == 422
    assert 'href="#f-reason"' in refused.text
    assert f'<option value="{target}" selected>' in refused.text
    done = do(client, reference, "transferer", department=target, reason="La plaque est celle de la mairie.")
    assert done.status_code == 303
    after = the_case(runtime, reference)
    assert (after.department_id, after.due_on, after.received_on) == (target, before.due_on, before.received_on)
    assert "La plaque est celle de la mairie." in client.get(f"{CASES}/{reference}").text


def test_an_internal_note_is_seen_by_staff_and_sent_to_nobody(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Karim")
    assert do(client, reference, "noter", note="Vu avec l’astreinte.").status_code == 303
    page = client.get(f"{CASES}/{reference}").text
    assert "Vu avec l’astreinte." in page
    assert "Note interne" in page
    assert how_many(runtime, OutgoingMail) == 0


def test_a_reply_leaves_by_mail_and_says_to_whom(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    assert "Elle part par courriel à jeanne.martin@courriel.example." in client.get(f"{CASES}/{reference}").text
    do(client, reference, "repondre", reply="Bonjour,\n\nNous passons demain <matin>.")
    page = client.get(f"{CASES}/{reference}").text
    assert "Nous passons demain &lt;matin&gt;." in page
    assert "Courriel en cours d’envoi à jeanne.martin@courriel.example" in page
    assert how_many(runtime, OutgoingMail, recipient="jeanne.martin@courriel.example") == 1


def test_an_answer_is_read_as_a_mail_before_it_leaves(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    page = do(client, reference, "repondre", reply="Bonjour,\n\nÀ demain.", do="preview").text
    assert ">\nBonjour,\n\nÀ demain.</textarea>" in page
    assert how_many(runtime, OutgoingMail) == 0
    do(client, reference, "repondre", page, reply="Bonjour,\n\nÀ demain.")
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail)).one()
    seen = words(page)
    for said in (mail.sender, mail.recipient, mail.subject, *mail.text.split("\n\n")):
        assert " ".join(said.split()) in seen
    assert do(client, reference, "repondre", reply=" ", do="preview").status_code == 422
    for asked in ("preview", "insert"):  # neither hides what came meanwhile from who is writing
        outdated = do(client, reference, "repondre", page, reply="Bonjour encore.", do=asked)
        assert outdated.status_code == 409
        assert "Ce dossier a changé entre-temps" in words(outdated.text)
        assert ">\nBonjour encore.</textarea>" in outdated.text


def test_an_answer_is_taken_back_before_it_leaves_and_its_text_is_there_again(
    app: Flask, client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Karim")
    do(client, reference, "repondre", reply="Bonjour,\n\nNous passons demain.")
    page = client.get(f"{CASES}/{reference}").text
    action = re.search(rf'action="{CASES}/{reference}/(reponses/\d+/annuler)"', page)
    assert action
    colleague = app.test_client()
    sign_in(colleague, "Marc")
    assert "Annuler l’envoi" not in colleague.get(f"{CASES}/{reference}").text
    assert do(colleague, reference, action[1]).status_code == 403
    again = do(client, reference, action[1])
    assert again.status_code == 200
    assert ">\nBonjour,\n\nNous passons demain.</textarea>" in again.text
    assert (how_many(runtime, OutgoingMail), how_many(runtime, Message, direction="out")) == (0, 0)
    assert the_case(runtime, reference).first_answer_at is None
    assert "Envoi de la réponse annulé par son auteur" in again.text
    mails.work_off(runtime, JobKind.SEND_MAIL)
    assert not list(runtime.settings.outbox_dir.glob("*.eml"))


def test_an_answer_that_left_cannot_be_taken_back_but_read_as_it_left(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Karim")
    do(client, reference, "repondre", reply="Nous passons demain.")
    page = client.get(f"{CASES}/{reference}").text
    action = re.search(r"reponses/\d+/annuler", page)
    assert action
    mails.work_off(runtime, JobKind.SEND_MAIL)
    late = do(client, reference, action[0])
    assert late.status_code == 409
    assert "déjà partie" in late.text
    copy = re.search(rf"{CASES}/{reference}/courriels/\d+/copie", client.get(f"{CASES}/{reference}").text)
    assert copy
    (sent,) = runtime.settings.outbox_dir.glob("*.eml")
    assert client.get(copy[0]).data == sent.read_bytes()


def test_a_reply_to_somebody_without_mail_becomes_a_letter(client: FlaskClient, runtime: Runtime) -> None:
    fatima = Sender(family_name="Belkacem", given_names="Fatima", address_line="3 rue Haute", city="Saint-Aubin")
    reference = factories.a_receipt(runtime, channel=ChannelCode.COUNTER, sender=fatima).reference
    sign_in(client, "Karim")
    assert "un courrier sera préparé" in client.get(f"{CASES}/{reference}").text
    answer = do(client, reference, "repondre", reply="Nous passons demain matin.")
    assert "imprimez-la" in client.get(answer.location).text
    assert how_many(runtime, Document, template="letter") == 1


def test_a_double_click_sends_one_reply(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    seen = client.get(f"{CASES}/{reference}").text
    answers = [do(client, reference, "repondre", seen, reply="Nous passons demain matin.") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert how_many(runtime, Message, direction="out") == 1
    assert how_many(runtime, OutgoingMail) == 1


def test_the_second_of_two_agents_sees_what_changed_and_keeps_their_text(
    app: Flask, client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    second = app.test_client()
    sign_in(client, "Karim")
    sign_in(second, "Marc")
    seen = second.get(f"{CASES}/{reference}").text
    do(client, reference, "repondre", reply="Une équipe passe ce soir.")
    answer = do(second, reference, "repondre", seen, reply="Une équipe passe jeudi.")
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Ce dossier a changé entre-temps" in page
    notice = page[page.index("Ce dossier a changé entre-temps") : page.index("Échanges")]
    for told in ("Réponse envoyée", "Karim Benali", "Une équipe passe ce soir."):
        assert told in notice, "what the other wrote is read before one's own is sent"
    assert re.search(r'href="#echange-\d+">Réponse envoyée', answer.text)
    assert ">\nUne équipe passe jeudi.</textarea>" in answer.text
    assert how_many(runtime, Message, direction="out") == 1
    assert do(second, reference, "repondre", answer.text, reply="Une équipe passe jeudi.").status_code == 303
    assert how_many(runtime, Message, direction="out") == 2


def test_a_text_whose_form_is_gone_is_still_there_to_copy(app: Flask, client: FlaskClient, reference: str) -> None:
    second = app.test_client()
    sign_in(client, "Karim")
    sign_in(second, "Marc")
    seen = second.get(f"{CASES}/{reference}").text
    do(client, reference, "terminer", outcome="answered", answer="Le trou est rebouché.")
    answer = do(second, reference, "terminer", seen, outcome="answered", answer="Travaux prévus en mai.")
    assert answer.status_code == 409
    assert re.search(r'id="f-kept"[^>]*readonly[^>]*>\s*Travaux prévus en mai\.</textarea>', answer.text)


def test_a_case_waits_for_the_citizen_then_ends_with_its_answer(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    sign_in(client, "Karim")
    assert do(client, reference, "etat", status="waiting_citizen").status_code == 303
    assert the_case(runtime, reference).status == "waiting_citizen"
    assert do(client, reference, "terminer", answer="Le trou est rebouché.").status_code == 422
    assert do(client, reference, "terminer", outcome="answered", answer="Le trou est rebouché.").status_code == 303
    case = the_case(runtime, reference)
    assert (case.status, case.outcome) == ("closed", "answered")
    assert case.closed_on is not None
    page = client.get(f"{CASES}/{reference}").text
    assert "Rouvrir" in page
    assert "Terminer le dossier" not in page
    assert do(client, reference, "etat", status="under_review").status_code == 303
    assert the_case(runtime, reference).closed_on is None


def test_an_empty_answer_is_asked_for_next_to_its_field(client: FlaskClient, reference: str) -> None:
    sign_in(client, "Karim")
    answer = do(client, reference, "terminer", outcome="accepted", answer="  ")
    assert answer.status_code == 422
    assert 'href="#f-answer"' in answer.text
    assert '<option value="accepted" selected>' in answer.text


def test_what_silence_accepted_can_no_longer_be_refused(client: FlaskClient, runtime: Runtime) -> None:
    when = datetime.now(UTC) - timedelta(days=80)
    with moment.at(when):
        reference = factories.a_receipt(runtime, procedure="birth_certificate", received_at=when).reference
    sign_in(client, "Julie")
    page = client.get(f"{CASES}/{reference}").text
    assert 'value="accepted"' in page
    assert 'value="refused"' not in page
    answer = do(client, reference, "terminer", outcome="refused", answer="Nous ne pouvons pas.")
    assert answer.status_code == 409
    assert "vaut déjà accord" in answer.text
    assert the_case(runtime, reference).outcome == ""


def test_an_unsorted_case_gets_its_procedure_and_its_department(client: FlaskClient, runtime: Runtime) -> None:
    reference = factories.a_receipt(runtime, procedure="", subject="Bonjour").reference
    sign_in(client, "Sandrine")
    assert "quelle est la démarche" in client.get(f"{CASES}/{reference}").text
    assert do(client, reference, "demarche", procedure="").status_code == 422
    assert do(client, reference, "demarche", procedure="street_issue").status_code == 303
    page = client.get(f"{CASES}/{reference}").text
    assert "Voirie et propreté" in page
    assert "quelle est la démarche" not in page


def test_only_what_the_policy_allows_is_offered(client: FlaskClient, reference: str) -> None:
    sign_in(client, "Julie")
    page = client.get(f"{CASES}/{reference}").text
    assert "/noter" in page
    for action in ("prendre", "repondre", "terminer", "transferer", "attribuer", "etat"):
        assert f"/{reference}/{action}" not in page
        answer = do(client, reference, action, reply="x", reason="x", status="under_review")
        assert answer.status_code in {403, 409, 422}
        assert (answer.status_code == 409) == (action == "prendre")
        # A key of the queue takes the case of any row: the page of the case says whose it is.
        assert action != "prendre" or "ses agents le prennent" in words(answer.text)


def test_an_anonymous_case_is_answered_on_its_own_page_and_nothing_leaves(
    client: FlaskClient, runtime: Runtime
) -> None:
    receipt = factories.a_receipt(runtime, sender=Sender())
    reference, silent = receipt.reference, factories.a_receipt(runtime, sender=Sender())
    sign_in(client, "Karim")
    page = client.get(f"{CASES}/{reference}").text
    assert "Anonyme" in page
    assert "lira votre réponse sur la page de la demande" in words(page)
    documents, mails = how_many(runtime, Document), how_many(runtime, OutgoingMail)
    assert do(client, reference, "repondre", reply="De quel côté ?").status_code == 303
    assert do(client, reference, "terminer", outcome="answered", answer="Le trou est rebouché.").status_code == 303
    assert do(client, silent.reference, "terminer", outcome="answered").status_code == 303
    assert (how_many(runtime, Document), how_many(runtime, OutgoingMail)) == (documents, mails)
    for one, is_answered in ((receipt, True), (silent, False)):
        post(client, "/suivi", {"reference": one.reference, "code": one.tracking_code}, token_from="/suivi")
        followed = words(client.get(f"/suivi/{one.reference}").text)
        for said in ("De quel côté ?", "Le trou est rebouché.", "Cette réponse vous a-t-elle aidé ?"):
            assert (said in followed) is is_answered


def test_reading_a_restricted_case_is_written_in_its_history(
    client: FlaskClient, runtime: Runtime, reference: str
) -> None:
    with runtime.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    sign_in(client, "Karim")
    assert client.get(f"{CASES}/{reference}").status_code == 200
    assert how_many(runtime, CaseEvent, kind="read_restricted", actor_name="Karim Benali") == 1
    with runtime.database.reading() as session:
        assert journal.verify(session, session.scalars(select(Case)).one())
    sign_in(client, "Julie")
    assert client.get(f"{CASES}/{reference}").status_code == 404
    assert how_many(runtime, CaseEvent, kind="read_restricted") == 1


def test_attachments_open_without_ever_running(client: FlaskClient, runtime: Runtime) -> None:
    image = runtime.storage.put(b"\x89PNG not really")
    page = runtime.storage.put(b"<script>alert(1)</script>")
    files = (
        IncomingFile("trou « rue des Lilas ».png", "image/png", 15, image),
        IncomingFile("page.html", "text/html", 25, page),
    )
    reference = factories.a_receipt(runtime, files=files).reference
    sign_in(client, "Karim")
    links = re.findall(rf'href="({CASES}/{reference}/pieces/\d+[^"]*)"', client.get(f"{CASES}/{reference}").text)
    shown, original, downloaded = (client.get(link) for link in links)
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert downloaded.headers["Content-Type"] == "application/octet-stream"
    assert downloaded.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"{links[2]}?apercu=1").headers["Content-Disposition"].startswith("attachment")
    for answer in (shown, original, downloaded):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_name_in_any_writing_is_the_name_of_the_download(client: FlaskClient, runtime: Runtime) -> None:
    digest = runtime.storage.put(b"words")
    named = IncomingFile('Reçu – 2026 "œuvre" 漢.txt', "text/plain", 5, digest)
    reference = factories.a_receipt(runtime, files=(named,)).reference
    sign_in(client, "Karim")
    disposition = client.get(f"{CASES}/{reference}/pieces/1").headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.startswith('attachment; filename="Recu  2026 _uvre_ .txt"; filename*=UTF-8')
    assert unquote(disposition.partition("''")[2]) == named.name


def test_an_attachment_opens_from_its_own_case_only(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    digest = runtime.storage.put(b"secret")
    other = factories.a_receipt(runtime, files=(IncomingFile("a.txt", "text/plain", 6, digest),)).reference
    sign_in(client, "Karim")
    assert client.get(f"{CASES}/{other}/pieces/1").status_code == 200
    assert client.get(f"{CASES}/{reference}/pieces/1").status_code == 404
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.reference == other).values(restricted=True))
    sign_in(client, "Julie")
    assert client.get(f"{CASES}/{other}/pieces/1").status_code == 404


def test_the_whole_story_of_a_case_is_in_its_history(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        casework.note(session, factories.actor_named(session, "Karim"), case, "Appelée.")
    sign_in(client, "Karim")
    page = words(client.get(f"{CASES}/{reference}").text)
    for said in ("Demande reçue", "En ligne", "Orientée", "Document demandé", "Note interne"):
        assert said in page


def test_a_form_from_another_site_is_not_obeyed(client: FlaskClient, runtime: Runtime, reference: str) -> None:
    sign_in(client, "Karim")
    answer = client.post(f"{CASES}/{reference}/noter", data={"note": "Bonjour <b>", "revision": "1"})
    assert answer.status_code == 400
    assert 'name="note" value="Bonjour &lt;b&gt;"' in answer.text
    assert how_many(runtime, Message, direction="note") == 0


def test_a_case_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    sign_in(client, "Karim")
    assert client.get(f"{CASES}/2020-000001").status_code == 404
