"""The public form: sent without account or script, never losing what was typed, never registering twice."""

import re
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.queries import catalogue
from backoffice.services import procedures
from tests import factories
from tests.web.citizen_visits import (
    HOLE,
    JEANNE,
    PICTURE,
    a_file,
    all_attachments,
    all_cases,
    all_messages,
    carried,
    form_path,
    kept_files,
    runtime_of,
    send,
)
from tests.web.visits import hidden, words

BIG = 11 * 1024 * 1024


def test_a_citizen_reports_a_hole_and_reads_the_receipt(app: Flask, client: FlaskClient) -> None:
    answer = send(client, {**HOLE, **JEANNE, "photos": a_file()})
    assert answer.status_code == 303
    (case,) = all_cases(app)
    assert answer.location == f"/demandes/recue/{case.reference}"
    receipt = words(client.get(answer.location).text)
    assert case.reference in receipt
    assert f"{case.tracking_code[:4]}-{case.tracking_code[4:]}" in receipt
    assert "jeanne.martin@courriel.example" in receipt
    assert "Voirie et propreté" in receipt
    assert "votre demande sera considérée comme refusée" in receipt
    (photo,) = all_attachments(app, case)
    assert (photo.name, photo.field, photo.media_type) == ("trou.png", "photos", "image/png")
    assert all_messages(app, case)[0].body == HOLE["description"]


def test_nobody_else_reads_the_receipt(app: Flask, client: FlaskClient) -> None:
    answer = send(client, {**HOLE, **JEANNE})
    stranger = app.test_client()
    refused = stranger.get(answer.location)
    assert refused.status_code == 302
    assert refused.location.startswith("/suivi?reference=")


def test_a_report_may_be_anonymous_and_another_procedure_may_not(app: Flask, client: FlaskClient) -> None:
    assert send(client, HOLE).status_code == 303
    assert all_cases(app)[0].citizen_id is None
    refused = send(client, {}, "document_access")
    assert refused.status_code == 422
    assert "Indiquez votre nom de naissance." in refused.text


def test_what_is_wrong_is_told_next_to_its_field_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    typed = {**HOLE, **JEANNE, "requester.email": "jeanne@courriel", "description": "Un <trou> & « rien »"}
    del typed["category"]
    page = send(client, typed)
    assert page.status_code == 422
    assert all_cases(app) == []
    for name in ("category", "requester.email"):
        assert f'href="#f-{name}"' in page.text
        assert f'id="f-{name}"' in page.text
        assert f'id="f-{name}-error"' in page.text
    assert page.text.index('href="#f-category"') < page.text.index('href="#f-requester.email"')
    assert "Un &lt;trou&gt; &amp; « rien »</textarea>" in page.text
    assert 'value="jeanne@courriel"' in page.text
    assert "<title>Erreur" in page.text


def test_a_file_received_before_an_error_needs_no_second_sending(app: Flask, client: FlaskClient) -> None:
    page = send(client, {**HOLE, "category": "", "photos": a_file()})
    assert page.status_code == 422
    (token,) = kept_files(page.text)
    assert "trou.png" in page.text
    answer = send(client, {**HOLE, "kept_file": token}, page=page.text)
    assert answer.status_code == 303
    assert [file.name for file in all_attachments(app, all_cases(app)[0])] == ["trou.png"]


def test_a_received_file_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    page = send(client, {**HOLE, "category": "", "photos": a_file()})
    (token,) = kept_files(page.text)
    assert send(client, {**HOLE, "kept_file": token, "drop_file": token}, page=page.text).status_code == 303
    assert all_attachments(app, all_cases(app)[0]) == []


def test_a_file_of_another_form_cannot_be_claimed(app: Flask, client: FlaskClient) -> None:
    page = send(client, {**HOLE, "category": "", "photos": a_file()})
    (token,) = kept_files(page.text)
    assert send(client, {**HOLE, "kept_file": token}).status_code == 303
    assert all_attachments(app, all_cases(app)[0]) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>alert(1)</script></html>", "contient un programme ou une page web"),
        (b"%PDF-1.4\n" + b" " * BIG, "la limite est de"),
    ],
)
def test_a_forbidden_or_oversize_file_is_refused_beside_its_field(
    app: Flask, client: FlaskClient, content: bytes, sentence: str
) -> None:
    page = send(client, {**HOLE, "photos": a_file(content, "piece.pdf")})
    assert page.status_code == 422
    assert 'id="f-photos-error"' in page.text
    assert sentence in page.text
    assert HOLE["description"] in page.text
    assert all_cases(app) == []


