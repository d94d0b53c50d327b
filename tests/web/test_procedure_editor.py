"""A procedure is written on screen: a draft kept even when it is wrong, checked, tried, published, compared."""

import html
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.domain import procedure_files
from backoffice.domain.conditions import Among
from backoffice.domain.fields import FieldKind
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.catalogue import ProcedureDraft
from backoffice.models.documents import LetterTemplate
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.services import procedure_drafts, procedures
from backoffice.web import identity_form
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import words

NEW = {
    "title": "Demande de composteur",
    "department": "voirie",
    "theme": "Cadre de vie",
    "who": "Les habitants.",
    "summary": "Vous demandez un composteur.\nIl est prêté.",
}
CODE = "demande_de_composteur"
DRAFT = f"/agents/demarches/{CODE}/brouillon"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


@pytest.fixture
def nadia(signed_in: SignedIn) -> FlaskClient:
    return signed_in("Nadia")


def draft_of(house: Runtime, code: str = CODE) -> ProcedureDefinition:
    with house.database.reading() as session:
        return procedure_drafts.read(queries.get_draft(session, factories.the_authority(session).id, code))


def in_force(house: Runtime, code: str = CODE) -> ProcedureDefinition:
    with house.database.reading() as session:
        found = catalogue.get_procedure(session, factories.the_authority(session).id, code)
        return procedures.definition_of(found)


def seen(page: str, name: str = "seen") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def send(client: FlaskClient, path: str, **fields: object) -> int:
    """Post a form that its page gave, with what was seen on it."""
    page = client.get(path).text
    return client.post(path, data={"seen": seen(page), **fields}).status_code


def begin(client: FlaskClient) -> None:
    assert client.post("/agents/demarches/nouvelle", data=NEW).headers["Location"].endswith(DRAFT)


def ask(client: FlaskClient, label: str, kind: str = "text", **more: str) -> None:
    answer = client.post(f"{DRAFT}/questions", data={"label": label, "kind": kind, "step": "0", **more})
    assert answer.status_code == 303, words(answer.text)


def equals(field: str, value: str) -> str:
    return json.dumps({"field": field, "equals": value}, ensure_ascii=False)


def publish(client: FlaskClient, code: str = CODE, reason: str = "") -> int:
    path = f"/agents/demarches/{code}/brouillon/publication"
    page = client.get(path).text
    data = {"seen": seen(page), "over": seen(page, "over"), "reason": reason}
    return client.post(path, data=data).status_code


