"""Answers that a procedure keeps for some roles and departments: the others read that they are reserved, no more."""

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.domain import answer_text, procedure_files
from backoffice.domain.reserved_answers import RESERVED
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.services import case_texts, procedures, reserved_answers
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import words

SECRET = "allergie zwaqxorb"
STEPS = [
    {
        "title": "Votre demande",
        "fields": [
            {"code": "health", "kind": "long_text", "label": "Santé", "readers": ["enfance", "unit_supervisor"]},
            {"code": "day", "kind": "text", "label": "Jour"},
            {
                "code": "children",
                "kind": "block",
                "label": "Enfants",
                "item_label": "Enfant",
                "fields": [
                    {"code": "name", "kind": "text", "label": "Prénom"},
                    {"code": "care", "kind": "text", "label": "Soins", "readers": ["enfance"]},
                ],
            },
        ],
    }
]


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def a_case(runtime: Runtime) -> str:
    """A request of a procedure of the department of roads that keeps health for childhood and for supervisors."""
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        procedure = session.scalars(select(Procedure).where(Procedure.code == "street_issue")).one()
        file = procedure_files.dump(procedures.definition_of(procedure))
        file |= {"steps": STEPS, "translations": {}, "eligibility": [], "regime_variants": [], "documents": []}
        file = {name: said for name, said in file.items() if name not in {"open311", "lifecycle"}}
        nadia = factories.actor_named(session, "Nadia")
        with pytest.raises(Invalid) as unknown:
            wrong = [{"title": "A", "fields": [{"code": "a", "kind": "text", "label": "A", "readers": ["nobody"]}]}]
            procedures.publish(session, nadia, authority, procedure_files.parse(file | {"steps": wrong}))
        assert unknown.value.faults == {"readers": "Ni un rôle, ni un service : nobody."}
        with pytest.raises(Invalid):
            kept = [{"title": "A", "fields": [{"code": "a", "kind": "files", "label": "A", "readers": ["enfance"]}]}]
            procedure_files.parse(file | {"steps": kept})
        procedures.publish(session, nadia, authority, procedure_files.parse(file))
    said = {"health": SECRET, "day": "Mardi", "children": [{"name": "Léa", "care": "piqûre"}]}
    return factories.a_receipt(runtime, answers=said, body="").reference


def test_the_others_read_that_an_answer_is_reserved_on_pages_in_files_and_find_it_by_no_search(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    reference = a_case(runtime)
    case_texts.catch_up(runtime)
    read = {}
    # A handler and a supervisor of the department, one of childhood, a supervisor of another department, a jurist.
    for name in ("Karim", "Marc", "Mathieu", "Hélène", "Antoine"):
        client = signed_in(name)
        page = words(client.get(f"/agents/dossiers/{reference}").text)
        assert "Mardi" in page
        assert "Léa" in page
        read[name] = (SECRET in page, "piqûre" in page, RESERVED in page)
        found = client.get("/agents/dossiers", query_string={"q": "zwaqxorb"}).text
        assert reference not in found
        assert reference in client.get("/agents/dossiers", query_string={"q": "mardi"}).text
    assert read == {
        "Karim": (False, False, True),
        "Marc": (True, False, True),
        "Mathieu": (True, True, False),
        "Hélène": (True, True, False),
        "Antoine": (False, False, True),
    }
    with runtime.database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        kept = dict(reserved_answers.describe_for_all(case))
        assert (kept["Santé"], kept["Enfant 1 – Soins"], kept["Jour"]) == (RESERVED, RESERVED, "Mardi")
        assert case.form_version is not None
        definition = procedures.read_version(case.form_version)
        outside = dict(answer_text.describe(definition, case.answers, sensitive=False))
        assert set(outside) == {"Jour", "Enfant 1 – Prénom"}
    receipt = signed_in("Karim").get(f"/agents/recepisse/{reference}").text
    assert "Mardi" in receipt
    assert SECRET not in receipt
