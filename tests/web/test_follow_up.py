"""Following a case with its reference and code: what is awaited first, nothing internal, nothing for guesses."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.domain.lifecycle import Outcome, Status
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document
from backoffice.services import casework
from backoffice.web import follow_up
from tests import factories
from tests.web.citizen_visits import PICTURE, a_file, all_attachments, all_messages, kept_files, post_files, runtime_of
from tests.web.visits import hidden, post, words

FOLLOW = "/suivi"


@pytest.fixture
def case(app: Flask) -> Case:
    """A hole in the road, reported by Jeanne Martin."""
    with runtime_of(app).database.transaction() as session:
        return factories.a_case(session, runtime_of(app))


def open_case(client: FlaskClient, case: Case) -> str:
    """Give the reference and the code; the page of the case."""
    entered = enter(client, case.reference, case.tracking_code)
    assert entered.status_code == 303
    return client.get(entered.location).text


def enter(client: FlaskClient, reference: str, code: str) -> TestResponse:
    """Send the two as they were typed."""
    return post(client, FOLLOW, {"reference": reference, "code": code}, token_from=FOLLOW)


def reply(client: FlaskClient, case: Case, page: str, **fields: object) -> TestResponse:
    """Send an answer from the page of a case."""
    own = {"csrf_token": hidden(page, "csrf_token"), "submission": hidden(page, "submission")}
    return post_files(client, f"{FOLLOW}/{case.reference}/reponse", {**own, **fields})


def test_the_reference_and_the_code_open_the_case(client: FlaskClient, case: Case) -> None:
    page = words(open_case(client, case))
    assert "Nid-de-poule rue des Lilas" in page
    assert case.reference in page
    assert "Étape 1 sur 3" in page
    assert "Voirie et propreté" in page
    assert "Pourquoi cette date ?" in page
    assert "votre demande sera considérée comme refusée" in page


def test_they_may_be_typed_as_people_do(client: FlaskClient, case: Case) -> None:
    year, number = case.reference.split("-")
    code = case.tracking_code.lower()
    assert enter(client, f" {year} {int(number)} ", f"{code[:4]} - {code[4:]}").status_code == 303


def test_a_wrong_code_and_an_unknown_reference_say_the_same(client: FlaskClient, case: Case) -> None:
    wrong, unknown, odd = (
        enter(client, reference, "AAAA-AAAA") for reference in (case.reference, "2026-999999", "bonjour")
    )
    assert {wrong.status_code, unknown.status_code, odd.status_code} == {403}
    for answer in (wrong, unknown, odd):
        assert follow_up.WRONG in answer.text
        assert 'value="AAAA-AAAA"' in answer.text
    assert client.get(f"{FOLLOW}/{case.reference}").location == f"{FOLLOW}?reference={case.reference}"
    assert client.get(f"{FOLLOW}/2026-999999").location == f"{FOLLOW}?reference=2026-999999"


def test_what_is_missing_is_said_next_to_its_field(client: FlaskClient) -> None:
    answer = enter(client, "", "")
    assert answer.status_code == 422
    assert 'href="#f-reference"' in answer.text
    assert 'href="#f-code"' in answer.text


def test_guessing_is_stopped_on_a_reference_and_hinders_no_other(client: FlaskClient, case: Case) -> None:
    for _ in range(10):
        assert enter(client, case.reference, "AAAA-AAAA").status_code == 403
    stopped = enter(client, case.reference, case.tracking_code)
    assert stopped.status_code == 429
    assert follow_up.TOO_MANY in stopped.text
    assert enter(client, "2026-555555", "AAAA-AAAA").status_code == 403


def test_digits_hidden_at_the_end_do_not_hide_which_reference_is_guessed(client: FlaskClient, case: Case) -> None:
    for number in range(10):
        padded = " " * (40 - len(case.reference)) + case.reference + str(number)
        assert enter(client, padded, "AAAA-AAAA").status_code == 403
    assert enter(client, case.reference, case.tracking_code).status_code == 429


def test_guessing_is_stopped_from_an_address(client: FlaskClient, case: Case) -> None:
    for number in range(30):
        assert enter(client, f"2026-{number:06d}", "AAAA-AAAA").status_code == 403
    assert enter(client, case.reference, case.tracking_code).status_code == 429


def test_right_codes_are_never_counted(client: FlaskClient, case: Case) -> None:
    for _ in range(15):
        assert enter(client, case.reference, case.tracking_code).status_code == 303


def test_what_is_awaited_from_the_citizen_comes_first(app: Flask, client: FlaskClient, case: Case) -> None:
    with runtime_of(app).database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        held = session.get_one(Case, case.id)
        casework.reply(session, runtime_of(app), karim, held, "De quel côté de la rue ?")
        casework.move(session, karim, held, Status.WAITING_CITIZEN)
    page = words(open_case(client, case))
    assert page.index("Nous attendons une réponse de votre part") < page.index("Étape 2 sur 3")
    assert page.index("De quel côté de la rue ?") < page.index("Étape 2 sur 3")


def test_internal_notes_and_their_files_do_not_exist_here(app: Flask, client: FlaskClient, case: Case) -> None:
    runtime = runtime_of(app)
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        note = casework.note(session, karim, session.get_one(Case, case.id), "Usager pénible, voir le plan.")
        secret = Attachment(
            authority_id=case.authority_id,
            case_id=case.id,
            message_id=note.id,
            name="plan.pdf",
            media_type="application/pdf",
            size=4,
            digest=runtime.storage.put(b"%PDF"),
            created_at=datetime.now(UTC),
        )
        session.add(secret)
    page = open_case(client, case)
    assert "pénible" not in page
    assert "plan.pdf" not in page
    assert client.get(f"{FOLLOW}/{case.reference}/pieces/{secret.id}").status_code == 404


def test_a_closed_case_says_how_it_ended(app: Flask, client: FlaskClient, case: Case) -> None:
    with runtime_of(app).database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        held = session.get_one(Case, case.id)
        casework.close(session, runtime_of(app), karim, held, Outcome.ANSWERED, "Le trou est rebouché.")
    page = words(open_case(client, case))
    assert "Étape 3 sur 3" in page
    assert "Terminée : réponse apportée" in page.replace("\u00a0", " ")
    assert "Le trou est rebouché." in page
    assert "Quand aurai-je une réponse" not in page


def test_the_citizen_answers_with_a_file_and_a_waiting_case_wakes(app: Flask, client: FlaskClient, case: Case) -> None:
    with runtime_of(app).database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        casework.move(session, karim, session.get_one(Case, case.id), Status.WAITING_CITIZEN)
    sent = reply(client, case, open_case(client, case), message="Du côté pair.", attachments=a_file())
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Votre réponse est enregistrée" in page
    assert "Du côté pair." in page
    assert [message.body for message in all_messages(app, case)][-1] == "Du côté pair."
    with runtime_of(app).database.reading() as session:
        assert session.get_one(Case, case.id).status == Status.UNDER_REVIEW
    (file,) = all_attachments(app, case)
    assert runtime_of(app).storage.get(file.digest) == PICTURE


def test_an_answer_sent_twice_is_one_message(app: Flask, client: FlaskClient, case: Case) -> None:
    page = open_case(client, case)
    for _ in range(2):
        assert reply(client, case, page, message="Du côté pair.").status_code == 303
    assert len(all_messages(app, case)) == 2
    assert "déjà enregistrée" in client.get(f"{FOLLOW}/{case.reference}").text


def test_an_empty_answer_and_a_forbidden_file_are_told_and_nothing_is_lost(
    app: Flask, client: FlaskClient, case: Case
) -> None:
    page = open_case(client, case)
    assert 'href="#f-message"' in reply(client, case, page, message=" ").text
    bad = reply(client, case, page, message="Voici", attachments=[a_file(), a_file(b"<html></html>", "x.html")])
    assert bad.status_code == 422
    assert 'href="#f-attachments"' in bad.text
    assert "Voici</textarea>" in bad.text
    (token,) = kept_files(bad.text)
    assert reply(client, case, bad.text, message="Voici", kept_file=token).status_code == 303
    assert [file.name for file in all_attachments(app, case)] == ["trou.png"]


def test_an_answer_whose_session_expired_comes_back_filled(app: Flask, client: FlaskClient, case: Case) -> None:
    page = open_case(client, case)
    bad = reply(client, case, page, message="Voici", csrf_token="made-up")
    assert bad.status_code == 400
    assert "Voici</textarea>" in bad.text
    assert len(all_messages(app, case)) == 1


def test_nobody_answers_reads_or_downloads_without_the_code(app: Flask, client: FlaskClient, case: Case) -> None:
    stranger = app.test_client()
    page = stranger.get(FOLLOW).text
    data = {"csrf_token": hidden(page, "csrf_token"), "submission": "x", "message": "Bonjour"}
    for reference in (case.reference, "2026-999999"):  # the same for one that does not exist
        for code in ({}, {"code": ""}, {"code": "AAAA-AAAA"}):
            assert stranger.post(f"{FOLLOW}/{reference}/reponse", data=data | code).status_code in {403, 422}
        for file in ("documents/1", "pieces/1"):
            assert stranger.get(f"{FOLLOW}/{reference}/{file}").location == f"{FOLLOW}?reference={reference}"
    assert len(all_messages(app, case)) == 1


def test_an_answer_written_until_the_case_closed_in_the_browser_leaves_with_its_file_once_the_code_is_given(
    app: Flask, client: FlaskClient, case: Case
) -> None:
    page = open_case(client, case)
    post(client, f"{FOLLOW}/{case.reference}/quitter", {}, token_from=FOLLOW)
    asked = reply(client, case, page, message="Une heure d’écriture", attachments=a_file())
    assert asked.status_code == 422
    assert "Par sécurité, redonnez le code de suivi : tout ce que vous avez écrit partira avec." in words(asked.text)
    wrong = again(client, case, asked, code="AAAA-AAAA")
    assert wrong.status_code == 403
    assert "Cette référence et ce code ne vont pas ensemble" in words(wrong.text)
    assert len(all_messages(app, case)) == 1
    sent = again(client, case, wrong, code=case.tracking_code)
    assert (sent.status_code, sent.location) == (303, f"{FOLLOW}/{case.reference}")
    assert again(client, case, wrong, code=case.tracking_code).status_code == 303
    assert [message.body for message in all_messages(app, case)][1:] == ["Une heure d’écriture"]
    assert [file.name for file in all_attachments(app, case)] == ["trou.png"]


def test_an_answer_that_waits_for_its_code_never_leaves_without_a_file_that_was_refused(
    app: Flask, client: FlaskClient, case: Case
) -> None:
    page = open_case(client, case)
    post(client, f"{FOLLOW}/{case.reference}/quitter", {}, token_from=FOLLOW)
    asked = reply(client, case, page, message="Voici le film", attachments=a_file(bytes(10_000_001), "film.bin"))
    assert "film.bin" in words(asked.text)
    shown = again(client, case, asked, code=case.tracking_code)
    assert shown.status_code == 422
    assert "Votre réponse n’est pas encore envoyée" in words(shown.text)
    assert "Voici le film</textarea>" in shown.text
    assert "Ce fichier n’a pas pu être gardé : ajoutez-le de nouveau." in words(shown.text)
    open_case(client, case)  # in another tab, before the code is given in this one
    assert again(client, case, asked, code=case.tracking_code).status_code == 422
    assert len(all_messages(app, case)) == 1


def again(client: FlaskClient, case: Case, asked: TestResponse, *, code: str) -> TestResponse:
    """Give the code in the page that asks for it, with all that this page carries."""
    carried = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.text)
    return client.post(f"{FOLLOW}/{case.reference}/reponse", data={**dict(carried), "code": code})


def test_documents_are_downloaded_once_they_are_made(app: Flask, client: FlaskClient, case: Case) -> None:
    runtime = runtime_of(app)
    with runtime.database.transaction() as session:
        document = session.query(Document).filter_by(case_id=case.id).one()
        document_id = document.id
    page = open_case(client, case)
    assert "/documents/" not in page
    assert client.get(f"{FOLLOW}/{case.reference}/documents/{document_id}").status_code == 404
    with runtime.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.digest, document.size, document.rendered_at = runtime.storage.put(b"%PDF-1.7"), 8, datetime.now(UTC)
        # Another letter of the same title, of another day.
        document.asked_at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
        told = {
            one: getattr(document, one) for one in ("authority_id", "case_id", "template", "title", "digest", "size")
        }
        session.add(Document(**told, values={}, asked_at=datetime(2026, 3, 9, 9, 0, tzinfo=UTC)))
    page = client.get(f"{FOLLOW}/{case.reference}").text
    for day in ("02/03/2026 à 10 h 05", "09/03/2026 à 10 h"):
        assert f", {day}" in words(page), "two letters of one title are told apart"
    assert client.get(re.findall(r'href="([^"]+/documents/\d+)"', page)[0]).data == b"%PDF-1.7"


def test_a_case_is_closed_on_a_shared_computer(client: FlaskClient, case: Case) -> None:
    page = open_case(client, case)
    client.post(f"{FOLLOW}/{case.reference}/quitter", data={"csrf_token": hidden(page, "csrf_token")})
    assert client.get(f"{FOLLOW}/{case.reference}").status_code == 302


def test_what_was_written_is_shown_as_text(app: Flask, client: FlaskClient) -> None:
    with runtime_of(app).database.transaction() as session:
        case = factories.a_case(
            session, runtime_of(app), body="<img src=x onerror=alert(1)>\n\nDeuxième ligne", subject="<b>x</b>"
        )
    page = open_case(client, case)
    assert "<img src=x" not in page
    assert "<b>x</b>" not in page
    assert "Deuxième ligne" in page


def test_the_message_of_another_case_is_not_mixed_up(app: Flask, client: FlaskClient, case: Case) -> None:
    with runtime_of(app).database.transaction() as session:
        other = factories.a_case(session, runtime_of(app))
    page = open_case(client, case)
    open_case(client, other)
    assert reply(client, case, page, message="Un").status_code == 303
    assert reply(client, other, page, message="Deux").status_code == 303
    assert [message.body for message in all_messages(app, other)][-1] == "Deux"
    with runtime_of(app).database.reading() as session:
        assert session.query(Message).count() == 4