def test_a_procedure_is_written_from_nothing_tried_and_published(
    house: Runtime, nadia: FlaskClient, client: FlaskClient
) -> None:
    begin(nadia)
    assert draft_of(house).theme == "Cadre de vie"
    page = words(nadia.get(DRAFT).text)
    assert "Une étape a un titre et au moins un champ." in page
    assert publish(nadia) == 422
    assert client.get(f"/demarches/{CODE}").status_code == 404

    ask(nadia, "Où vivez-vous ?", "choice", choices="Maison\nAppartement", required="yes")
    ask(nadia, "Surface du jardin", "number", **{"when-0": equals("ou_vivez_vous", "maison")})
    ask(nadia, "Votre adresse", "address")
    assert [one.code for one in draft_of(house).fields] == ["ou_vivez_vous", "surface_du_jardin", "votre_adresse"]
    page = words(nadia.get(DRAFT).text)
    assert "Affichée si votre réponse à « Où vivez-vous ? » est : Maison." in page
    assert "Rien n’empêche de publier cette démarche." in page
    # A code stays when the words change, and so does the value of a choice that has other words.
    garden = f"{DRAFT}/questions/surface_du_jardin"
    changed = {"label": "Surface de votre jardin", "kind": "number", "minimum": "1", "unit": "m²", "required": "yes"}
    assert send(nadia, garden, **changed, **{"when-0": equals("ou_vivez_vous", "maison")}) == 303
    home = f"{DRAFT}/questions/ou_vivez_vous"
    assert (
        send(nadia, home, label="Votre logement", kind="choice", choices="Une maison\nAppartement", required="yes")
        == 303
    )
    logement, jardin, _ = draft_of(house).fields
    assert (jardin.label, jardin.unit, jardin.required) == ("Surface de votre jardin", "m²", True)
    assert [(one.value, one.label) for one in logement.choices] == [
        ("maison", "Une maison"),
        ("appartement", "Appartement"),
    ]

    # Citizens and agents, before anybody: nothing is kept.
    tried = words(nadia.post(f"{DRAFT}/apercu", data={"ou_vivez_vous": "maison"}).text)
    assert "Surface de votre jardin" in tried
    assert "Erreur" in tried
    told = {
        "ou_vivez_vous": "appartement",
        "requester.family_name": "Petit",
        "requester.given_names": "Léa",
        "requester.email": "lea@exemple.fr",
    }
    assert "la demande serait envoyée" in words(nadia.post(f"{DRAFT}/apercu", data=told).text)
    assert "Une maison" in words(nadia.get(f"{DRAFT}/apercu-agent").text)
    framed = nadia.post(
        f"{DRAFT}/apercu-question?question=surface_du_jardin", data={"label": "Combien de m² ?", "kind": "number"}
    )
    assert "Combien de m² ?" in framed.text
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    with house.database.reading() as session:
        assert session.scalars(select(Case).where(Case.procedure_code == CODE)).all() == []

    # A letter for this procedure alone, which calls for nothing that does not exist.
    letter = f"{DRAFT}/courriers/acknowledgement"
    assert send(nadia, letter, title="Composteur", body="Bonjour {{ licorne }}") == 303
    assert "« licorne » n’existe pas dans ce courrier." in words(nadia.get(DRAFT).text)
    assert publish(nadia) == 422
    assert send(nadia, letter, title="Composteur", body="Votre composteur vous attend, {{ usager }}.") == 303
    assert "licorne" not in nadia.get(DRAFT).text
    exported = nadia.get(f"{DRAFT}.yaml").text
    assert procedure_files.read_yaml(exported) == draft_of(house)

    assert publish(nadia, reason="Délibération du 12 mars") == 303
    assert "Surface de votre jardin" in words(client.get(f"/demarches/{CODE}/demande").text)
    assert in_force(house).letters == ()
    with house.database.reading() as session:
        assert session.scalars(select(ProcedureDraft)).all() == []
        said = session.scalars(select(LetterTemplate).where(LetterTemplate.procedure_code == CODE)).one()
        assert (said.template, said.number) == ("acknowledgement", 1)
    assert procedure_files.read_yaml(nadia.get(f"/agents/demarches/{CODE}.yaml").text).letters[0].title == "Composteur"


def test_a_running_case_keeps_its_version_and_versions_are_compared(house: Runtime, nadia: FlaskClient) -> None:
    code = "waste_bin_bulky"
    place = f"/agents/demarches/{code}/brouillon"
    with house.database.transaction() as session:
        case = factories.a_case(session, house, procedure=code)
        first = case.procedure_version_id
    assert nadia.post(f"{place}/nouveau").status_code == 303
    assert (
        send(
            nadia,
            f"{place}/presentation",
            **identity(house, code, title="Bacs et encombrants", **{"when-0": equals("variant", "new_bin")}),
        )
        == 303
    )
    assert draft_of(house, code).posted_when == Among("variant", ("new_bin",))
    plan = seen(nadia.get(place).text)
    assert nadia.post(f"{place}/questions/bin_serial/retrait", data={"seen": plan}).status_code == 303
    assert nadia.post(f"{place}/questions/household_size/place", data={"seen": plan, "vers": "haut"}).status_code == 303
    assert [one.code for one in draft_of(house, code).fields][1:3] == ["address", "household_size"], (
        "the plan had changed"
    )
    plan = seen(nadia.get(place).text)
    moved = nadia.post(f"{place}/questions/household_size/place", data={"seen": plan, "step": "0", "rank": "1"})
    assert moved.json["seen"] != plan  # type: ignore[index]
    assert (
        send(
            nadia,
            f"{place}/regime",
            silence="rejection",
            delay="3 mois",
            basis="décret",
            appeal_route="ordinary",
            confidence="source",
            target_working_days="8",
        )
        == 303
    )

    page = words(nadia.get(f"{place}/publication").text)
    for told in ("Question « Numéro gravé sur le bac »", "Titre", "Régime juridique, délai", "Ordre des questions"):
        assert told in page
    assert publish(nadia, code, "Nouveau marché") == 303
    page = words(nadia.get(f"/agents/demarches/{code}/versions").text)
    assert "Nouveau marché" in page
    assert "Bacs et encombrants" in page
    assert "Retiré" in page
    with house.database.reading() as session:
        kept = session.get_one(Case, case.id)
        assert kept.procedure_version_id == first
        assert kept.procedure_version is not None
        old = procedures.read_version(kept.procedure_version)
    assert old.find_field("bin_serial") is not None
    assert in_force(house, code).find_field("bin_serial") is None
    # Retired: no new request, its page says so, and who did it stays.
    assert (
        nadia.post(f"/agents/demarches/{code}/ouverture", data={"open": "0", "reason": "Marché fini"}).status_code
        == 303
    )
    assert "fermée pour le moment" in words(nadia.get(f"/demarches/{code}").text)
    assert "Retirée – Nadia Ferreira (Marché fini)" in words(nadia.get(f"/agents/demarches/{code}/versions").text)
    # An older version is a draft again, and a file.
    assert nadia.post(f"{place}/nouveau", data={"number": "1"}).status_code == 303
    assert draft_of(house, code) == old
    assert procedure_files.read_yaml(nadia.get(f"/agents/demarches/{code}/versions/1.yaml").text) == old
    assert nadia.post(f"{place}/abandon").status_code == 303
    assert nadia.get(place).status_code == 404


