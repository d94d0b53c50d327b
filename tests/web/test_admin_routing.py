"""Administrators write the rules of new cases, try them on last month's, and each case says which rule sent it."""

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue, routing
from backoffice.services import parked_mail, tags
from tests import factories, mails
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/orientation/"
RULE = {"name": "nid-de-poule", "words": "nid de poule, trou*", "where": "anywhere", "procedure": "street_issue"}


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


@pytest.fixture
def house(app: Flask) -> Runtime:
    tools: Runtime = app.extensions["parvis"]
    return mails.with_maildirs(tools, "demandes", "mairie")


def department(house: Runtime, code: str) -> Department:
    with house.database.reading() as session:
        found = catalogue.find_department(session, factories.the_authority(session).id, code)
        assert found is not None
        return found


def rule_ids(house: Runtime) -> list[int]:
    with house.database.reading() as session:
        return [row.id for row in routing.list_rules(session, factories.the_authority(session).id)]


def test_a_mail_goes_where_the_first_rule_says_and_its_case_shows_which(house: Runtime, signed_in: SignedIn) -> None:
    client, legal = signed_in("Nadia"), department(house, "juridique")
    client.post(f"{PAGE}nouvelle", data=RULE)
    photo = {"name": "photos", "words": "trou", "files": "with", "where": "body", "department": str(legal.id)}
    client.post(f"{PAGE}nouvelle", data=photo)
    second = rule_ids(house)[1]
    mails.receive(house, mails.a_mail(files={"a.txt": b"mots"}))
    client.post(f"{PAGE}{second}/place", data={"vers": "haut"})
    mails.receive(house, mails.a_mail(files={"b.txt": b"mots"}), mails.a_mail("Un chat.", Subject="Chat perdu"))
    first, moved, other = mails.cases(house)
    roads = department(house, "voirie")
    assert (first.department_id, first.procedure_code) == (roads.id, "street_issue")
    assert first.routing_reason == f"Orienté vers {roads.name} par la règle «\u00a0nid-de-poule\u00a0»"
    assert (moved.department_id, moved.procedure_code) == (legal.id, "")
    assert "aucune démarche" in other.routing_reason
    page = words(signed_in("Karim").get(f"/agents/dossiers/{first.reference}").text)
    assert f"Orienté vers {roads.name} par la règle « nid-de-poule »" in page
    with house.database.reading() as session:
        routed = session.scalars(select(CaseEvent).where(CaseEvent.case_id == first.id, CaseEvent.kind == "routed"))
        assert routed.one().data["reason"] == first.routing_reason


def test_a_known_citizen_and_a_mailbox_make_a_rule_too(house: Runtime, signed_in: SignedIn) -> None:
    legal = department(house, "juridique")
    values = {"name": "habitués", "citizen": "known", "mailbox": "mairie", "department": str(legal.id)}
    assert signed_in("Nadia").post(f"{PAGE}nouvelle", data=values).status_code == 303
    mails.receive(house, mails.a_mail(), code="mairie")
    mails.receive(house, mails.a_mail("Encore."))
    mails.receive(house, mails.a_mail("Toujours."), code="mairie")
    assert [case.department_id == legal.id for case in mails.cases(house)] == [False, False, True]


def test_a_rule_that_leads_to_what_was_closed_leads_nowhere(house: Runtime, signed_in: SignedIn) -> None:
    signed_in("Nadia").post(f"{PAGE}nouvelle", data=RULE)
    with house.database.transaction() as session:
        session.scalars(select(Procedure).where(Procedure.code == "street_issue")).one().open = False
    mails.receive(house, mails.a_mail())
    assert [(case.procedure_code, "règle" in case.routing_reason) for case in mails.cases(house)] == [("", False)]


def test_a_parked_mail_made_a_case_follows_the_rules_of_that_day(house: Runtime, signed_in: SignedIn) -> None:
    mails.receive(house, mails.a_mail("Un chat.", Subject="Chat"))
    (case,) = mails.cases(house)
    stranger = mails.a_mail("Un trou.", From="Paul <p@x.example>", Subject=f"Dossier {case.reference}")
    line = mails.receive(house, stranger)[-1]
    signed_in("Nadia").post(f"{PAGE}nouvelle", data=RULE)
    with house.database.transaction() as session:
        parked_mail.open_case(session, factories.actor_named(session, "Sandrine"), line.id)
    assert "nid-de-poule" in mails.cases(house)[-1].routing_reason


