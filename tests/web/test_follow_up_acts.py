"""What citizens do from the page of their case besides answering: pieces, correction, withdrawal, opinion."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.domain.legal_events import Piece
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback
from backoffice.queries import cases
from backoffice.services import casework, clock, decisions, missing_pieces
from tests import factories
from tests.web.citizen_visits import a_file, all_attachments, all_messages, count, kept_files, runtime_of
from tests.web.conftest import SignedIn
from tests.web.test_follow_up import FOLLOW, open_case, reply
from tests.web.visits import hidden, words

WHERE = "Où se trouve le problème\u00a0?"


@pytest.fixture
def case(app: Flask) -> Case:
    """A hole in the road, reported by Jeanne Martin."""
    with runtime_of(app).database.transaction() as session:
        answers = {"category": "pothole", "location": {"address": "12 rue des Lilas"}, "description": "Un trou."}
        return factories.a_case(session, runtime_of(app), answers=answers)


def now(app: Flask, case: Case) -> Case:
    with runtime_of(app).database.reading() as session:
        return session.get_one(Case, case.id)


def act(client: FlaskClient, case: Case, act_name: str, **fields: str) -> TestResponse:
    """Post one of the forms, with the proof of origin of the page of the case."""
    token = hidden(client.get(f"{FOLLOW}/{case.reference}").text, "csrf_token")
    return client.post(f"{FOLLOW}/{case.reference}/{act_name}", data={"csrf_token": token, **fields})


def close(app: Flask, case: Case, outcome: Outcome = Outcome.ANSWERED) -> None:
    with runtime_of(app).database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        held = cases.claim_case_by_id(session, case.id)
        casework.close(session, runtime_of(app), karim, held, outcome, "C’est réparé.")


def test_missing_pieces_come_first_and_are_sent_one_by_one(
    app: Flask, client: FlaskClient, case: Case, signed_in: SignedIn
) -> None:
    plan = Piece("plan", "Plan coté", "Règlement de voirie, article 4", blocking=True)
    photo = Piece("photo", "Photographie", "Règlement de voirie, article 5", blocking=False)
    with runtime_of(app).database.transaction() as session:
        held = cases.claim_case_by_id(session, case.id)
        calendar = clock.calendar_of(factories.the_authority(session))
        limit = calendar.next_working_day(datetime.now(UTC).date() + timedelta(days=30))
        agent = factories.actor_named(session, "Karim")
        missing_pieces.ask_for_pieces(session, agent, held, [plan, photo], limit)
    page = open_case(client, case)
    assert page.index("Il nous manque des pièces") < page.index("Étape")
    name = page.split('type="file" id="f-')[1].split('"')[0]
    bad = reply(client, case, page, **{name: [a_file(name="plan.png"), a_file(b"<html></html>", "x.html")]})
    assert bad.status_code == 422
    assert f'href="#f-{name}"' in bad.text
    (token,) = kept_files(bad.text)
    assert reply(client, case, bad.text, kept_file=token).status_code == 303
    (sent,) = all_attachments(app, case)
    assert (sent.name, sent.field) == ("plan.png", name)
    assert words(all_messages(app, case)[-1].body) == "Pièces envoyées : – Plan coté : plan.png"
    again = words(client.get(f"{FOLLOW}/{case.reference}").text)
    assert "un agent va la vérifier" in again
    assert "Il lui manque encore des pièces" in again
    assert "Photographie" in again
    desk = signed_in("Karim").get(f"/agents/dossiers/{case.reference}/pieces-recues").text
    assert 'value="plan" checked' in desk
    assert 'value="photo" checked' not in desk


def test_a_correction_is_a_message_to_the_agent_sent_once(app: Flask, client: FlaskClient, case: Case) -> None:
    open_case(client, case)
    page = client.get(f"{FOLLOW}/{case.reference}/corriger").text
    number = hidden(page, "submission")
    missing = act(client, case, "corriger", submission=number, what=WHERE)
    assert (missing.status_code, 'href="#f-text"' in missing.text) == (422, True)
    assert f'value="{WHERE}" selected' in missing.text
    for _ in range(2):
        sent = act(client, case, "corriger", submission=number, what=WHERE, text="Au 14, pas au 12.")
        assert sent.status_code == 303
    last = all_messages(app, case)[-1]
    assert (last.subject, len(all_messages(app, case))) == ("Correction demandée", 2)
    assert words(last.body) == "À corriger : Où se trouve le problème ? Au 14, pas au 12."
    assert now(app, case).answers["location"] == {"address": "12 rue des Lilas"}


def test_a_correction_is_sent_from_a_page_in_another_language(app: Flask, client: FlaskClient, case: Case) -> None:
    open_case(client, case)
    page = client.get(f"{FOLLOW}/{case.reference}/corriger?langue=en").text
    choices = page.partition('name="what"')[2].partition("</select>")[0]
    what = unescape(re.findall(r'<option value="([^"]+)"', choices)[-1])
    assert (what, "Something else</option>" in page) == ("Autre chose", True)
    missing = act(client, case, "corriger", what=what)
    assert f'value="{what}" selected' in missing.text
    assert act(client, case, "corriger", what=what, text="Paul, not Jeanne.").status_code == 303
    assert words(all_messages(app, case)[-1].body) == "À corriger : Autre chose Paul, not Jeanne."


def test_a_request_is_withdrawn_after_saying_what_it_means(app: Flask, client: FlaskClient, case: Case) -> None:
    open_case(client, case)
    page = words(client.get(f"{FOLLOW}/{case.reference}/retirer").text)
    assert "Les délais repartiront alors de zéro" in page
    assert now(app, case).status == Status.RECEIVED
    assert act(client, case, "retirer", reason="J’ai déménagé.").status_code == 303
    assert now(app, case).outcome == Outcome.WITHDRAWN
    after = words(client.get(f"{FOLLOW}/{case.reference}").text)
    assert "Terminée : retirée par l’usager" in after
    assert "Cette réponse vous a-t-elle aidé" not in after
    assert act(client, case, "retirer").status_code == 303
    for what in ("retirer", "corriger"):
        assert client.get(f"{FOLLOW}/{case.reference}/{what}").status_code == 303


def test_the_certificate_is_offered_when_silence_became_acceptance(app: Flask, client: FlaskClient, case: Case) -> None:
    assert "attestation" not in open_case(client, case)
    assert act(client, case, "attestation").status_code == 303
    with runtime_of(app).database.transaction() as session:
        session.get_one(Case, case.id).implicit_outcome = Outcome.IMPLICITLY_ACCEPTED
    assert "Demander l’attestation" in client.get(f"{FOLLOW}/{case.reference}").text
    for _ in range(2):
        assert act(client, case, "attestation").status_code == 303
    page = words(client.get(f"{FOLLOW}/{case.reference}").text)
    assert "Vous avez demandé l’attestation" in page
    assert "Demander l’attestation" not in page
    assert [one.subject for one in all_messages(app, case)].count("Demande d’attestation") == 1


def test_the_page_tells_no_delay_while_pieces_are_awaited_and_one_truth_once_silence_decided(
    app: Flask, client: FlaskClient
) -> None:
    runtime, today = runtime_of(app), datetime.now(UTC)
    a_month_ago, long_ago = today - timedelta(days=30), today - timedelta(days=150)
    paper = Piece("insurance", "Attestation d’assurance", "Règlement, article 3", blocking=True)
    with runtime.database.transaction() as session:
        meals = factories.a_case(session, runtime, procedure="school_meals_aftercare", received_at=a_month_ago)
        calendar = clock.calendar_of(factories.the_authority(session))
        limit = calendar.next_working_day(today.date() + timedelta(days=30))
        missing_pieces.ask_for_pieces(session, factories.actor_named(session, "Hélène"), meals, [paper], limit)
    page = words(open_case(client, meals))
    assert "Aucun délai ne court pour le moment" in page
    assert "Nous vis" not in page
    decided = []
    for procedure in ("school_meals_aftercare", "terrace_permit"):
        with runtime.database.transaction() as session:
            case = factories.a_case(session, runtime, procedure=procedure, received_at=long_ago)
        assert "Nous visions une réponse au plus tard ce jour-là" in words(open_case(app.test_client(), case))
        with runtime.database.transaction() as session:
            assert decisions.write_implicit_decision(session, cases.claim_case_by_id(session, case.id))
        decided.append(case)
    accepted, refused = (words(open_case(client, one)) for one in decided)
    assert "Votre demande est acceptée depuis le" in accepted
    assert "Votre demande est considérée comme refusée depuis le" in refused
    assert "une décision écrite remplacerait alors ce refus" in refused
    for page in (accepted, refused):
        assert "Un agent" not in page
        assert "En cours d’examen" not in page
        assert "Nous vis" not in page
        assert "(heure de Paris)" in page
    english = words(client.get(f"{FOLLOW}/{decided[1].reference}?langue=en").text)
    assert "(Paris time)" in english
    assert "a written decision would then replace this refusal" in english


def test_an_answer_is_judged_once_and_a_no_opens_the_case_again(app: Flask, client: FlaskClient, case: Case) -> None:
    assert "vous a-t-elle aidé" not in open_case(client, case)
    close(app, case)
    assert "Un « non » rouvre votre demande" in words(client.get(f"{FOLLOW}/{case.reference}").text)
    nothing = act(client, case, "avis", reason="Le trou est là.")
    assert (nothing.status_code, 'href="#f-helped"' in nothing.text) == (422, True)
    assert "Le trou est là.</textarea>" in nothing.text
    empty = act(client, case, "avis", helped="no")
    assert (empty.status_code, 'href="#f-reason"' in empty.text) == (422, True)
    assert act(client, case, "avis", helped="no", reason="Le trou est là.").status_code == 303
    assert now(app, case).status == Status.UNDER_REVIEW
    close(app, case)
    for _ in range(2):
        assert act(client, case, "avis", helped="yes").status_code == 303
    assert "Vous avez dit que cette réponse vous a aidé" in client.get(f"{FOLLOW}/{case.reference}").text
    assert count(app, Feedback) == 2


def test_nobody_acts_on_a_case_without_its_code(app: Flask, case: Case) -> None:
    stranger = app.test_client()
    token = hidden(stranger.get(FOLLOW).text, "csrf_token")
    for what in ("corriger", "retirer"):
        assert stranger.get(f"{FOLLOW}/{case.reference}/{what}").location.startswith(FOLLOW)
    for reference in (case.reference, "2026-999999"):  # the same for one that does not exist
        sent = stranger.post(f"{FOLLOW}/{reference}/attestation", data={"csrf_token": token})
        assert sent.location == f"{FOLLOW}?reference={reference}"
        for what in ("corriger", "retirer", "avis"):
            for status, code in ((422, {}), (422, {"code": ""}), (403, {"code": "AAAA-AAAA"})):
                data = {"csrf_token": token, "helped": "yes"} | code
                assert stranger.post(f"{FOLLOW}/{reference}/{what}", data=data).status_code == status
    assert now(app, case).status == Status.RECEIVED
    assert len(all_messages(app, case)) == 1


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("corriger", {"what": "Autre chose", "text": "Le numéro est le 14."}, "Votre correction est transmise"),
        ("retirer", {"reason": "Le trou est rebouché."}, "Votre demande est retirée"),
        ("avis", {"helped": "no", "reason": "Le trou est revenu."}, "Votre demande est rouverte"),
    ],
)
def test_what_was_written_until_the_case_closed_in_the_browser_leaves_once_the_code_is_given(
    app: Flask, client: FlaskClient, case: Case, name: str, typed: dict[str, str], said: str
) -> None:
    if name == "avis":
        close(app, case)
    page = open_case(client, case)
    token = hidden(page.text if isinstance(page, TestResponse) else page, "csrf_token")
    client.post(f"{FOLLOW}/{case.reference}/quitter", data={"csrf_token": token})
    act_page = f"{FOLLOW}/{case.reference}/{name}"
    asked = client.post(act_page, data={"csrf_token": hidden(client.get(FOLLOW).text, "csrf_token"), **typed})
    assert asked.status_code == 422
    assert "Rien n’est encore envoyé" in words(asked.text)
    wrong = client.post(act_page, data=carried(asked) | {"code": "AAAA-AAAA"})
    assert wrong.status_code == 403
    assert "Cette référence et ce code ne vont pas ensemble" in words(wrong.text)
    sent = client.post(act_page, data=carried(wrong) | {"code": case.tracking_code})
    assert sent.status_code == 303
    assert said in words(client.get(sent.location).text)


def carried(asked: TestResponse) -> dict[str, str]:
    """The hidden fields of the page that asks for the code."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.text)
    return {name: unescape(value) for name, value in found}
