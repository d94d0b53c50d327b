"""Answers that a procedure keeps for some roles and departments: the others read that they are reserved, no more."""

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from backoffice.domain import answer_text, procedure_files
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.reserved_answers import RESERVED, RESERVED_FILE
from backoffice.domain.reserved_answers import list_reserved as reserved_answers_of
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case
from backoffice.models.catalogue import Procedure
from backoffice.services import case_tasks, case_texts, evidence, moment, procedure_checks, procedures, reserved_answers
from backoffice.services.case_tasks import Question
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
            {"code": "certificate", "kind": "files", "label": "Certificat", "readers": ["enfance", "unit_supervisor"]},
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

DOCUMENTS = [{"code": "plan", "label": "Le plan", "legal_basis": "arrêté du maire", "readers": ["enfance"]}]
PICTURE = io.BytesIO()
Image.new("RGB", (8, 8), "red").save(PICTURE, "PNG")


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
        file |= {"steps": STEPS, "translations": {}, "eligibility": [], "regime_variants": [], "documents": DOCUMENTS}
        file = {name: said for name, said in file.items() if name not in {"open311", "lifecycle"}}
        nadia = factories.actor_named(session, "Nadia")
        with pytest.raises(Invalid) as unknown:
            wrong = [{"title": "A", "fields": [{"code": "a", "kind": "text", "label": "A", "readers": ["nobody"]}]}]
            procedures.publish(session, nadia, authority, procedure_files.parse(file | {"steps": wrong}))
        assert unknown.value.faults == {"readers": "Ni un rôle, ni un service : nobody."}
        procedures.publish(session, nadia, authority, procedure_files.parse(file))
    digest = runtime.storage.put(PICTURE.getvalue())
    named = {"certificate": "zwaqcert.png", "document.plan": "zwaqplan.png", "attachments": "mur.png"}
    files = tuple(IncomingFile(name, "image/png", 80, digest, field) for field, name in named.items())
    said = {"health": SECRET, "day": "Mardi", "children": [{"name": "Léa", "care": "piqûre"}]}
    return factories.a_receipt(runtime, answers=said, body="", files=files).reference


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


def test_whoever_does_not_read_an_answer_does_not_learn_that_there_is_one(runtime: Runtime) -> None:
    def question(code: str, *readers: str, when: tuple[str, object] | None = None) -> dict[str, object]:
        asked = {"when": {"field": when[0], "equals": when[1]}} if when else {}
        return {"code": code, "kind": "text", "label": code, "readers": list(readers), **asked}

    secret = question("care", "enfance", when=("health", "oui"))
    fields = [
        question("child"),
        question("health", "enfance"),
        secret,
        question("other", "enfance", when=("child", "non")),
    ]
    later = [question("detail", "enfance"), question("more")]
    steps = [
        {"title": "Votre demande", "fields": fields},
        {"title": "Ensuite", "fields": later, "when": {"field": "health", "equals": "oui"}},
    ]
    with runtime.database.reading() as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "street_issue")).one()
        file = procedure_files.dump(procedures.definition_of(procedure))
    file |= {"steps": steps, "translations": {}, "eligibility": [], "regime_variants": [], "documents": []}
    definition = procedure_files.parse({k: v for k, v in file.items() if k not in {"open311", "lifecycle"}})
    with runtime.database.reading() as session:
        mine = factories.the_authority(session).id
        advised = [one for one in procedure_checks.list_problems(session, mine, definition) if "devine" in one.sentence]
    assert [(one.subject, one.blocks) for one in advised] == [("Question « more »", False)]
    assert "devine la réponse à «\u00a0health\u00a0», qui est réservée" in advised[0].sentence
    hidden = frozenset(reserved_answers_of(definition))
    read = {
        tuple(answer_text.describe(definition, {"child": "Léa"} | said, hidden=hidden))
        for said in ({}, {"health": "non"}, {"health": "oui", "care": "piqûre"}, {"health": "oui", "detail": "le soir"})
    }
    assert read == {(("child", "Léa"), ("health", RESERVED), ("care", RESERVED), ("detail", RESERVED))}


def test_the_files_of_what_is_reserved_are_opened_shown_sent_and_kept_for_its_readers_alone(
    runtime: Runtime, signed_in: SignedIn
) -> None:
    reference = a_case(runtime)
    case_texts.catch_up(runtime)
    page = f"/agents/dossiers/{reference}"
    with runtime.database.reading() as session:
        attachments = session.scalars(select(Attachment).order_by(Attachment.id)).all()
        assert [(one.field, one.reserved) for one in attachments] == [
            ("certificate", True), ("document.plan", True), ("attachments", False),
        ]  # fmt: skip
    opened = {}
    for name in ("Karim", "Marc", "Mathieu"):
        client = signed_in(name)
        shown = [client.get(page).text, client.get(f"{page}/pieces-jointes").text]
        assert all("mur.png" in text for text in shown)
        asked = client.get(f"{page}/questions/nouvelle")
        assert (asked.status_code == 200) == (name != "Mathieu")
        opened[name] = tuple(client.get(f"{page}/pieces/{one.id}").status_code for one in attachments)
        for one, file, status in zip(attachments, ("zwaqcert", "zwaqplan", "mur"), opened[name], strict=True):
            assert all((f"{file}.png" in text) == (status == 200) for text in shown), (name, file)
            assert asked.status_code != 200 or (f"{file}.png" in asked.text) == (status == 200)
            assert client.get(f"{page}/pieces/{one.id}/vignette").status_code == 404
        assert reference not in client.get("/agents/dossiers", query_string={"q": "zwaqcert"}).text
        assert "zwaq" not in client.get("/agents/dossiers", query_string={"q": "mur"}).text
        assert "zwaq" not in client.get(f"{page}/division").text
    assert opened == {"Karim": (404, 404, 200), "Marc": (200, 404, 200), "Mathieu": (200, 200, 200)}
    assert RESERVED_FILE in signed_in("Karim").get(page).text
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), session.scalars(select(Case)).one()
        question = {"title": "Avis", "question": "Qu’en dites-vous ?", "due_on": "2099-01-04"}
        question["department"] = str(case_tasks.list_departments(session, case)[0].id)
        with pytest.raises(Invalid) as refused:
            case_tasks.ask(session, karim, case, Question(question, "k" * 32, (attachments[0].id,)))
        assert set(refused.value.faults) == {"joined"}
        found = evidence.gather(session, runtime, case, "Karim", moment.now())
        assert [one["name"] for one in found.values["attachments"]] == [RESERVED_FILE, RESERVED_FILE, "mur.png"]
        assert set(found.withheld.values()) == {evidence.KEPT_FOR_SOME}
        # Asked for later, or in a block, it is reserved all the same; a document of another name is not.
        names = ("piece.12.plan", "children-0.care", "document.other", "attachments", "")
        assert [reserved_answers.is_reserved(case, one) for one in names] == [True, True, False, False, False]
