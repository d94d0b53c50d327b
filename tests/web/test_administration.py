"""Departments, staff and procedures on simple screens, by those who may."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.queries import catalogue
from backoffice.services import procedures
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

ADMIN = "Nadia"


def test_an_administrator_adds_a_department_and_finds_it_in_the_list(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    values = {"name": "Espaces verts", "email": "jardins@saint-aubin.example", "phone": "02 61 91 40 99"}
    assert client.post("/agents/services/nouveau", data=values).status_code == 303
    assert "Espaces verts" in client.get("/agents/services/").text
    with app.extensions["parvis"].database.reading() as session:
        authority = factories.the_authority(session)
        assert catalogue.find_department(session, authority.id, "espaces_verts") is not None


def test_a_department_without_name_or_with_a_broken_address_keeps_what_was_typed(signed_in: SignedIn) -> None:
    page = signed_in(ADMIN).post("/agents/services/nouveau", data={"name": " ", "email": "jardins@", "phone": "12"})
    assert page.status_code == 422
    assert "Donnez un nom au service." in page.text
    assert 'value="jardins@"' in page.text
    assert 'value="12"' in page.text


def test_a_department_that_still_has_procedures_cannot_be_closed(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    with app.extensions["parvis"].database.reading() as session:
        roads = catalogue.find_department(session, factories.the_authority(session).id, "voirie")
        assert roads is not None
    client.post(f"/agents/services/{roads.id}/activite", data={"active": "0"})
    assert "transférez-les d’abord" in client.get("/agents/services/").text


def test_a_suspended_agent_is_out_at_once(app: Flask, signed_in: SignedIn) -> None:
    karim = signed_in("Karim")
    assert karim.get("/agents/activite/").status_code == 403
    with app.extensions["parvis"].database.reading() as session:
        karim_id = factories.staff_named(session, "Karim").id
    signed_in(ADMIN).post(f"/agents/comptes/{karim_id}/activite", data={"active": "0"})
    assert karim.get("/agents/activite/").status_code == 302


def test_nobody_gives_themselves_a_role_nor_suspends_themselves(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    with app.extensions["parvis"].database.reading() as session:
        nadia = factories.staff_named(session, ADMIN).id
    page = client.post(f"/agents/comptes/{nadia}/roles", data={"role": "dpo", "department": ""})
    assert page.status_code == 422
    assert "vous attribuer un rôle" in page.text
    client.post(f"/agents/comptes/{nadia}/activite", data={"active": "0"})
    assert client.get("/agents/comptes/").status_code == 200


def test_the_technical_administrator_gives_no_right_to_read_cases(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in("Paul")
    with app.extensions["parvis"].database.reading() as session:
        karim = factories.staff_named(session, "Karim").id
    # Nor the right to give it: an account of their own would do the rest.
    for role in ("dpo", "functional_admin"):
        page = client.post(f"/agents/comptes/{karim}/roles", data={"role": role, "department": ""})
        assert page.status_code == 422


def _versions(app: Flask) -> int:
    with app.extensions["parvis"].database.reading() as session:
        return session.scalar(select(func.count()).select_from(ProcedureVersion)) or 0


def _import(client: FlaskClient, text: str) -> TestResponse:
    """Send a file as the list of procedures does."""
    action = re.search(r'action="([^"]+)" enctype', client.get("/agents/demarches/").text)
    assert action
    file = (io.BytesIO(text.encode()), "demarche.yaml")
    return client.post(action[1], data={"file": file}, content_type="multipart/form-data")


def _publish(client: FlaskClient, address: str, reason: str) -> None:
    page = client.get(address).text
    form = {"seen": hidden(page, "seen"), "over": hidden(page, "over"), "reason": reason}
    assert client.post(address, data=form).status_code == 303


def test_an_imported_procedure_is_read_before_it_is_published(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    text = client.get("/agents/demarches/street_issue.yaml").text
    before = _versions(app)
    page = client.get("/agents/demarches/").text
    assert "Rejet, 4 mois" in page.replace("\u00a0", " "), "the regime of each procedure is shown, with its text"
    assert "décret n° 2016-625" in page.replace("\u00a0", " ")
    same = _import(client, text)
    assert "Rien : ce brouillon dit la même chose" in words(client.get(same.location).text)
    assert client.post("/agents/demarches/street_issue/brouillon/abandon").status_code == 303
    came = _import(client, text.replace("title: ", "title: Nouveau ", 1))
    assert came.location == "/agents/demarches/street_issue/brouillon/publication"
    page = client.get(came.location).text
    assert "Rien n’est encore publié" in words(page)
    assert "Nouveau Signalement" in words(page), "what the file changes is told"
    assert _versions(app) == before
    _publish(client, came.location, "")
    assert _versions(app) == before + 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda text: text + "\nlicorne: 1\n", "licorne"),
        (lambda _: "- : : pas une démarche", ""),
        (lambda _: "", "Choisissez le fichier"),
    ],
)
def test_a_faulty_procedure_file_is_explained_and_writes_nothing(
    app: Flask, signed_in: SignedIn, fault: Callable[[str], str], sentence: str
) -> None:
    client = signed_in(ADMIN)
    text = client.get("/agents/demarches/street_issue.yaml").text
    before = _versions(app)
    page = _import(client, fault(text))
    assert page.status_code == 422
    assert sentence in page.text
    assert _versions(app) == before


def test_a_closed_procedure_takes_no_new_request(app: Flask, signed_in: SignedIn) -> None:
    signed_in(ADMIN).post("/agents/demarches/street_issue/ouverture", data={"open": "0"})
    runtime = app.extensions["parvis"]
    with runtime.database.reading() as session:
        assert session.scalars(select(Procedure.open).where(Procedure.code == "street_issue")).one() is False
    with pytest.raises(Exception, match="fermée pour le moment"):
        factories.a_receipt(runtime)


def test_a_front_desk_agent_administers_nothing(signed_in: SignedIn) -> None:
    client = signed_in("Sandrine")
    for address in ("/agents/services/", "/agents/comptes/", "/agents/demarches/", "/agents/taches/"):
        assert client.get(address).status_code == 403


def test_the_regime_of_a_procedure_is_amended_for_the_requests_to_come(app: Flask, signed_in: SignedIn) -> None:
    client, runtime, here = signed_in(ADMIN), app.extensions["parvis"], "/agents/demarches/school_meals_aftercare"
    running = factories.a_receipt(runtime, procedure="school_meals_aftercare").case_id
    page = client.get(here).text
    assert "Si votre réponse à" in page, "each case with a regime of its own is shown"
    assert "Catalogue livré" in page
    assert "directement" in page, "each piece says who gives it, and by which text"
    form = {
        "version": hidden(client.get(f"{here}/regime").text, "version"),
        "silence": "rejection",
        "delay": "trois lunes",
        "appeal_route": "ordinary",
        "basis": "",
        "confidence": "source",
        "note": "",
        "target_working_days": "7",
        "reason": "",
    }
    wrong = client.post(f"{here}/regime", data=form)
    assert wrong.status_code == 422
    for field in ("delay", "basis", "reason"):
        assert f'href="#f-{field}"' in wrong.text
    assert "trois lunes" in wrong.text
    form |= {"delay": "3 mois", "basis": "Règlement du 2 mars 2026, article 4", "reason": "Délibération du 2 mars."}
    assert client.post(f"{here}/regime", data=form).status_code == 303
    page = client.get(here).text.replace("\u00a0", " ")
    for shown in ("Rejet, 3 mois", "Règlement du 2 mars 2026", "Nadia Ferreira", "Délibération du 2 mars.", "7 jours"):
        assert shown in page
    late = client.post(f"{here}/regime", data=form | {"reason": "Trop tard."})
    assert (late.status_code, "Trop tard.</textarea>" in late.text) == (409, True)
    variant = form | {"version": hidden(client.get(f"{here}/regime/0").text, "version"), "delay": ""}
    assert client.post(f"{here}/regime/0", data=variant).status_code == 303
    assert client.get(f"{here}/regime/9").status_code == 404
    after = factories.a_receipt(runtime, procedure="school_meals_aftercare").case_id
    with runtime.database.reading() as session:
        before, now = session.get_one(Case, running), session.get_one(Case, after)
        assert (before.regime["silence"], before.regime["delay"]) == ("acceptance", "2 months")
        assert (now.regime["silence"], now.regime["delay"], now.regime["target_working_days"]) == (
            "rejection",
            "3 months",
            7,
        )
        procedure = catalogue.get_procedure(session, now.authority_id, "school_meals_aftercare")
        definition = procedures.definition_of(procedure)
        assert definition.regime_for({"service": "aftercare"}).get("delay") is None
    came = _import(client, client.get(f"{here}.yaml").text.replace("title: ", "title: Nouveau ", 1))
    _publish(client, came.location, "Reçu de la ville voisine")
    page = client.get(here).text
    assert "Reçu de la ville voisine" in page
    assert page.count("Nadia Ferreira<br>") == 3
