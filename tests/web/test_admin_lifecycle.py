"""The states of a procedure are drafted, published with its version, and lead its cases under the common ones."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.domain import procedure_files
from backoffice.domain.lifecycle import Status
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.catalogue import LifecycleDraft
from backoffice.queries import catalogue
from backoffice.services import casework, procedures, sub_states
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import post, words

CODE = "street_issue"
FOLLOW = "/suivi"
PAGE = f"/agents/demarches/{CODE}/etats"
VISIT = {
    "code-0": "visit", "name-0": "Visite sur place", "under-0": "under_review", "from-0": ["received"],
    "public-0": "Un agent passera bientôt.",
    "name-1": "Travaux programmés", "under-1": "under_review", "from-1": ["visit"], "needs_fields-1": ["description"],
    "remind_after": "10",
}  # fmt: skip


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


def version(house: Runtime) -> int:
    with house.database.reading() as session:
        found = catalogue.get_procedure(session, factories.the_authority(session).id, CODE)
        return catalogue.count_versions(session, found.id)


def test_states_are_drafted_then_published_for_the_cases_to_come(house: Runtime, signed_in: SignedIn) -> None:
    before = factories.a_receipt(house, procedure=CODE)
    nadia, karim, first = signed_in("Nadia"), signed_in("Karim"), version(house)
    assert "Signalement simple" in words(nadia.get(PAGE).text)
    assert nadia.post(f"{PAGE}/modele", data={"pattern": "report"}).status_code == 303
    assert "Travaux en cours" in words(nadia.get(PAGE).text)
    assert nadia.post(PAGE, data=VISIT).status_code == 303
    page = words(nadia.get(PAGE).text)
    assert "Brouillon de Nadia" in page
    assert "En cours d’examen › Visite sur place" in page
    assert version(house) == first
    assert nadia.post(f"{PAGE}/publication", data={"reason": "visites"}).status_code == 303
    assert version(house) == first + 1
    with house.database.reading() as session:
        assert session.scalars(select(LifecycleDraft)).all() == []
        found = catalogue.get_procedure(session, factories.the_authority(session).id, CODE)
        definition = procedures.definition_of(found)
        assert procedure_files.read_yaml(procedures.export_file(session, found)) == definition
        assert [one.code for one in definition.lifecycle.states] == ["visit", "travaux_programmes"]

    # The case that was there keeps its states; the next one has those published.
    assert "Visite sur place" not in words(karim.get(f"/agents/dossiers/{before.reference}").text)


def test_a_case_follows_its_sub_states_and_the_citizen_reads_their_words(
    house: Runtime, signed_in: SignedIn, client: FlaskClient
) -> None:
    nadia, karim = signed_in("Nadia"), signed_in("Karim")
    nadia.post(PAGE, data=VISIT)
    nadia.post(f"{PAGE}/publication", data={"reason": "visites"})
    after = factories.a_receipt(house, procedure=CODE, answers={"category": "lighting"})
    place = f"/agents/dossiers/{after.reference}"
    page = karim.get(place).text
    assert "En cours d’examen › Visite sur place" in words(page)
    assert "Travaux programmés" not in page  # nobody comes to it but from the visit

    def moved(code: str) -> str:
        with house.database.reading() as session:
            revision = session.get_one(Case, after.case_id).revision
        answer = karim.post(f"{place}/etat", data={"status": code, "revision": str(revision), "key": code})
        return words(karim.get(place).text if answer.status_code == 303 else answer.text)

    page = moved("visit")
    assert "De « Reçue » à « En cours d’examen › Visite sur place »" in page
    assert "Il manque la réponse à" in page
    refused = moved("travaux_programmes")
    assert "Pour passer à « En cours d’examen › Travaux programmés »" in refused, refused[:700]
    assert "En cours d’examen › Visite sur place" in words(karim.get("/agents/dossiers?vue=en-cours").text)
    with house.database.reading() as session:
        said = {"reply": "Nous venons.", "revision": str(session.get_one(Case, after.case_id).revision), "key": "then"}
    asked = karim.post(f"{place}/repondre", data={**said, "then_status": "travaux_programmes"})
    assert asked.status_code == 422
    assert 'id="f-then_status-error"' in asked.text
    assert "Nous venons.</textarea>" in asked.text
    with house.database.reading() as session:
        code = session.get_one(Case, after.case_id).tracking_code
    post(client, FOLLOW, {"reference": after.reference, "code": code}, token_from=FOLLOW)
    seen = words(client.get(f"{FOLLOW}/{after.reference}").text)
    assert "Un agent passera bientôt." in seen
    assert "Visite sur place" not in seen
    with house.database.transaction() as session:
        case = session.get_one(Case, after.case_id)
        karims = factories.actor_named(session, "Karim")
        with pytest.raises(Invalid):
            sub_states.enter(session, karims, case, "nowhere")
        with pytest.raises(Conflict):
            sub_states.enter(session, karims, case, "visit")
        case.answers = {**case.answers, "description": "Un trou."}
        sub_states.enter(session, karims, case, "travaux_programmes")
        # Left with its state, whoever changes it.
        casework.move(session, karims, case, Status.WAITING_CITIZEN)
        assert (case.sub_state, case.sub_state_label) == ("", "")


def test_a_state_asks_for_no_answer_and_no_document_that_the_form_did_not_ask(
    house: Runtime, signed_in: SignedIn
) -> None:
    code, nadia = "planning_certificate", signed_in("Nadia")
    page = f"/agents/demarches/{code}/etats"
    state = {"name-0": "Instruction", "under-0": "under_review", "needs_fields-0": ["kind", "project"]}
    assert nadia.post(page, data=state | {"needs_documents-0": ["project_note"]}).status_code == 303
    assert nadia.post(f"{page}/publication", data={"reason": "instruction"}).status_code == 303
    project, note = "la réponse à « Votre projet »", "la pièce « Une note décrivant le projet »"
    for answers, missing in (
        ({"kind": "information"}, ()),
        ({"kind": "operational"}, (project, note)),
        ({}, ("la réponse à « Quel certificat demandez-vous\u00a0? »", project, note)),
    ):
        receipt = factories.a_receipt(house, procedure=code, answers=answers)
        with house.database.reading() as session:
            (choice,) = sub_states.list_choices(session, session.get_one(Case, receipt.case_id))
        assert choice.missing == missing


def test_what_does_not_hold_is_explained_beside_its_field_and_kept(signed_in: SignedIn) -> None:
    nadia = signed_in("Nadia")
    faulty = VISIT | {
        "from-0": ["waiting_citizen"], "name-0": "V" * 61, "name-2": "Retour", "under-2": "received",
        "from-2": ["under_review"], "close_after": "20", "remind_after": "dix",
    }  # fmt: skip
    answer = nadia.post(PAGE, data=faulty)
    assert answer.status_code == 422
    assert "Écrivez un nombre de jours." in words(answer.text)
    assert 'value="dix"' in answer.text
    answer = nadia.post(PAGE, data=faulty | {"remind_after": "2"})
    page = words(answer.text)
    for said in (
        "un nom de 60 caractères au plus",
        "Les états communs ne permettent pas de venir de : En cours d’examen",
        "entre 3 et 365",
        "ne peuvent pas être classés d’eux-mêmes",
    ):
        assert said in page
    assert "Retour" in page
    assert nadia.post(f"{PAGE}/publication").status_code == 422
    assert signed_in("Karim").get(PAGE).status_code == 403