def test_files_too_heavy_together_cost_nothing_of_what_was_typed(app: Flask, client: FlaskClient) -> None:
    heavy = [a_file(b"%PDF-1.4\n" + b" " * (9 * 1024 * 1024), f"{n}.pdf") for n in range(5)]
    page = send(client, {**HOLE, "photos": heavy})
    assert page.status_code == 422
    assert "trop lourds ensemble" in page.text
    assert HOLE["description"] in page.text


def test_a_question_opened_by_an_answer_is_shown_before_anything_is_registered(app: Flask, client: FlaskClient) -> None:
    first = send(client, {**HOLE, "danger": "yes"})
    assert first.status_code == 422
    assert "nouvelles questions" in first.text
    assert re.search(r'data-name="danger_notice">', first.text)
    assert all_cases(app) == []
    assert send(client, {**HOLE, "danger": "yes"}, page=first.text).status_code == 303


def test_conditions_work_without_script(app: Flask, client: FlaskClient) -> None:
    fresh = client.get(form_path("school_meals_aftercare")).text
    assert re.search(r'data-name="menu" hidden>', fresh)
    page = send(client, {**JEANNE, "service": "meals"}, "school_meals_aftercare", page=fresh).text
    assert re.search(r'data-name="menu">', page)
    assert re.search(r'data-name="pickup_persons" hidden>', page)
    assert "Choisissez une réponse pour « Quel menu ? »" in words(page)


def test_a_child_is_added_and_taken_away_without_script(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path("school_meals_aftercare")).text
    typed: dict[str, Any] = {"child-0.family_name": "Martin", "child-0.given_names": "Léa", "class": "CE1"}
    two = send(client, {**typed, "add": "child"}, "school_meals_aftercare", page=page)
    assert two.status_code == 200
    assert 'name="child-1.family_name"' in two.text
    assert 'value="Léa"' in two.text
    typed |= {"child-1.family_name": "Martin", "child-1.given_names": "Tom"}
    one = send(client, {**typed, "remove": "child-0"}, "school_meals_aftercare", page=two.text)
    assert 'value="Léa"' not in one.text
    assert 'value="Tom"' in one.text
    assert 'value="CE1"' in one.text
    assert all_cases(app) == []


def test_what_is_sent_by_post_needs_an_address(app: Flask, client: FlaskClient) -> None:
    typed = {
        **JEANNE,
        "birth_place": "here",
        "act_kind": "extract_plain",
        "requester_link": "self",
        "holder.family_name": "Martin",
        "holder.given_names": "Jeanne",
        "holder_birth_date": "01/02/1980",
        "delivery": "post",
    }
    nowhere = {name: text for name, text in typed.items() if name not in ("requester.address_line", "requester.city")}
    page = send(client, nowhere, "birth_certificate")
    assert (page.status_code, "Indiquez l’adresse où envoyer le courrier" in page.text) == (422, True)
    assert send(client, {**nowhere, "delivery": "counter"}, "birth_certificate").status_code == 303
    there = {**nowhere, "requester.address_line": "12 rue des Lilas", "requester.city": "Saint-Aubin-les-Tilleuls"}
    assert send(client, there, "birth_certificate").status_code == 303
    assert len(all_cases(app)) == 2


def test_answers_with_which_the_request_cannot_succeed_are_told_with_another_way(
    app: Flask, client: FlaskClient
) -> None:
    typed = {
        **JEANNE,
        "birth_place": "abroad",
        "act_kind": "extract_plain",
        "requester_link": "self",
        "holder.family_name": "Martin",
        "holder.given_names": "Jeanne",
        "holder_birth_date": "01/02/1980",
        "delivery": "counter",
    }
    page = send(client, typed, "birth_certificate")
    assert page.status_code == 422
    assert "service central d’état civil" in page.text
    assert 'value="01/02/1980"' in page.text
    assert all_cases(app) == []


