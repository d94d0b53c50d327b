"""A form filled in step by step: its pages, what is done, what stops early, what a new version leaves of a draft."""

from typing import Any

import pytest

from backoffice.domain.drafts import DraftContent, adapt
from backoffice.domain.form_pages import FormPage, list_pages, next_page, page_before, page_of
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.procedure_files import parse, read_yaml, write_yaml
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid
from tests.domain.test_procedures import a_file, faults


def a_field(code: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "label": code.capitalize(), **more}


KIND = a_field(
    "variant", "choice", choices=[{"value": "new", "label": "Neuf"}, {"value": "fix", "label": "Réparation"}]
)
CHILD = a_field("child", "block", fields=[a_field("name"), a_field("age", "number"), a_field("photo", "files")])
STEPS = [
    {"title": "Besoin", "fields": [KIND, a_field("people", "number")]},
    {"title": "Panne", "fields": [a_field("fault"), CHILD], "when": {"field": "variant", "equals": "fix"}},
    {"title": "Adresse", "fields": [a_field("where", "address")]},
]
RULES = [
    {"when": {"field": "people", "at_least": 20}, "reason": "Trop.", "instead": "Appelez."},
    {"when": {"not": {"field": "where", "answered": True}}, "reason": "Ailleurs.", "instead": "Écrivez."},
]
DOCUMENT = {"code": "bill", "label": "Facture", "legal_basis": "art. 1"}


def a_procedure(**changes: Any) -> ProcedureDefinition:
    return parse(a_file(**{"steps": STEPS, "step_by_step": True, "documents": [DOCUMENT], **changes}))


def a_page(pages: tuple[FormPage, ...], slug: str) -> FormPage:
    return next(page for page in pages if page.slug == slug)


def a_document(field: str, digest: str = "a") -> IncomingFile:
    return IncomingFile("piece.pdf", "application/pdf", 1, digest, field=field)


def test_a_step_that_the_answers_do_not_call_for_is_not_there() -> None:
    definition = a_procedure()
    assert [page.slug for page in list_pages(definition, {})] == ["1", "3", "pieces", "coordonnees", "verification"]
    fixing = list_pages(definition, {"variant": "fix"})
    assert [page.title for page in fixing][:3] == ["Besoin", "Panne", "Adresse"]
    assert page_before(fixing, "3") == fixing[1]
    assert page_before(fixing, "1") is None


def test_a_procedure_without_any_document_has_no_page_for_them() -> None:
    pages = list_pages(a_procedure(documents=[], max_attachments=0), {})
    assert [page.slug for page in pages] == ["1", "3", "coordonnees", "verification"]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("people", "1"),
        ("child-0.name", "2"),
        ("where.city", "3"),
        ("document.bill", "pieces"),
        ("attachments", "pieces"),
        ("requester.email", "coordonnees"),
        ("csrf_token", ""),
        ("nothing-0.x", ""),
    ],
)
def test_every_input_has_its_page(name: str, page: str) -> None:
    assert page_of(a_procedure(), name) == page


def test_a_page_is_done_once_it_was_sent_and_nothing_on_it_is_wrong() -> None:
    definition = a_procedure()
    pages = list_pages(definition, {"variant": "fix"}, passed={"1", "2", "coordonnees"}, wrong=["child-1.name"])
    assert [page.slug for page in pages if page.is_done] == ["1", "coordonnees"]
    assert next_page(pages).slug == "2"
    done = list_pages(definition, {}, passed={"1", "3", "pieces", "coordonnees", "verification"})
    assert next_page(done).slug == "verification"


def test_a_rule_stops_the_form_at_the_step_that_it_looks_at_and_not_before() -> None:
    definition = a_procedure(eligibility=RULES)
    stopped = definition.find_ineligibility({"people": 20}, until=0)
    assert stopped is not None
    assert stopped.reason == "Trop."
    assert definition.find_ineligibility({"people": 2}, until=1) is None
    assert definition.find_ineligibility({"people": 2}, until=2) is not None
    assert definition.find_ineligibility({"people": 2}) is not None


def test_a_posted_page_replaces_its_own_answers_and_leaves_the_others() -> None:
    definition = a_procedure()
    before = DraftContent(
        {"people": ["3"], "child-0.name": ["Léa"], "child-1.name": ["Tom"], "fault": ["Roue"]},
        (a_document("child-0.photo"), a_document("document.bill")),
        frozenset({"1"}),
    )
    posted = DraftContent(
        {"child-0.name": ["Lou"], "fault": [" "], "people": ["99"], "citizen_id": ["1"]},
        (a_document("child-0.photo", "b"), a_document("attachments", "c")),
        shown=frozenset({"fault"}),
    )
    after = before.with_pages(definition, {"2"}, posted, dropped={("child-0.photo", "a")})
    assert after.fields == {"people": ["3"], "child-0.name": ["Lou"]}
    assert [(file.field, file.digest) for file in after.files] == [("document.bill", "a"), ("child-0.photo", "b")]
    assert after.shown == {"fault"}
    assert DraftContent.from_data(after.to_data()) == after


def test_a_draft_larger_than_any_form_is_refused() -> None:
    with pytest.raises(Invalid, match="trop longues"):
        DraftContent({"fault": ["x" * 300_000]}).to_data()


def test_a_new_version_keeps_what_still_fits_and_names_the_rest() -> None:
    old = a_procedure()
    new = a_procedure(
        steps=[
            {"title": "D’abord", "fields": [a_field("fault", "long_text")]},
            STEPS[0],
            {"title": "Panne", "fields": [CHILD]},
            {**STEPS[2], "introduction": "Lisez."},
        ],
        documents=[{**DOCUMENT, "code": "quote"}],
    )
    content = DraftContent(
        {
            "variant": ["fix"],
            "fault": ["Roue"],
            "child-0.name": ["Léa"],
            "where.city": ["Angers"],
            "requester.email": ["a@b.fr"],
        },
        (a_document("document.bill"), a_document("attachments"), a_document("child-0.photo")),
        frozenset({"1", "2", "3", "pieces", "coordonnees"}),
    )
    kept, lost = adapt(old, new, content)
    assert set(kept.fields) == {"variant", "child-0.name", "where.city", "requester.email"}
    assert [file.field for file in kept.files] == ["attachments", "child-0.photo"]
    assert lost == ["Fault", "Facture"]
    assert kept.passed == {"2", "coordonnees"}
    assert adapt(old, old, content) == (content, [])


def test_a_code_that_forms_use_for_themselves_is_refused() -> None:
    step = {"title": "Besoin", "fields": [a_field("requester", "person")]}
    assert "réservé" in faults(steps=[step])["steps.0.fields.0.code"]


def test_the_mark_of_a_form_in_steps_is_exported_and_imported() -> None:
    definition = a_procedure()
    assert "step_by_step: true" in write_yaml(definition)
    assert read_yaml(write_yaml(definition)) == definition
