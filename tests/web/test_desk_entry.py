"""Agents record visits and calls in one screen, and hand over the receipt."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen
from backoffice.services import documents, outbox
from tests import factories
from tests.web.citizen_visits import PICTURE
from tests.web.visits import STAFF, hidden, post, sign_in, words

COUNTER, PHONE = "/agents/accueil", "/agents/appel"


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    """The browser of Sandrine, at the counter."""
    sign_in(client, "Sandrine")
    return client


def send(client: FlaskClient, door: str, do: str = "save", *, seen: str = "", **fields: Any) -> TestResponse:
    """Post the screen; « requester__email » stands for the input « requester.email »."""
    submission = hidden(seen or client.get(door).text, "submission")
    typed = {name.replace("__", "."): value for name, value in fields.items()}
    return post(client, door, {"submission": submission, "do": do, **typed}, token_from=door)


def cases_of(runtime: Runtime) -> list[Case]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def count(runtime: Runtime, table: type[Any]) -> int:
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_visit_ends_with_a_receipt(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(desk, COUNTER, requester__family_name="Belkacem", subject="Concession", notes="Pour son mari.")
    assert answer.status_code == 303
    (case,) = cases_of(runtime)
    receipt = words(desk.get(answer.location).text)
    for said in (case.reference, f"{case.tracking_code[:4]}-{case.tracking_code[4:]}", "Belkacem", "Pour son mari."):
        assert said in receipt
    with runtime.database.reading() as session:
        assert case.recorded_by_id == factories.staff_named(session, "Sandrine").id
    assert case.channel == "counter"


def test_what_is_read_aloud_says_each_thing_once_and_ends_its_sentences(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(
        desk,
        PHONE,
        demarche="street_issue",
        requester__phone="02 41 22 33 44",
        category="lighting",
        location__address="9 rue du Moulin",
        description="Lampadaire éteint",
        danger="no",
        notes="Il rappellera demain",
    )
    aloud = words(desk.get(answer.location).text).partition("À relire à voix haute")[2].partition("Récépissé")[0]
    assert "Vous nous dites : Il rappellera demain. Nous visons" in aloud
    assert aloud.count("Lampadaire éteint") == 1


def test_a_call_is_a_case_of_its_own_channel(desk: FlaskClient, runtime: Runtime) -> None:
    send(desk, PHONE, requester__phone="02 41 22 33 44", subject="Poubelle non ramassée")
    (case,) = cases_of(runtime)
    assert case.channel == "phone"


def test_the_number_to_call_in_danger_stays_on_one_line(desk: FlaskClient) -> None:
    assert "02\u00a061\u00a091\u00a040\u00a099" in desk.get(f"{PHONE}?demarche=street_issue").text


def test_a_known_person_is_found_chosen_and_not_created_again(desk: FlaskClient, runtime: Runtime) -> None:
    earlier = factories.a_receipt(runtime).reference
    found = send(desk, COUNTER, "look", person="jeanne martin", notes="Toujours là.", subject="Trou")
    assert "1 personne possible" in words(found.text)
    assert ">\nToujours là.</textarea>" in found.text
    choice = hidden(found.text.replace('name="do" value="choose', 'name="x" value="choose'), "x")
    chosen = send(desk, COUNTER, choice, seen=found.text, notes="Toujours là.", subject="Trou")
    assert earlier in chosen.text
    assert "jeanne.martin@courriel.example" in chosen.text
    assert "requester.family_name" not in chosen.text
    usager = hidden(chosen.text, "usager")
    answer = send(desk, COUNTER, seen=chosen.text, usager=usager, requester__phone="0612345678", subject="Trou")
    assert answer.status_code == 303
    assert count(runtime, Citizen) == 1
    with runtime.database.reading() as session:
        citizen = session.scalars(select(Citizen)).one()
        assert (citizen.phone, citizen.origins["phone"]["source"]) == ("+33612345678", "counter")


def test_a_reference_that_leads_to_nobody_makes_no_new_person(desk: FlaskClient, runtime: Runtime) -> None:
    received = factories.a_receipt(runtime)
    asked = desk.get("/agents/accueil/personnes", query_string={"q": "2026 999999"}).get_json()
    assert asked["suggestions"] == []
    assert "cette référence" in asked["told"]
    shown = words(send(desk, COUNTER, "look", person="2026 999999").text)
    assert "Personne n’est trouvé par cette référence." in shown
    assert "C’est une nouvelle personne" not in shown
    known = desk.get("/agents/accueil/personnes", query_string={"q": received.reference}).get_json()
    assert [one["press"].partition(":")[0] for one in known["suggestions"]] == ["choose"]
    named = desk.get("/agents/accueil/personnes", query_string={"q": "Zwyrtek"}).get_json()
    assert [one["press"] for one in named["suggestions"]] == ["new"]


def test_a_name_that_is_already_known_is_shown_before_it_is_created_twice(desk: FlaskClient, runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    found = send(desk, COUNTER, "look", requester__family_name="MARTIN", requester__given_names="Jeanne")
    assert 'value="choose:' in found.text


def test_the_questions_of_the_procedure_are_asked_and_may_stay_unanswered(desk: FlaskClient, runtime: Runtime) -> None:
    page = send(desk, COUNTER, "look", demarche="birth_certificate", requester__family_name="Belkacem")
    assert 'name="holder.family_name"' in page.text
    answer = send(
        desk,
        COUNTER,
        seen=page.text,
        demarche="birth_certificate",
        requester__family_name="Belkacem",
        birth_place="here",
        act_kind="full_copy",
    )
    (case,) = cases_of(runtime)
    assert case.answers == {"birth_place": "here", "act_kind": "full_copy"}
    assert "Une copie intégrale" in desk.get(answer.location).text
    sign_in(desk, "Julie")
    assert "Reste à demander" in desk.get(f"/agents/dossiers/{case.reference}").text


def test_what_is_badly_written_is_told_next_to_its_field_and_all_is_kept(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(
        desk,
        COUNTER,
        demarche="birth_certificate",
        requester__family_name="Belkacem",
        requester__email="pas une adresse",
        holder_birth_date="31/02/1960",
        birth_place="here",
        notes="Revient demain.",
    )
    assert answer.status_code == 422
    assert 'href="#f-requester.email"' in answer.text
    assert 'href="#f-holder_birth_date"' in answer.text
    assert 'value="pas une adresse"' in answer.text
    assert 'value="31/02/1960"' in answer.text
    assert 'value="here" checked' in answer.text
    assert ">\nRevient demain.</textarea>" in answer.text
    assert cases_of(runtime) == []


def test_nothing_said_of_the_person_must_be_meant(desk: FlaskClient, runtime: Runtime) -> None:
    assert 'href="#f-person"' in send(desk, COUNTER, subject="Dépôt d’ordures").text
    assert send(desk, COUNTER, subject="Dépôt d’ordures", anonymous="yes").status_code == 303
    (case,) = cases_of(runtime)
    assert case.citizen_id is None


def test_some_procedures_cannot_be_anonymous(desk: FlaskClient) -> None:
    refused = send(desk, COUNTER, demarche="birth_certificate", anonymous="yes")
    assert refused.status_code == 422
    assert "ne peut pas être anonyme" in refused.text
    assert send(desk, COUNTER, demarche="street_issue", anonymous="yes").status_code == 303


def test_a_name_and_anonymous_at_once_is_a_question(desk: FlaskClient) -> None:
    answer = send(desk, COUNTER, subject="Bruit", anonymous="yes", requester__family_name="Martin")
    assert "Décochez cette case" in answer.text


def test_something_must_be_asked_for(desk: FlaskClient) -> None:
    answer = send(desk, COUNTER, requester__family_name="Martin")
    assert 'href="#f-subject"' in answer.text


@pytest.mark.parametrize("name", ["Sandrine", "Karim"])
def test_the_address_of_an_agent_never_becomes_that_of_a_citizen(
    desk: FlaskClient, runtime: Runtime, name: str
) -> None:
    answer = send(desk, COUNTER, requester__family_name="Martin", requester__email=STAFF[name].upper(), subject="Bac")
    assert answer.status_code == 422
    assert "l’adresse d’un agent" in words(answer.text)
    assert cases_of(runtime) == []


def test_a_double_click_records_one_visit(desk: FlaskClient, runtime: Runtime) -> None:
    page = desk.get(COUNTER).text
    answers = [send(desk, COUNTER, seen=page, requester__family_name="Martin", subject="Bac") for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert count(runtime, Case) == count(runtime, Message) == 1


def test_a_photo_taken_at_the_counter_joins_the_case(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(
        desk, COUNTER, requester__family_name="Martin", subject="Bac", attachments=(io.BytesIO(PICTURE), "bac.png")
    )
    assert answer.status_code == 303, answer.text
    with runtime.database.reading() as session:
        assert session.scalars(select(Attachment.name)).all() == ["bac.png"]


def test_a_refused_file_is_told_and_nothing_else_is_lost(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(
        desk,
        COUNTER,
        requester__family_name="Martin",
        subject="Bac",
        attachments=(io.BytesIO(b"<html><script>alert(1)</script>"), "page.html"),
    )
    assert answer.status_code == 422
    assert 'href="#f-attachments"' in answer.text
    assert 'value="Martin"' in answer.text
    assert cases_of(runtime) == []


def test_the_receipt_gives_its_pdf_once_it_is_made(desk: FlaskClient, runtime: Runtime) -> None:
    answer = send(desk, COUNTER, requester__family_name="Martin", subject="Bac")
    assert "Le PDF sera prêt dans un instant" in desk.get(answer.location).text
    with runtime.database.transaction() as session:
        job = outbox.claim(session, 1, timedelta(minutes=1))
    assert job is not None
    documents.render(runtime, job)
    page = desk.get(answer.location).text
    link = page.split("Récépissé en PDF")[0].rsplit('href="', 1)[1].split('"')[0]
    pdf = desk.get(link)
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"].startswith("attachment")


def test_who_recorded_a_sensitive_request_hands_over_its_receipt_and_reads_no_more(
    app: Flask, desk: FlaskClient, runtime: Runtime
) -> None:
    answer = send(desk, COUNTER, demarche="gdpr_request", requester__family_name="Martin")
    (case,) = cases_of(runtime)
    assert case.restricted
    assert desk.get(answer.location).status_code == 200
    assert desk.get(f"/agents/dossiers/{case.reference}").status_code == 404
    other = app.test_client()
    sign_in(other, "Karim")
    assert other.get(answer.location).status_code == 404


def test_a_screen_left_open_too_long_comes_back_whole(desk: FlaskClient, runtime: Runtime) -> None:
    answer = desk.post(COUNTER, data={"do": "save", "requester.family_name": "Martin", "subject": "Bac"})
    assert answer.status_code == 400
    assert 'value="Martin"' in answer.text
    assert cases_of(runtime) == []


def test_a_session_that_ended_meanwhile_loses_nothing(client: FlaskClient) -> None:
    typed = {"do": "save", "canal": "phone", "received_on": "2026-03-02", "requester.for": "self", "subject": "Bac"}
    answer = client.post(COUNTER, data={**typed, "requester.family_name": "Martin"})
    assert answer.status_code == 401
    assert 'name="kept.requester.family_name" value="Martin"' in answer.text
    kept = {f"kept.{name}": text for name, text in typed.items()}
    staff = {"email": STAFF["Sandrine"], "password": factories.PASSWORD}
    back = post(client, "/agents/connexion", {**kept, **staff, "kept_path": COUNTER}, token_from="/agents/connexion")
    told = words(back.text)
    assert "Canal Téléphone Arrivé le 2 mars 2026" in told
    assert "Action Enregistrer" in told
    assert "Demande faite pour" not in told


def test_who_records_no_request_has_no_screen_for_it(client: FlaskClient) -> None:
    sign_in(client, "Philippe")
    assert client.get(COUNTER).status_code == 403


def test_the_sheet_of_a_citizen_lists_what_may_be_seen(client: FlaskClient, runtime: Runtime) -> None:
    open_one = factories.a_receipt(runtime).reference
    sensitive = factories.a_receipt(runtime, procedure="gdpr_request").reference
    sign_in(client, "Karim")
    listed = client.get("/agents/usagers?q=martin+jeanne").text
    assert "/agents/usagers/1" in listed
    sheet = client.get("/agents/usagers/1").text
    assert open_one in sheet
    assert sensitive not in sheet
    assert "En ligne" in words(sheet)


def proposed(client: FlaskClient, words: str, usager: str = "") -> list[str]:
    """The buttons that the box of motives proposes."""
    said = client.get("/agents/accueil/motifs", query_string={"q": words, "usager": usager}).get_json()
    return [one["press"] for one in said["suggestions"]]


def contacts_of(runtime: Runtime) -> list[Contact]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Contact).order_by(Contact.id)))


def test_what_is_answered_at_once_is_a_contact_with_its_ready_answer_and_no_case(
    desk: FlaskClient, runtime: Runtime
) -> None:
    chosen = send(desk, PHONE, proposed(desk, "encombrants")[0], notes="Jeudi.")
    demarche = "waste_bin_bulky"
    assert f'value="{demarche}" selected' in chosen.text
    answers = [
        send(desk, PHONE, "answered", seen=chosen.text, canal="phone", demarche=demarche, notes="Jeudi.")
        for _ in range(2)
    ]
    assert answers[0].location == answers[1].location
    (contact,) = contacts_of(runtime)
    assert (contact.channel, contact.motive, contact.line, contact.citizen_id) == ("phone", demarche, "Jeudi.", None)
    assert cases_of(runtime) == []
    page = desk.get(answers[0].location).text
    assert "Ne s’est pas nommée" in words(page)
    # In one key it becomes a case, with its text kept.
    screen = desk.get(f"{PHONE}?contact={contact.id}").text
    assert ">\nJeudi.</textarea>" in screen
    send(desk, PHONE, seen=screen, contact=contact.id, demarche=demarche, notes="Jeudi.", requester__family_name="Roy")
    (contact,) = contacts_of(runtime)
    assert contact.case_id == cases_of(runtime)[0].id


def test_a_ready_answer_and_a_running_case_are_read_aloud_and_counted(desk: FlaskClient, runtime: Runtime) -> None:
    reference = factories.a_receipt(runtime, channel=ChannelCode.COUNTER).reference
    assert proposed(desk, "nid", usager="1")[0] == f"about:{reference}"
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        case.near_street, case.latitude, case.longitude = "Rue des Lilas", 47.5, -0.5
    assert proposed(desk, "rue des lilas") == [f"about:{reference}"]
    page = send(desk, COUNTER, f"about:{reference}", usager="1").text
    assert "est à l’étape" in words(page)
    assert "Nous visons une réponse" in words(page)
    with runtime.database.transaction() as session:
        session.scalars(select(Case)).one().implicit_outcome = "implicitly_refused"
    late = words(send(desk, COUNTER, f"about:{reference}", usager="1").text)
    assert "est à l’étape : refusée (décision implicite)" in late
    assert "Nous visons" not in late, "no promise is read aloud once silence has decided"
    send(desk, COUNTER, "answered", seen=page, usager="1", about=reference)
    ready = next(one for one in proposed(desk, "encombrants") if one.startswith("answer:"))
    page = send(desk, COUNTER, ready).text
    assert "À lire à voix haute" in page
    send(desk, COUNTER, "answered", seen=page, answer=hidden(page, "answer"))
    first, second = contacts_of(runtime)
    assert (first.about_case_id, first.citizen_id) == (cases_of(runtime)[0].id, 1)
    assert second.ready_answer_version_id is not None
    assert reference in desk.get("/agents/echanges/1").text


def test_nothing_at_all_is_no_answer(desk: FlaskClient, runtime: Runtime) -> None:
    refused = send(desk, COUNTER, "answered", requester__family_name="Roy")
    assert refused.status_code == 422
    assert 'href="#f-notes"' in refused.text
    assert contacts_of(runtime) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"requester__phone": "02 61 91 40 00"}, "téléphone d’un agent"),
        ({"requester__given_names": "sandrine", "requester__family_name": "LE GOFF"}, "votre propre nom"),
    ],
)
def test_what_is_the_agents_own_never_becomes_the_citizens(
    desk: FlaskClient, runtime: Runtime, typed: dict[str, str], said: str
) -> None:
    answer = send(desk, COUNTER, subject="Bac", **typed)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert cases_of(runtime) == []


def test_a_citizen_who_has_the_name_of_the_agent_is_recorded_once_said(desk: FlaskClient, runtime: Runtime) -> None:
    own = {"requester__given_names": "Sandrine", "requester__family_name": "Le Goff"}
    assert send(desk, COUNTER, subject="Bac", namesake="yes", **own).status_code == 303
    assert len(cases_of(runtime)) == 1


def test_a_refusal_of_electronic_answers_is_kept_with_its_origin(desk: FlaskClient, runtime: Runtime) -> None:
    send(desk, COUNTER, requester__family_name="Roy", requester__refuses_email="yes", subject="Bac")
    with runtime.database.reading() as session:
        citizen = session.scalars(select(Citizen)).one()
        assert citizen.electronic_reply_refused
        assert citizen.origins["electronic_reply_refused"]["source"] == "counter"


def test_what_is_typed_is_a_draft_until_it_is_recorded_and_another_agent_never_sees_it(
    app: Flask, desk: FlaskClient
) -> None:
    screen = desk.get(PHONE).text
    key = hidden(screen, "submission")
    looked_up = post(desk, "/agents/brouillons/", {"submission": key, "person": "0612"}, token_from=PHONE)
    assert looked_up.get_json()["saved"] == ""
    assert "brouillon=" not in desk.get(COUNTER).text
    saved = post(desk, "/agents/brouillons/", {"submission": key, "notes": "Un chat."}, token_from=PHONE)
    assert "Brouillon enregistré" in saved.get_json()["saved"]
    assert "Un chat." in desk.get(COUNTER).text
    assert "Un chat." in desk.get("/agents/dossiers/brouillons").text
    again = desk.get(f"{COUNTER}?brouillon={key}").text
    assert hidden(again, "submission") == key
    assert ">\nUn chat.</textarea>" in again
    other = app.test_client()
    sign_in(other, "Karim")
    assert "Un chat." not in other.get(f"{COUNTER}?brouillon={key}").text
    send(desk, PHONE, "answered", seen=again, notes="Un chat.")
    assert "Mes brouillons" not in desk.get(COUNTER).text
    late = post(desk, "/agents/brouillons/", {"submission": key, "notes": "Un chat."}, token_from=PHONE)
    assert late.get_json()["saved"] == ""
    send(desk, PHONE, "park", notes="Deuxième appel.")
    assert "Deuxième appel." in desk.get(PHONE).text
    draft = desk.get(PHONE).text.split("/agents/brouillons/")[1].split("/")[0]
    post(desk, f"/agents/brouillons/{draft}/abandon", {}, token_from=PHONE)
    assert "Deuxième appel." not in desk.get(PHONE).text


def test_a_letter_is_entered_in_the_register_on_the_day_it_arrived(desk: FlaskClient, runtime: Runtime) -> None:
    page = send(desk, COUNTER, "look", canal="letter")
    arrived = (datetime.now(UTC) - timedelta(days=3)).date()
    answer = send(
        desk,
        COUNTER,
        seen=page.text,
        canal="letter",
        received_on=arrived.isoformat(),
        requester__family_name="Roy",
        notes="Demande une place au cimetière.",
    )
    assert "/agents/courrier/" in answer.location
    (case,) = cases_of(runtime)
    assert (case.channel, case.received_on) == ("letter", arrived)
    assert 'value="letter" checked' in desk.get(COUNTER).text


def test_a_letter_begun_at_the_desk_goes_on_where_registered_letters_are_noted(
    desk: FlaskClient, runtime: Runtime
) -> None:
    page = send(desk, COUNTER, "look", canal="letter")
    typed = {"canal": "letter", "requester__family_name": "Roy", "notes": "Demande l’arrêté."}
    letter = send(desk, "/agents/courrier/", "look", seen=page.text, **typed)
    assert ">\nDemande l’arrêté.</textarea>" in letter.text
    assert 'value="Roy"' in letter.text
    more = {**typed, "nature": "registered", "received_on": datetime.now(UTC).date().isoformat()}
    form = {name.replace("__", "."): value for name, value in more.items()}
    post(desk, "/agents/brouillons/", {**form, "submission": hidden(letter.text, "submission")}, token_from=COUNTER)
    shown = desk.get(COUNTER).text.split('href="/agents/courrier/?brouillon=')[1].split('"')[0]
    again = desk.get(f"/agents/courrier/?brouillon={shown}").text
    assert '<option value="registered" selected>' in again
    end = {**more, "registered_number": "1A 123 456 7890 1", "subject": "Arrêté"}
    answer = send(desk, "/agents/courrier/", "save", seen=again, **end)
    assert answer.status_code == 303
    assert "1A12345678901" in desk.get(answer.location).text
    assert "brouillon=" not in desk.get(COUNTER).text


def test_a_sheet_that_is_alike_is_shown_before_another_is_made(desk: FlaskClient, runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    same = {"requester__family_name": "Martin", "requester__given_names": "Jeanne"}
    asked = send(desk, COUNTER, subject="Trou", **same)
    assert asked.status_code == 422
    assert "Une fiche ressemble" in words(asked.text)
    seen = hidden(asked.text, "seen_people")
    assert send(desk, COUNTER, seen=asked.text, subject="Trou", seen_people=seen, **same).status_code == 303
    assert count(runtime, Citizen) == 2