def identity(house: Runtime, code: str, **changed: str) -> dict[str, object]:
    """What the form of the presentation posts of a draft, with some of it changed."""
    values = identity_form.values_of(draft_of(house, code)) | changed
    return {name: value for name, value in values.items() if value is not False}


def test_two_administrators_see_what_the_other_wrote(house: Runtime, nadia: FlaskClient, signed_in: SignedIn) -> None:
    begin(nadia)
    ask(nadia, "Nombre de personnes", "number")
    question = f"{DRAFT}/questions/nombre_de_personnes"
    other = signed_in("Nadia")
    first = seen(nadia.get(question).text)
    assert send(other, question, label="Combien êtes-vous ?", kind="number", maximum="9") == 303
    mine = {"label": "Personnes du foyer", "kind": "number", "hint": "Vous compris."}
    refused = nadia.post(question, data={"seen": first, **mine})
    page = words(refused.text)
    assert refused.status_code == 409
    assert "Combien êtes-vous ?" in page
    assert "Vous compris." in page, "what was typed stays"
    assert nadia.post(question, data={"seen": seen(refused.text), **mine}).status_code == 303
    assert draft_of(house).fields[0].label == "Personnes du foyer"
    # What is no number is told beside its field, and everything typed stays.
    wrong = nadia.post(question, data={"seen": "x", **mine, "maximum": "beaucoup"})
    assert wrong.status_code == 422
    assert "Écrivez un nombre entier" in words(wrong.text)
    assert "beaucoup" in wrong.text


def test_what_prevents_publishing_leads_to_its_place(house: Runtime, nadia: FlaskClient) -> None:
    begin(nadia)
    ask(nadia, "Logement", "choice", choices="Maison\nAppartement")
    ask(nadia, "Jardin", "yes_no", **{"when-0": equals("logement", "maison")})
    ask(nadia, "Enfants", "block")
    assert (
        nadia.post(
            f"{DRAFT}/questions", data={"label": "Prénom", "kind": "text", "step": "0", "block": "enfants"}
        ).status_code
        == 303
    )
    assert nadia.post(f"{DRAFT}/etapes", data={"step_title": "Le retrait"}).status_code == 303
    assert (
        send(
            nadia,
            f"{DRAFT}/pieces/nouvelle",
            label="Justificatif de domicile",
            legal_basis="",
            source="user",
            confidence="to_confirm",
        )
        == 303
    )
    plan = seen(nadia.get(DRAFT).text)
    assert nadia.post(f"{DRAFT}/questions/logement/retrait", data={"seen": plan}).status_code == 303
    page = html.unescape(nadia.get(DRAFT).text)
    for place in ("/questions/jardin#f-when-0", "/etapes/1", "/pieces/justificatif_de_domicile#f-legal_basis"):
        assert f'href="{DRAFT}{place}"' in page
    assert "Question « Jardin » : Cette condition regarde « logement »" in words(page)
    assert "N’existe plus" in nadia.get(f"{DRAFT}/questions/jardin").text
    assert draft_of(house).find_field("enfants").fields[0].kind is FieldKind.TEXT  # type: ignore[union-attr]
    assert publish(nadia) == 422
    # Answers that end the request, or call for another regime.
    yes = json.dumps({"field": "jardin", "equals": False})
    rule = f"{DRAFT}/conditions/nouvelle"
    refused = nadia.post(rule, data={"seen": seen(nadia.get(rule).text), "reason": "Il faut un jardin."})
    assert refused.status_code == 422
    assert "Il faut un jardin." in words(refused.text)
    assert (
        send(nadia, rule, **{"when-0": yes, "reason": "Il faut un jardin.", "instead": "Voyez le site partagé."}) == 303
    )
    assert nadia.post(f"{DRAFT}/regime/cas", data={"when-0": yes}).headers["Location"].endswith("/regime/0")
    assert send(nadia, f"{DRAFT}/regime/0", silence="acceptance", delay="1 mois", basis="Délibération") == 303
    assert draft_of(house).regime_for({"jardin": False})["silence"] == "acceptance"
    assert "Il faut un jardin." in words(nadia.post(f"{DRAFT}/apercu", data={"jardin": "no"}).text)
    # Mended: the condition, the step without question and the document.
    assert send(nadia, f"{DRAFT}/questions/jardin", label="Jardin", kind="yes_no") == 303
    plan = seen(nadia.get(DRAFT).text)
    assert nadia.post(f"{DRAFT}/etapes/1/retrait", data={"seen": plan}).status_code == 303
    piece = {"label": "Justificatif", "legal_basis": "Délibération 2026-12", "source": "user", "confidence": "source"}
    assert send(nadia, f"{DRAFT}/pieces/justificatif_de_domicile", **piece) == 303
    assert send(nadia, f"{DRAFT}/etats", **{"name-0": "Visite", "under-0": "under_review"}) == 303
    assert draft_of(house).lifecycle.states[0].code == "visite"
    assert publish(nadia) == 303


