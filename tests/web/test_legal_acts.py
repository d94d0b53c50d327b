"""The pages of the acts of the law: offered when they make sense, refused beside the field, nothing typed lost."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.domain.incoming import Sender
from backoffice.domain.rulesets import DEFAULT
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.legal import CaseFact, Delegation
from backoffice.queries import cases
from backoffice.services import clock, decisions, moment
from backoffice.web import law_words
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import words

PERMIT = "terrace_permit"
PARIS = ZoneInfo("Europe/Paris")


def _a_case(app: Flask, procedure: str = PERMIT, days_ago: int = 3) -> str:
    received = datetime.now(UTC) - timedelta(days=days_ago)
    return factories.a_receipt(app.extensions["parvis"], procedure=procedure, received_at=received).reference


def _revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def _working_day(app: Flask) -> date:
    with app.extensions["parvis"].database.reading() as session:
        calendar = clock.calendar_of(factories.the_authority(session))
    return calendar.next_working_day(moment.today("Europe/Paris") + timedelta(days=20))


def test_an_agent_asks_for_the_pieces_of_the_procedure_in_one_page(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    page = client.get(f"/agents/dossiers/{reference}/pieces").text
    assert "suspendu" in page
    known = re.findall(r'name="known" value="([^"]+)"', page)
    assert known
    form = {"revision": _revision(page), "known": known[:1], "limit_on": _working_day(app).isoformat()}
    answer = client.post(f"/agents/dossiers/{reference}/pieces", data=form)
    assert answer.status_code == 303
    with app.extensions["parvis"].database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert case.status == "waiting_citizen"
        assert session.scalars(select(Document.template).order_by(Document.id)).all()[-1] == "missing_documents"
    page = client.get(f"/agents/dossiers/{reference}/pieces-recues").text
    form = {
        "revision": _revision(page),
        "request": re.findall(r'name="request" value="(\d+)"', page)[0],
        "codes": known[:1],
        "on": moment.today("Europe/Paris").isoformat(),
    }
    assert client.post(f"/agents/dossiers/{reference}/pieces-recues", data=form).status_code == 303


def test_a_piece_without_its_text_is_refused_beside_the_field_and_kept(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    page = client.get(f"/agents/dossiers/{reference}/pieces").text
    form = {"revision": _revision(page), "label.1": "Un RIB", "limit_on": _working_day(app).isoformat()}
    answer = client.post(f"/agents/dossiers/{reference}/pieces", data=form)
    assert answer.status_code == 422
    assert "sans fondement, elle ne peut pas être demandée" in answer.text
    assert 'value="Un RIB"' in answer.text
    with app.extensions["parvis"].database.reading() as session:
        assert session.scalars(select(CaseFact)).all() == []


def test_a_refusal_keeps_everything_typed_until_it_is_reasoned(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    page = client.get(f"/agents/dossiers/{reference}/actes/refus").text
    form = {
        "revision": _revision(page),
        "plain": "Votre demande est refusée parce que le trottoir est trop étroit.",
        "texts": "le code de la voirie routière",
        "rule": "le passage des piétons reste libre",
        "facts": "Trop étroit.",
        "conclusion": "la terrasse gênerait",
    }
    answer = client.post(f"/agents/dossiers/{reference}/actes/refus", data=form)
    assert answer.status_code == 422
    assert "propres à ce dossier" in answer.text
    assert form["plain"] in answer.text
    form["facts"] = "Le trottoir mesure 1,10 m devant le 12 rue des Lilas, la terrasse en occuperait 0,80 m."
    assert client.post(f"/agents/dossiers/{reference}/actes/refus", data=form).status_code == 303
    with app.extensions["parvis"].database.reading() as session:
        assert session.scalars(select(Case.outcome)).one() == "refused"


def test_an_act_done_on_an_outdated_page_is_told_and_not_done(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    old = _revision(client.get(f"/agents/dossiers/{reference}/actes/retrait").text)
    client.post(f"/agents/dossiers/{reference}/prendre", data={"revision": old})
    form = {"revision": old, "on": moment.today("Europe/Paris").isoformat(), "text": "Je renonce."}
    answer = client.post(f"/agents/dossiers/{reference}/actes/retrait", data=form)
    assert answer.status_code == 409
    assert "Je renonce." in answer.text


@pytest.mark.parametrize("act", ["notification", "attestation", "motifs", "transmission-recue", "recours"])
def test_an_act_that_makes_no_sense_yet_is_not_offered(app: Flask, signed_in: SignedIn, act: str) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    assert client.get(f"/agents/dossiers/{reference}/actes/{act}").status_code == 409
    seen = _revision(client.get(f"/agents/dossiers/{reference}").text)
    form = {"revision": seen, "on": moment.today("Europe/Paris").isoformat(), "kind": "gracious", "text": "Les motifs."}
    assert client.post(f"/agents/dossiers/{reference}/actes/{act}", data=form).status_code == 409
    with app.extensions["parvis"].database.reading() as session:
        assert session.scalars(select(CaseFact)).all() == []


def test_the_pages_of_the_acts_of_a_restricted_case_are_written_in_its_history(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    with app.extensions["parvis"].database.transaction() as session:
        session.scalars(select(Case)).one().restricted = True
    assert client.get(f"/agents/dossiers/{reference}/actes/retrait").status_code == 200
    with app.extensions["parvis"].database.reading() as session:
        last = cases.list_events(session, session.scalars(select(Case.id)).one())[-1]
    assert (last.kind, last.actor_name.split()[0]) == ("read_restricted", "Élodie")


def test_a_page_number_that_is_none_is_an_outdated_page(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Élodie")
    client.post(f"/agents/dossiers/{reference}/prendre")
    form = {"revision": "²", "on": moment.today("Europe/Paris").isoformat(), "text": "Je renonce."}
    assert client.post(f"/agents/dossiers/{reference}/actes/retrait", data=form).status_code == 409
    assert client.get("/agents/echeances/?jours=²").status_code == 200


def test_the_front_desk_signs_no_decision(app: Flask, signed_in: SignedIn) -> None:
    reference, client = _a_case(app), signed_in("Sandrine")
    assert client.get(f"/agents/dossiers/{reference}/pieces").status_code == 403
    page = client.get(f"/agents/dossiers/{reference}/actes/decision-favorable")
    form = {"revision": _revision(page.text), "text": "Accordé."}
    assert client.post(f"/agents/dossiers/{reference}/actes/decision-favorable", data=form).status_code == 403


def test_what_becomes_a_decision_this_week_is_listed_for_those_who_may_read_it(app: Flask, signed_in: SignedIn) -> None:
    soon, restricted, later = _a_case(app, days_ago=57), _a_case(app, "host_certificate", 27), _a_case(app)
    page = signed_in("Élodie").get("/agents/echeances/").text
    assert soon in page
    assert restricted not in page
    assert later not in page
    assert restricted in signed_in("Julie").get("/agents/echeances/?jours=15").text


def test_a_jurist_amends_a_rule_with_its_article_and_the_running_cases_keep_theirs(
    app: Flask, signed_in: SignedIn
) -> None:
    reference, client = _a_case(app), signed_in("Antoine")
    page = client.get("/agents/droit/").text
    assert "À confirmer" in page
    assert {one.id for one in DEFAULT.list_rules()} == set(law_words.NAMES)
    assert {one for rule in DEFAULT.list_rules() for one in rule.choices} == set(law_words.CHOICES)
    assert "Départ du délai, quand le silence vaut rejet" in page
    assert "competent_authority" not in page
    page = client.get("/agents/droit/regles/start.rejection").text
    assert re.search(r'value="first_authority"[^>]*checked', page)
    address = "/agents/droit/regles/acknowledgement.electronic"
    assert client.post(address, data={"value": "bientôt"}).status_code == 422
    form = {"value": "5 jours ouvrés", "article": "Engagement de la ville", "confidence": "known"}
    assert client.post(address, data=form).status_code == 303
    page = client.get("/agents/droit/").text
    assert "Engagement de la ville" in page
    assert "Antoine Roussel" in page
    with app.extensions["parvis"].database.reading() as session:
        case = cases.find_case_by_reference(session, factories.the_authority(session).id, reference)
        assert case is not None
        assert case.ruleset == "crpa-2016"


def test_a_delegation_is_written_with_its_act_and_ended(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in("Antoine")
    bad = client.post("/agents/droit/delegations", data={"signatory": "Yves Riou", "valid_from": "demain"})
    assert bad.status_code == 422
    assert 'value="Yves Riou"' in bad.text
    form = {"signatory": "Yves Riou", "title": "Adjoint", "act": "Arrêté 2026-4", "valid_from": "2026-01-01"}
    assert client.post("/agents/droit/delegations", data=form).status_code == 303
    with app.extensions["parvis"].database.reading() as session:
        delegation = session.scalars(select(Delegation)).one()
    client.post(f"/agents/droit/delegations/{delegation.id}/fin")
    with app.extensions["parvis"].database.reading() as session:
        assert session.scalars(select(Delegation.valid_to)).one() is not None


def test_only_a_jurist_changes_the_law(signed_in: SignedIn) -> None:
    for name in ("Nadia", "Karim", "Paul"):
        assert signed_in(name).get("/agents/droit/").status_code == 403


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_who_has_a_transmitted_request_is_named_until_it_is_taken_up_again(app: Flask, signed_in: SignedIn) -> None:
    reference, agent = _a_case(app), signed_in("Marc")
    address = f"/agents/dossiers/{reference}"
    form = {"recipient_name": "Tilleuls Agglomération", "recipient_address": "1 rue du Pont"}
    page = agent.get(f"{address}/actes/transmission").text
    assert agent.post(f"{address}/actes/transmission", data=form | {"revision": _revision(page)}).status_code == 303
    with app.extensions["parvis"].database.reading() as session:
        code = session.scalars(select(Case.tracking_code)).one()
    citizen = app.test_client()
    citizen.post("/suivi", data={"reference": reference, "code": code})
    assert "Transmise à Tilleuls Agglomération" in words(agent.get(address).text)
    assert "Terminée : transmise à Tilleuls Agglomération" in words(citizen.get(f"/suivi/{reference}").text)
    page = agent.get(address).text
    moved = {"status": "under_review", "revision": _revision(page)}
    assert agent.post(f"{address}/etat", data=moved).status_code == 303
    shown = words(agent.get(address).text)
    assert "Transmise à Tilleuls Agglomération" not in shown
    assert "Tilleuls Agglomération ne l’a plus" in shown
    assert "ransmise à" not in words(citizen.get(f"/suivi/{reference}").text)
    assert f"{address}/actes/transmission-recue" not in agent.get(address).text


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_wrong_day_is_corrected_on_one_page_and_every_date_says_so(app: Flask, signed_in: SignedIn) -> None:
    reference, agent = _a_case(app), signed_in("Marc")
    address = f"/agents/dossiers/{reference}"
    assert f"{address}/actes/correction" in agent.get(address).text
    page = agent.get(f"{address}/actes/correction").text
    assert "Réception de la demande, le" in words(page)
    right = (datetime.now(UTC) - timedelta(days=5)).date().isoformat()
    form = {"revision": _revision(page), "fact": "0", "on": right, "reason": "Vu"}
    refused = agent.post(f"{address}/actes/correction", data=form)
    assert refused.status_code == 422
    assert "Dites d’où vient l’erreur" in words(refused.text)
    assert f'value="{right}"' in refused.text
    for typed in ({"fact": "99"}, {"fact": "²"}, {"fact": "9" * 5000}, {"on": ""}, {"on": "", "vanishes": "yes"}):
        assert (
            agent.post(f"{address}/actes/correction", data=form | {"reason": "Le tampon dit."} | typed).status_code
            == 422
        )
    done = agent.post(f"{address}/actes/correction", data=form | {"reason": "Le tampon dit un autre jour."})
    assert done.status_code == 303
    shown = words(agent.get(address).text)
    assert "Fait corrigé" in shown
    assert "Date corrigée par Marc Duval" in shown
    assert f"{address}/actes/correction" not in signed_in("Sandrine").get(address).text


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_day_an_acknowledgement_was_handed_over_is_corrected_or_taken_back(app: Flask, signed_in: SignedIn) -> None:
    reference, agent = _a_case(app), signed_in("Marc")
    acts = f"/agents/dossiers/{reference}/actes"

    def correct(**typed: str) -> int:
        form = {
            "revision": _revision(agent.get(f"{acts}/correction").text),
            "fact": "accuse",
            "reason": "Vu au registre.",
        }
        return agent.post(f"{acts}/correction", data=form | typed).status_code

    today, before = datetime.now(PARIS).date(), datetime.now(PARIS).date() - timedelta(days=1)
    assert correct(on=before.isoformat()) == 409, "nobody noted it"
    page = agent.get(f"{acts}/accuse-remis").text
    given = agent.post(f"{acts}/accuse-remis", data={"revision": _revision(page), "on": today.isoformat()})
    assert given.status_code == 303
    assert "Remise de l’accusé de réception, le" in words(agent.get(f"{acts}/correction").text)
    early = (today - timedelta(days=4)).isoformat()
    for wrong in ({"on": today.isoformat()}, {"on": early}, {"on": before.isoformat(), "reason": "Vu"}):
        assert correct(**wrong) == 422
    assert correct(on=before.isoformat()) == 303
    with app.extensions["parvis"].database.reading() as session:
        at = session.scalars(select(Case)).one().acknowledged_at
        assert at is not None
        assert at.astimezone(PARIS).date() == before
    shown = words(agent.get(f"/agents/dossiers/{reference}").text)
    assert "Remise de l’accusé de réception : le" in shown
    assert correct(vanishes="yes") == 303
    assert agent.get(f"{acts}/accuse-remis").status_code == 200, "it can be noted again"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_where_the_citizen_lives_is_chosen_on_the_case(app: Flask, signed_in: SignedIn) -> None:
    far = Sender(
        family_name="Hoarau", given_names="Anne", address_line="2 rue du Port", postcode="97400", city="Saint-Denis"
    )
    reference = factories.a_receipt(app.extensions["parvis"], procedure=PERMIT, sender=far).reference
    agent = signed_in("Marc")
    assert "Son adresse est outre-mer" in words(agent.get(f"/agents/dossiers/{reference}").text)
    address = f"/agents/dossiers/{reference}/actes/residence"
    page = agent.get(address).text
    assert agent.post(address, data={"revision": _revision(page), "residence": "mars"}).status_code == 422
    assert agent.post(address, data={"revision": _revision(page), "residence": "abroad"}).status_code == 303
    shown = words(agent.get(f"/agents/dossiers/{reference}").text)
    assert "Résidence de l’usager notée" in shown
    assert "Son adresse est outre-mer" not in shown
    assert "À l’étranger : deux mois de plus" in shown


def test_pieces_that_hold_an_acceptance_back_are_said_and_none_is_asked_for_once_silence_accepted(
    app: Flask, signed_in: SignedIn
) -> None:
    client, meals = signed_in("Hélène"), "school_meals_aftercare"
    reference = _a_case(app, meals)
    page = client.get(f"/agents/dossiers/{reference}/pieces").text
    form = {"revision": _revision(page), "label.1": "Attestation", "basis.free_1": "Règlement, article 3"}
    form |= {"blocking.1": "yes", "limit_on": _working_day(app).isoformat()}
    assert client.post(f"/agents/dossiers/{reference}/pieces", data=form).status_code == 303
    page = words(client.get(f"/agents/dossiers/{reference}").text)
    assert "Aucune échéance ne court" in page
    assert "le délai ne court qu’à compter de leur réception (article L. 114-5 du CRPA)" in page.replace("\u00a0", " ")
    old = _a_case(app, meals, days_ago=70)
    with app.extensions["parvis"].database.transaction() as session:
        case = cases.find_case_by_reference(session, factories.the_authority(session).id, old)
        assert case is not None
        assert decisions.write_implicit_decision(session, case)
    page = client.get(f"/agents/dossiers/{old}").text
    assert "vaut désormais accord" in page
    assert "Demander les pièces manquantes" not in page
    assert "Transmettre à l’administration" not in page
    assert client.get(f"/agents/dossiers/{old}/pieces").status_code == 409
    assert client.post(f"/agents/dossiers/{old}/pieces", data=form | {"revision": "9"}).status_code == 409


def test_a_compulsory_appeal_is_offered_only_where_a_text_makes_one(app: Flask, signed_in: SignedIn) -> None:
    for name, procedure, is_compulsory in (
        ("Hélène", "school_meals_aftercare", False),
        ("Antoine", "document_access", True),
    ):
        reference = _a_case(app, procedure, days_ago=70)
        with app.extensions["parvis"].database.transaction() as session:
            case = cases.find_case_by_reference(session, factories.the_authority(session).id, reference)
            assert case is not None
            assert decisions.write_implicit_decision(session, case)
        address, client = f"/agents/dossiers/{reference}/actes/recours", signed_in(name)
        page = client.get(address).text
        assert "Recours gracieux" in page
        assert ("Recours préalable obligatoire" in page) is is_compulsory
        form = {"revision": _revision(page), "kind": "mandatory", "on": moment.today("Europe/Paris").isoformat()}
        assert client.post(address, data=form).status_code == (303 if is_compulsory else 422)