def test_sending_twice_is_one_request_and_one_receipt(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    first, second = send(client, HOLE, page=page), send(client, HOLE, page=page)
    assert second.location == f"{first.location}?deja=1"
    assert len(all_cases(app)) == 1
    assert "pas enregistrée deux fois" in client.get(second.location).text


def test_two_simultaneous_sendings_are_one_request(app: Flask, client: FlaskClient) -> None:
    data = {**carried(client.get(form_path()).text), **HOLE}
    session = client.get_cookie("parvis_formulaires")
    assert session
    start, answers = threading.Barrier(2), []

    def click() -> None:
        browser = app.test_client()
        browser.set_cookie("parvis_formulaires", session.value)
        start.wait()
        answers.append(browser.post(form_path(), data=data))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.location.partition("?")[0] for answer in answers}) == 1
    assert len(all_cases(app)) == 1


def test_two_forms_are_two_requests(app: Flask, client: FlaskClient) -> None:
    send(client, HOLE)
    send(client, {**HOLE, "location.address": "14 rue des Lilas"})
    send(app.test_client(), HOLE)
    assert len(all_cases(app)) == 3


def test_a_fresh_form_that_says_the_same_a_moment_later_is_the_same_request(app: Flask, client: FlaskClient) -> None:
    first = send(client, {**HOLE, "photos": a_file()})
    again = send(client, {**HOLE, "photos": a_file()})
    assert again.location == f"{first.location}?deja=1"
    # « Back » brings the words again, not the files that the script had sent.
    assert send(client, HOLE).location == f"{first.location}?deja=1"
    assert send(client, {**HOLE, "photos": a_file(PICTURE + b"another")}).location != first.location
    assert len(all_cases(app)) == 2


@pytest.mark.parametrize("token", ["", "made-up"])
def test_an_expired_session_gives_the_form_back_filled(app: Flask, client: FlaskClient, token: str) -> None:
    page = client.get(form_path()).text
    client.delete_cookie("parvis_formulaires")
    back = send(client, {**HOLE, "csrf_token": token, "photos": a_file()}, page=page)
    assert back.status_code == 400
    assert "Tout ce que vous avez écrit est là" in back.text
    assert HOLE["description"] in back.text
    assert all_cases(app) == []
    again = send(client, {**HOLE, "kept_file": kept_files(back.text)[0]}, page=back.text)
    assert again.status_code == 303
    assert len(all_attachments(app, all_cases(app)[0])) == 1


def test_a_form_whose_procedure_closed_meanwhile_gives_the_answers_to_copy(app: Flask, client: FlaskClient) -> None:
    page = client.get(form_path()).text
    with runtime_of(app).database.transaction() as session:
        authority = factories.the_authority(session)
        found = catalogue.get_procedure(session, authority.id, "street_issue")
        procedures.set_open(session, policy.system(authority.id), found, is_open=False)
    refused = send(client, HOLE, page=page)
    assert refused.status_code == 409
    assert "fermée pour le moment" in refused.text
    assert HOLE["description"] in refused.text
    assert "02 61 91 40 20" in refused.text
    assert all_cases(app) == []
    assert client.get(form_path()).status_code == 200


def test_a_form_without_a_valid_number_gets_one(app: Flask, client: FlaskClient) -> None:
    assert send(client, {**HOLE, "submission": "<script>"}).status_code == 303
    assert hidden(client.get(form_path()).text, "submission") != hidden(client.get(form_path()).text, "submission")


def test_a_posted_citizen_number_means_nothing(app: Flask, client: FlaskClient) -> None:
    assert send(client, {**HOLE, **JEANNE, "citizen_id": "1", "requester.citizen_id": "1"}).status_code == 303
    assert all_cases(app)[0].citizen_id is not None


def test_the_empty_form_may_be_found_again_with_back_and_filled_ones_are_not_kept(client: FlaskClient) -> None:
    assert client.get(form_path()).headers["Cache-Control"] == "private, no-cache"
    assert send(client, {}).headers["Cache-Control"] == "no-store"


def test_every_form_of_the_catalogue_opens_and_says_what_becomes_of_the_data(client: FlaskClient) -> None:
    for definition in starter.load_procedures():
        page = client.get(form_path(definition.code))
        assert page.status_code == 200
        assert definition.sve_excluded or "Ce que deviennent vos données" in page.text