def test_a_draft_begins_from_the_catalogue_or_from_a_file(house: Runtime, nadia: FlaskClient) -> None:
    model = {"model": "livree:waste_bin_bulky", "copy_title": "Prêt de broyeur"}
    assert nadia.post("/agents/demarches/nouvelle/modele", data=model).status_code == 303
    copied = draft_of(house, "pret_de_broyeur")
    assert copied.fields == in_force(house, "waste_bin_bulky").fields
    assert "Choisissez la démarche" in words(
        nadia.post("/agents/demarches/nouvelle/modele", data={"model": "livree:licorne"}).text
    )

    def send_file(text: str) -> tuple[int, str]:
        file = (io.BytesIO(text.encode()), "demarche.yaml")
        answer = nadia.post(
            "/agents/demarches/nouvelle/fichier", data={"file": file}, content_type="multipart/form-data"
        )
        return answer.status_code, words(answer.text)

    text = nadia.get("/agents/demarches/room_booking.yaml").text
    status, page = send_file(text.replace("kind: choice", "kind: licorne", 1))
    assert status == 422
    assert ".kind : Cette valeur n’est pas connue" in page
    # What is a procedure, but does not hold together yet, is opened to be corrected.
    broken = re.sub(r"(?m)^department: .*$", "department: licornes", text)
    assert send_file(broken)[0] == 303
    assert "Le service « licornes » n’existe pas ici" in words(
        nadia.get("/agents/demarches/room_booking/brouillon").text
    )
    assert send_file(broken)[0] == 409, "one draft at a time"


def test_a_front_desk_agent_writes_no_procedure(signed_in: SignedIn, app: Flask) -> None:
    sandrine = signed_in("Sandrine")
    for address in ("/agents/demarches/nouvelle", DRAFT, f"{DRAFT}/apercu", "/agents/demarches/street_issue/versions"):
        assert sandrine.get(address).status_code == 403


def test_a_question_gives_the_day_from_which_files_are_kept(house: Runtime, nadia: FlaskClient) -> None:
    code = "room_booking"
    place = f"/agents/demarches/{code}/brouillon"
    assert nadia.post(f"{place}/nouveau").status_code == 303
    page = nadia.get(f"{place}/presentation").text
    offered = page.partition('name="start_field"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\w+)"', offered) == ["dates"], "dates and periods alone"
    kept = {"from": "end_of_occupation", "start_field": "dates"}
    assert send(nadia, f"{place}/presentation", **identity(house, code, **kept)) == 303
    assert draft_of(house, code).retention.start_field == "dates"
    assert send(nadia, f"{place}/presentation", **identity(house, code, **{"from": "closure"})) == 303
    assert "se connaît sans question" in words(nadia.get(f"{place}/publication").text)
    assert send(nadia, f"{place}/presentation", **identity(house, code, start_field="nowhere")) == 303
    assert draft_of(house, code).retention.start_field == ""
