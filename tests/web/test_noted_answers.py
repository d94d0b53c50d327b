"""The answers that a request came without: the desk notes them, and the case can go on."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.domain import procedure_files
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, Message
from backoffice.models.catalogue import Procedure
from backoffice.queries import cases as queries
from backoffice.services import casework, noted_answers, procedures, reserved_answers, sub_states
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

STEPS: list[dict[str, Any]] = [
    {
        "title": "Votre projet",
        "fields": [
            {"code": "use", "kind": "text", "label": "Usage"},
            {"code": "area", "kind": "number", "label": "Surface", "unit": "m²", "required": True},
            {"code": "noisy", "kind": "yes_no", "label": "Du bruit"},
            {"code": "hours", "kind": "text", "label": "Heures", "when": {"field": "noisy", "equals": True}},
            {"code": "health", "kind": "text", "label": "Santé", "readers": ["unit_supervisor"]},
            {"code": "owner", "kind": "person", "label": "Propriétaire"},
            {"code": "spot", "kind": "place", "label": "Lieu"},
            {"code": "plans", "kind": "files", "label": "Plans"},
        ],
    }
]
LIFECYCLE = {
    "states": [{"code": "visit", "name": "Visite sur place", "under": "under_review", "needs_fields": ["area"]}]
}


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def case(house: Runtime) -> Case:
    """A request by telephone: the caller did not know the area, which the visit on the spot waits for."""
    with house.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        procedure = session.scalars(select(Procedure).where(Procedure.code == "street_issue")).one()
        file = procedure_files.dump(procedures.definition_of(procedure))
        file |= {"steps": STEPS, "translations": {}, "eligibility": [], "documents": [], "lifecycle": LIFECYCLE}
        file |= {"regime_variants": [{"when": {"field": "noisy", "equals": True}, "regime": {"delay": "4 month"}}]}
        file = {name: said for name, said in file.items() if name != "open311"}
        procedures.publish(session, nadia, factories.the_authority(session), procedure_files.parse(file))
    receipt = factories.a_receipt(house, channel="phone", answers={"use": "Terrasse"}, facts={"unknown": ["Surface"]})
    return now(house, receipt.case_id)


def now(house: Runtime, case_id: int | None) -> Case:
    with house.database.reading() as session:
        return session.get_one(Case, case_id)


def page_of(case: Case) -> str:
    return f"/agents/dossiers/{case.reference}/reponses"


def note(client: FlaskClient, case: Case, page: str = "", **typed: str) -> TestResponse:
    """Post the page of answers as it was opened."""
    page = page or client.get(page_of(case)).text
    carried = {name: hidden(page, name) for name in ("csrf_token", "submission", "revision")}
    return client.post(page_of(case), data=carried | typed)


def notes(house: Runtime, case: Case) -> list[str]:
    with house.database.reading() as session:
        mine = select(Message.body).where(Message.case_id == case.id, Message.direction == "note")
        return list(session.scalars(mine.order_by(Message.id)))


def test_an_answer_got_by_telephone_is_noted_and_the_case_goes_on(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    shown = words(karim.get(f"/agents/dossiers/{case.reference}").text)
    assert "Reste à demander : Surface" in shown
    assert "Noter une réponse reçue autrement" in shown
    asked = words(karim.get(page_of(case)).text)
    assert "Surface" in asked
    assert "Usage" not in asked  # the caller answered it: it stays as it was said
    assert "Plans" not in asked
    sent = note(karim, case, area="12", source="phone", **{"owner.family_name": "Roux", "use": "Autre chose"})
    assert sent.status_code == 303
    kept = now(house, case.id)
    assert kept.answers["area"] == 12
    assert kept.answers["use"] == "Terrasse"
    assert "Roux" in str(kept.answers["owner"])
    (said,) = notes(house, case)
    assert said.startswith("Réponses notées (par téléphone)\u00a0:\n– Surface\u00a0: 12\u00a0m²")
    shown = words(karim.get(f"/agents/dossiers/{case.reference}").text)
    assert "Reste à demander" not in shown
    assert "Réponses notées par un agent" in shown, shown[shown.index("Historique") :]
    with house.database.transaction() as session:
        actor = factories.actor_named(session, "Karim")
        held = session.get_one(Case, case.id)
        casework.take(session, actor, held)
        assert sub_states.enter(session, actor, held, "visit").name == "Visite sur place"


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    wrong = note(karim, case, area="une dizaine", source="phone")
    assert wrong.status_code == 422
    assert 'value="une dizaine"' in wrong.text
    unsaid = note(karim, case, area="12")
    assert unsaid.status_code == 422
    assert "Dites d’où vous tenez ces réponses." in words(unsaid.text)
    assert 'value="12"' in unsaid.text
    nothing = note(karim, case, source="seen")
    assert nothing.status_code == 422
    assert "Notez au moins une réponse" in words(nothing.text)
    assert notes(house, case) == []
    assert now(house, case.id).revision == case.revision


def test_two_agents_and_a_double_click_write_once_and_overwrite_nothing(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim, helene = signed_in("Karim"), signed_in("Hélène")
    seen_by_both = karim.get(page_of(case)).text, helene.get(page_of(case)).text
    assert note(karim, case, seen_by_both[0], area="12", source="phone").status_code == 303
    assert note(karim, case, seen_by_both[0], area="12", source="phone").status_code == 303
    second = note(helene, case, seen_by_both[1], area="14", source="seen")
    assert second.status_code == 409
    assert "Ce dossier a changé depuis que vous l’avez ouvert" in words(second.text)
    assert 'value="14"' in second.text
    assert now(house, case.id).answers["area"] == 12
    assert len(notes(house, case)) == 1


def test_an_answer_that_the_desk_noted_can_be_corrected_and_taken_away_and_the_thread_keeps_each(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    note(karim, case, area="12", source="phone")
    assert 'value="12"' in karim.get(page_of(case)).text
    note(karim, case, area="21", source="seen")
    assert now(house, case.id).answers["area"] == 21
    note(karim, case, area="", source="seen")
    assert "area" not in now(house, case.id).answers
    assert [one.rpartition("– ")[2] for one in notes(house, case)] == [
        "Surface\u00a0: 12\u00a0m²", "Surface\u00a0: 21\u00a0m²", "Surface\u00a0: réponse retirée",
    ]  # fmt: skip
    assert "Noter une réponse reçue autrement" in words(karim.get(f"/agents/dossiers/{case.reference}").text)


def test_a_reserved_answer_is_noted_by_those_who_read_it_and_the_others_do_not_learn_which(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    assert "Santé" not in words(karim.get(page_of(case)).text)
    assert note(karim, case, health="asthme", source="phone").status_code == 422
    assert "health" not in now(house, case.id).answers
    with house.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        held = session.get_one(Case, case.id)
        assert "health" not in reserved_answers.list_hidden(session, marc, held)
        noted_answers.note(session, marc, held, {"health": ["asthme"]}, "phone", key="")
    assert now(house, case.id).answers["health"] == "asthme"
    shown = words(karim.get(f"/agents/dossiers/{case.reference}").text)
    assert "asthme" not in shown
    assert "(réservées à certains agents)" in shown
    (said,) = notes(house, case)
    assert "Santé" not in said


def test_a_person_of_whom_a_part_is_missing_is_completed_and_no_longer_to_be_asked(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    note(karim, case, source="phone", **{"owner.family_name": "Roux"})
    page = karim.get(page_of(case)).text
    assert 'value="Roux"' in page
    whole = {"owner.family_name": "Roux", "owner.given_names": "Lise", "owner.birth_date": "01/02/1980"}
    assert note(karim, case, page, source="phone", **whole).status_code == 303
    assert now(house, case.id).answers["owner"]["given_names"] == "Lise"


def test_a_place_that_is_corrected_forgets_the_point_that_it_was(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    note(karim, case, source="phone", **{"spot.address": "1 rue A"})
    with house.database.transaction() as session:
        held = session.get_one(Case, case.id)
        held.latitude, held.longitude, held.near_street = 47.0, -1.0, "rue A"
    note(karim, case, source="seen", **{"spot.address": "99 avenue B"})
    kept = now(house, case.id)
    assert (kept.latitude, kept.longitude, kept.near_street) == (None, None, "")


def test_a_state_waits_for_what_a_call_left_open_until_the_question_before_is_answered(
    house: Runtime, signed_in: SignedIn
) -> None:
    nadia = signed_in("Nadia")
    page = "/agents/demarches/planning_certificate/etats"
    state = {"name-0": "Instruction", "under-0": "under_review", "needs_fields-0": ["project"]}
    assert nadia.post(page, data=state).status_code == 303
    assert nadia.post(f"{page}/publication", data={"reason": "instruction"}).status_code == 303
    receipt = factories.a_receipt(house, procedure="planning_certificate", channel="phone", answers={"area_m2": 12})
    for kind, missing in (("", 1), ("operational", 1), ("information", 0)):
        with house.database.transaction() as session:
            held = session.get_one(Case, receipt.case_id)
            held.answers = {"area_m2": 12} | ({"kind": kind} if kind else {})
            (choice,) = sub_states.list_choices(session, held)
        assert len(choice.missing) == missing, kind


def test_an_answer_that_decides_the_regime_changes_its_dates_and_tells_the_citizen(
    house: Runtime, signed_in: SignedIn, case: Case
) -> None:
    karim = signed_in("Karim")
    sent = note(karim, case, noisy="yes", source="phone")
    assert sent.status_code == 303, words(sent.text)[:1500]
    kept = now(house, case.id)
    assert kept.regime != case.regime
    assert kept.received_on == case.received_on
    assert kept.implicit_on != case.implicit_on
    with house.database.reading() as session:
        letters = [one.values.get("replaces") or {} for one in queries.list_documents(session, case.id)]
    assert "answers" in [one.get("why") for one in letters]  # the first told another effect of silence
    assert "Heures" in words(karim.get(page_of(case)).text)  # asked since there is noise
