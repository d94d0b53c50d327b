"""Asking for somebody else: the hat is chosen, kept, shown to everybody, and letters name the right person."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode
from backoffice.errors import Conflict, NotFound
from backoffice.models.cases import Attachment, Case
from backoffice.models.documents import Document
from backoffice.models.people import Citizen
from backoffice.models.representations import CaseRepresentation
from backoffice.queries import cases
from backoffice.services import case_texts, journal, representations
from tests import factories
from tests.usecases.promises import render_next
from tests.web import step_visits as steps
from tests.web.citizen_visits import HOLE, JEANNE, a_file, all_cases, count, form_path, post_files, runtime_of, send
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

PAUL = {
    "requester.for": "person",
    "requester.for_given_names": "Paul",
    "requester.for_family_name": "Aubry",
    "requester.for_tie": "mandate",
}
LILAS = {
    "requester.for": "association",
    "requester.for_name": "Les Amis des Lilas",
    "requester.for_rna": "W491234567",
    "requester.for_role": "présidente",
    "requester.for_address_line": "3 place des Lilas",
    "requester.for_postcode": "49000",
    "requester.for_city": "Angers",
}
FORM = {**HOLE, **JEANNE, "requester.address_line": "12 rue des Lilas", "requester.postcode": "49990"}
FORM |= {"requester.city": "Saint-Aubin-les-Tilleuls"}


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


def the_case(app: Flask) -> Case:
    """The only case."""
    (case,) = all_cases(app)
    return case


def letter(app: Flask) -> dict[str, str]:
    """Whom the acknowledgement bears on."""
    with runtime_of(app).database.reading() as session:
        citizen: dict[str, str] = session.query(Document).one().values["citizen"]
        return citizen


def receipt(client: FlaskClient, sent: TestResponse) -> str:
    """What the page after sending says."""
    assert sent.status_code == 303, words(sent.text)
    return words(client.get(sent.location).text)


def test_the_form_asks_in_whose_name_and_oneself_is_chosen(client: FlaskClient) -> None:
    page = client.get(form_path()).text
    assert "Je fais cette demande pour" in words(page)
    assert 'value="self" checked' in page.replace("  ", " ")
    assert "requester.organisation" not in page


def test_for_oneself_nothing_is_kept_of_another_hat(app: Flask, client: FlaskClient) -> None:
    told = receipt(client, send(client, {**FORM, **PAUL, "requester.for": "self", "requester.mandate": a_file()}))
    assert "Paul" not in told
    assert count(app, CaseRepresentation) == count(app, Attachment) == 0
    assert letter(app)["name"] == "Jeanne Martin"


def test_for_another_person_everybody_sees_who_spoke_for_whom(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    told = receipt(client, send(client, {**FORM, **PAUL, "requester.mandate": a_file(name="mandat.png")}))
    assert "Demande faite pour Paul Aubry" in told
    case = the_case(app)
    with runtime_of(app).database.reading() as session:
        speaker = session.get_one(Citizen, case.citizen_id)
        assert (speaker.given_names, speaker.organisation) == ("Jeanne", "")
        (mandate,) = session.query(Attachment).all()
        assert (mandate.field, mandate.name) == ("requester.mandate", "mandat.png")
        assert cases.list_events(session, case.id)[0].data["represented"] == "Paul Aubry"
        assert journal.verify(session, session.get_one(Case, case.id))
    to = letter(app)
    assert (to["name"], to["speaker"]) == ("Paul Aubry", "Jeanne Martin")
    assert to["through"] == "par l’intermédiaire de Jeanne Martin"
    assert (to["address_line"], to["email"]) == ("12 rue des Lilas", JEANNE["requester.email"])
    assert "Paul Aubry" in words(client.get(f"/suivi/{case.reference}").text)
    page = words(signed_in("Karim").get(f"/agents/dossiers/{case.reference}").text)
    for shown in ("Usager Jeanne Martin", "Demande faite pour Paul Aubry", "À quel titre mandat", "justificatif joint"):
        assert shown in page
    assert "En ligne, pour Paul Aubry" in page


def test_for_an_association_letters_go_to_its_seat(app: Flask, client: FlaskClient) -> None:
    told = receipt(client, send(client, {**FORM, **LILAS}))
    assert "Demande faite pour Les Amis des Lilas" in told
    to = letter(app)
    assert (to["name"], to["city"]) == ("Les Amis des Lilas", "Angers")
    assert to["through"] == "à l’attention de Jeanne Martin, présidente"
    # The next request of the same person is in their own name again: a hat is never kept on.
    again = send(client, {**FORM, "description": "Un autre trou."})
    assert "Les Amis" not in receipt(client, again)
    assert count(app, CaseRepresentation) == 1
    assert count(app, Citizen) == 1


def test_what_a_hat_lacks_is_told_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    company = {"requester.for": "company", "requester.for_name": "Durand SARL", "requester.for_siret": "123"}
    back = send(client, {**FORM, **company})
    assert back.status_code == 422
    assert "Un numéro SIRET a 14 chiffres" in words(back.text)
    assert 'value="Durand SARL"' in back.text
    assert count(app, Case) == 0
    without_script = send(client, {**FORM, "requester.for": "person"})
    assert without_script.status_code == 422
    assert "Indiquez le nom de la personne" in words(without_script.text)


def test_a_form_in_steps_keeps_the_hat_and_its_proof_until_it_is_sent(app: Flask, client: FlaskClient) -> None:
    details = steps.up_to_details(client)
    assert "Je fais cette demande pour" in words(details)
    lacking = steps.send_page(client, details, {**steps.JEANNE, "requester.for": "association"})
    assert lacking.status_code == 422
    summary = steps.go_on(client, details, {**steps.JEANNE, **PAUL, "requester.mandate": steps.a_budget("mandat.pdf")})
    told = words(summary)
    assert "Demande faite pour Paul Aubry" in told
    assert "mandat.pdf" in told
    assert "Demande faite pour Paul Aubry" in receipt(client, steps.send_page(client, summary, {}))
    with runtime_of(app).database.reading() as session:
        assert "requester.mandate" in [file.field for file in session.query(Attachment)]


def test_the_letter_itself_names_both(app: Flask, client: FlaskClient) -> None:
    send(client, {**FORM, **PAUL})
    runtime = runtime_of(app)
    render_next(runtime)
    with runtime.database.reading() as session:
        document = session.query(Document).one()
        assert runtime.storage.get(document.digest).startswith(b"%PDF")


def test_a_mandate_seen_at_the_desk_is_noted_once(app: Flask, client: FlaskClient, signed_in: SignedIn) -> None:
    send(client, {**FORM, **PAUL})
    case = the_case(app)
    desk = signed_in("Sandrine")
    path = f"/agents/dossiers/{case.reference}"
    assert "justificatif à demander" in words(desk.get(path).text)
    assert desk.post(f"{path}/justificatif-vu", data={"revision": case.revision}).status_code == 303
    page = words(desk.get(path).text)
    assert "justificatif vu par un agent" in page
    assert "Justificatif vu par un agent" in page  # in the history
    assert "J’ai vu le justificatif" not in page

    def note(name: str) -> None:
        with runtime_of(app).database.transaction() as session:
            found = session.get_one(Case, case.id)
            representations.note_proof_seen(session, factories.actor_named(session, name), found)

    with pytest.raises(Conflict):
        note("Sandrine")
    with pytest.raises(NotFound):
        note("Philippe")


def test_an_agent_writes_down_the_same_thing(app: Flask, signed_in: SignedIn) -> None:
    desk = signed_in("Sandrine")
    assert "Cette demande est pour" in words(desk.get("/agents/accueil").text)
    visit = {
        "do": "save",
        "submission": "visit-1",
        "subject": "Concession du grand-père",
        "requester.family_name": "Martin",
        "requester.given_names": "Jeanne",
        **PAUL,
        "requester.for_tie": "aidants_connect",
        "requester.for_seen": "yes",
    }
    unnamed = desk.post("/agents/accueil", data={**visit, "requester.for_family_name": ""})
    assert unnamed.status_code == 422
    assert "Indiquez le nom de la personne" in words(unnamed.text)
    recorded = desk.post("/agents/accueil", data=visit)
    assert recorded.status_code == 303, words(recorded.text)
    assert "Demande faite pour Paul Aubry" in words(desk.get(recorded.location).text)
    shown = words(desk.get(f"/agents/dossiers/{the_case(app).reference}").text)
    assert "mandat Aidants Connect" in shown
    assert "justificatif vu par un agent" in shown
    assert letter(app)["speaker"] == "Jeanne Martin"


def test_an_anonymous_visit_is_in_nobody_s_name(app: Flask, signed_in: SignedIn) -> None:
    desk = signed_in("Sandrine")
    visit = {"do": "save", "submission": "visit-2", "subject": "Un trou", "anonymous": "yes", **PAUL}
    assert desk.post("/agents/accueil", data=visit).status_code == 303
    assert count(app, CaseRepresentation) == 0


def test_an_agent_says_later_for_whom_a_letter_spoke_with_its_mandate(app: Flask, signed_in: SignedIn) -> None:
    factories.a_receipt(runtime_of(app), channel=ChannelCode.LETTER)
    case = the_case(app)
    desk = signed_in("Karim")
    path = f"/agents/dossiers/{case.reference}"
    page = desk.get(f"{path}/pour-qui").text
    assert "Faite par Jeanne Martin" in words(page)
    mandate = {"requester.for_scope": "Toute démarche de voirie", "requester.for_valid_until": "2020-01-31"}
    carried = {name: hidden(page, name) for name in ("submission", "revision")}
    lacking = post_files(desk, f"{path}/pour-qui", {**carried, **mandate, "requester.for": "person"})
    assert lacking.status_code == 422
    assert "Toute démarche de voirie" in lacking.text
    fields = {**carried, **PAUL, **mandate, "requester.mandate": a_file(name="mandat.png")}
    assert post_files(desk, f"{path}/pour-qui", fields).location == path
    again = {**carried, **PAUL, **mandate, "requester.mandate": a_file(name="mandat.png")}
    assert post_files(desk, f"{path}/pour-qui", again).location == path  # a double click
    shown = words(desk.get(path).text)
    for told in (
        "Pour Paul Aubry, par Jeanne Martin",
        "Ce que le mandat permet Toute démarche de voirie",
        "Mandat valable jusqu’au 31 janvier 2020",
        "n’est plus valable",
        "justificatif joint",
        "mandat.png",
    ):
        assert told in shown
    case_texts.catch_up(runtime_of(app))
    row = words(desk.get("/agents/dossiers?vue=en-cours").text)
    assert "Paul Aubry par Jeanne Martin" in row
    assert case.reference in desk.get("/agents/dossiers?q=paul+AUBRY").text
    assert case.reference not in desk.get("/agents/dossiers?q=paul+durand").text
    with runtime_of(app).database.reading() as session:
        assert representations.addressee(session, session.get_one(Case, case.id)).name == "Paul Aubry"
        assert journal.verify(session, session.get_one(Case, case.id))
        (file,) = session.query(Attachment).all()
        assert (file.field, file.message_id > 0) == ("requester.mandate", True)
    # Somebody else changed the case meanwhile, and what was corrected is kept in its history.
    stale = post_files(desk, f"{path}/pour-qui", {**carried, **LILAS, "submission": "x" * 22})
    assert stale.status_code == 409
    assert "Les Amis des Lilas" in stale.text
    fresh = desk.get(f"{path}/pour-qui").text
    assert 'value="Toute démarche de voirie"' in fresh
    assert "mandat.png" in fresh
    own = {name: hidden(fresh, name) for name in ("submission", "revision")} | {"requester.for": "self"}
    assert post_files(desk, f"{path}/pour-qui", own).status_code == 303
    assert count(app, CaseRepresentation) == 0
    assert post_files(desk, f"{path}/pour-qui", own).status_code == 303  # a double click without a file
    assert "Pour la personne elle-même (avant : Paul Aubry)" in words(desk.get(path).text)
    assert signed_in("Marc").get("/agents/dossiers/2020-999999/pour-qui").status_code == 404


def test_a_mandate_given_for_one_person_proves_nothing_for_another(app: Flask, signed_in: SignedIn) -> None:
    factories.a_receipt(runtime_of(app), channel=ChannelCode.LETTER)
    case = the_case(app)
    desk = signed_in("Karim")
    path = f"/agents/dossiers/{case.reference}"

    def say(**answers: Any) -> str:
        page = desk.get(f"{path}/pour-qui").text
        carried = {name: hidden(page, name) for name in ("submission", "revision")}
        fields = {f"requester.{name}": value for name, value in answers.items()}
        assert post_files(desk, f"{path}/pour-qui", {**carried, **PAUL, **fields}).status_code == 303
        return words(desk.get(path).text)

    assert "justificatif joint" in say(mandate=a_file(name="mandat.png"))
    assert "justificatif joint" in say(for_given_names="PAUL", for_scope="Voirie")
    other = say(for_given_names="Lucie")
    assert "justificatif à demander" in other
    assert "mandat.png" not in words(desk.get(f"{path}/pour-qui").text)
    assert "justificatif joint" in say(for_given_names="Lucie", mandate=a_file(name="jugement.png"))
    assert "justificatif à demander" in say(for_given_names="Lucie", for_tie="guardian")
    assert "justificatif vu par un agent" in say(for_given_names="Lucie", for_tie="guardian", for_seen="yes")
    assert "justificatif à demander" in say(for_seen="yes"), "the box was ticked for somebody else"
    say(**{"for": "self"})
    assert "justificatif à demander" in say()


def test_who_looks_at_whom_a_sensitive_request_is_for_is_written_down(app: Flask, signed_in: SignedIn) -> None:
    factories.a_receipt(runtime_of(app), channel=ChannelCode.LETTER)
    case = the_case(app)
    with runtime_of(app).database.transaction() as session:
        session.get_one(Case, case.id).restricted = True
    assert signed_in("Karim").get(f"/agents/dossiers/{case.reference}/pour-qui").status_code == 200
    with runtime_of(app).database.reading() as session:
        assert cases.list_events(session, case.id)[-1].kind == journal.Event.READ_RESTRICTED