def test_a_rule_is_tried_on_last_month_and_nothing_changes(house: Runtime, signed_in: SignedIn) -> None:
    mails.receive(house, mails.a_mail(), mails.a_mail("Un chat.", Subject="Chat perdu"))
    client, (case, _) = signed_in("Nadia"), mails.cases(house)
    page = words(client.post(f"{PAGE}nouvelle", data=RULE | {"action": "essayer", "valid_from": "2030-01-01"}).text)
    assert "sur 2 dossiers ouverts, cette règle en aurait pris 1, dont 1 pour un autre service" in page
    assert f"{case.reference}" in page
    assert "Trou dans la chaussée" not in page  # whoever keeps the rules reads no case
    assert (rule_ids(house), mails.cases(house)[0].department_id) == ([], case.department_id)
    client.post(f"{PAGE}nouvelle", data=RULE)
    listed = words(client.get(f"{PAGE}?essai=1").text)
    assert "ces règles en auraient pris 1" in listed
    assert "L’objet, le message ou les réponses contiennent : nid de poule, trou*" in listed


def test_a_trial_says_nothing_of_the_sensitive_cases_of_others(house: Runtime, signed_in: SignedIn) -> None:
    mails.receive(house, mails.a_mail("Un chat.", Subject="Chat perdu"), mails.a_mail())
    hidden = mails.cases(house)[-1]
    with house.database.transaction() as session:
        session.get_one(Case, hidden.id).restricted = True
    client = signed_in("Nadia")
    page = words(client.post(f"{PAGE}nouvelle", data=RULE | {"action": "essayer"}).text)
    assert "sur 1 dossier ouvert, cette règle en aurait pris 0." in page
    assert "dossiers sensibles que vous ne pouvez pas lire ne sont pas comptés" in page
    assert hidden.reference not in page
    client.post(f"{PAGE}nouvelle", data=RULE)
    page = words(client.get(f"{PAGE}?essai=1").text)
    assert "sur 1 dossier ouvert, ces règles en auraient pris 0. Les dossiers sensibles" in page


def test_every_change_is_kept_with_its_author(house: Runtime, signed_in: SignedIn) -> None:
    client = signed_in("Nadia")
    client.post(f"{PAGE}nouvelle", data=RULE)
    (rule,) = rule_ids(house)
    client.post(f"{PAGE}{rule}", data=RULE | {"words": "cratère"})
    client.post(f"{PAGE}{rule}/activite", data={"active": "0"})
    page = words(client.get(f"{PAGE}{rule}").text)
    assert page.index("Retirée") < page.index("Modifiée") < page.index("Créée")
    assert "Mots : « nid de poule, trou* » devient « cratère »" in page
    assert "Nadia" in page
    mails.receive(house, mails.a_mail("Un cratère."))
    assert "règle" not in mails.cases(house)[0].routing_reason
    assert "Remettre « nid-de-poule » en service" in words(client.get(PAGE).text)


def test_a_faulty_rule_is_told_beside_its_fields_and_kept(house: Runtime, signed_in: SignedIn) -> None:
    answer = signed_in("Nadia").post(
        f"{PAGE}nouvelle", data={"name": " ", "valid_from": "2026-02-02", "valid_to": "2026-02-01", "department": "999"}
    )
    page = words(answer.text)
    assert answer.status_code == 422
    for said in ("Donnez un nom", "au moins un critère", "La fin précède le début", "Choisissez un service"):
        assert said in page
    assert 'value="2026-02-02"' in answer.text


def test_rules_are_for_administrators(signed_in: SignedIn) -> None:
    for first_name in ("Karim", "Paul"):
        assert signed_in(first_name).get(PAGE).status_code == 403
        assert signed_in(first_name).post(f"{PAGE}nouvelle", data=RULE).status_code == 403


def test_a_tag_that_a_rule_could_not_put_is_told_before_it_is_written(house: Runtime, signed_in: SignedIn) -> None:
    client, roads, legal = signed_in("Nadia"), department(house, "voirie"), department(house, "juridique")
    with house.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        seen = tags.create(session, nadia, {"name": "À voir sur place", "tone": "info", "department": str(roads.id)})
    mails.receive(house, mails.a_mail(), mails.a_mail("Un avocat.", Subject="Recours"))
    labels = {"name": "à voir", "words": "avocat, trou*", "tag": str(seen.id)}
    client.post(f"{PAGE}nouvelle", data=RULE)
    client.post(f"{PAGE}nouvelle", data={"name": "avocats", "words": "avocat", "department": str(legal.id)})
    page = words(client.post(f"{PAGE}nouvelle", data=labels | {"action": "essayer"}).text)
    told = (
        f"L’étiquette « À voir sur place » n’aurait pas été posée sur 1 dossier : elle est celle d’un autre service, "
        f"« {roads.name} »."
    )
    assert "cette règle en aurait pris 2" in page
    assert told in page
    assert f"À voir sur place ({roads.name})" in page
    assert client.post(f"{PAGE}nouvelle", data=labels).status_code == 303
    page = words(client.get(f"{PAGE}?essai").text)
    assert told in page
    assert f"Étiquette « À voir sur place » (sur les dossiers du service « {roads.name} » seulement)" in page
    sure = labels | {"procedure": "document_access"}
    refused = client.post(f"{PAGE}nouvelle", data=sure)
    assert refused.status_code == 422
    assert f"celle du service « {roads.name} », où cette règle n’envoie rien" in words(refused.text)
