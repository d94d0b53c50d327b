"""A procedure is one file: read with all its faults at once, written back exactly, closed with a sentence."""

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from backoffice import catalogue
from backoffice.domain.procedure_files import dump, parse, read_yaml, write_yaml
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid


def a_file(**changes: Any) -> dict[str, Any]:
    data = {
        "code": "waste_bin",
        "title": "Bac à déchets",
        "summary": ["Demandez un bac."],
        "who": "Les habitants.",
        "theme": "Cadre de vie",
        "department": "voirie",
        "steps": [{"title": "Besoin", "fields": [{"code": "items", "kind": "text", "label": "Objets"}]}],
        "regime": {"silence": "rejection", "delay": "2 months"},
        "fee": "Gratuit.",
        "personal_data": {"purpose": "Livrer", "basis": "Mission", "recipients": "Le service"},
        "retention": {"years": 1, "from": "closure", "final": "D"},
    }
    return {key: value for key, value in {**data, **changes}.items() if value is not ...}


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        parse(a_file(**changes))
    return refusal.value.faults


def street_issue() -> ProcedureDefinition:
    return next(one for one in catalogue.load_procedures() if one.code == "street_issue")


def test_a_minimal_file_makes_a_procedure() -> None:
    definition = parse(a_file())
    assert definition.title == "Bac à déchets"
    assert definition.max_attachments == 5
    assert [field.code for field in definition.fields] == ["items"]


def test_a_file_comes_back_exactly() -> None:
    data = a_file(opens_on="2026-01-05", documents=[{"code": "id", "label": "Pièce", "legal_basis": "art. 3"}])
    definition = parse(data)
    assert dump(definition) == data
    assert parse(dump(definition)) == definition
    assert read_yaml(write_yaml(definition)) == definition


def test_every_fault_is_listed_at_once_with_its_path() -> None:
    found = faults(
        title=...,
        fee=12,
        sumary=["faute de frappe"],
        retention={"years": "deux", "from": "closure", "final": "X"},
        steps=[{"title": "Besoin", "fields": [{"code": "items", "kind": "texte", "label": "Objets"}]}],
    )
    assert set(found) == {"title", "fee", "sumary", "retention.years", "retention.final", "steps.0.fields.0.kind"}
    assert "n’est pas connue" in found["sumary"]
    assert "guillemets" in found["fee"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"code": "Bac"}, "code"),
        ({"summary": []}, "summary"),
        (
            {"retention": {"years": 1, "from": "end_of_stay", "final": "D", "start_field": "items"}},
            "retention.start_field",
        ),
        (
            {"retention": {"years": 1, "from": "end_of_stay", "final": "D", "start_field": "nowhere"}},
            "retention.start_field",
        ),
        ({"summary": ["Une phrase."] * 11}, "summary"),
        ({"steps": []}, "steps"),
        ({"opens_on": "2026-02-01", "closes_on": "2026-01-01"}, "closes_on"),
        ({"opens_on": "demain"}, "opens_on"),
        ({"sve_excluded": True}, "sve_basis"),
        ({"restricted": "oui"}, "restricted"),
        ({"regime": "silence"}, "regime"),
        ({"documents": [{"code": "id", "label": "Pièce", "legal_basis": " "}]}, "documents.0.legal_basis"),
        ({"documents": [{"code": "items", "label": "Pièce", "legal_basis": "art. 3"}]}, "documents.0.code"),
        (
            {"eligibility": [{"when": {"field": "age", "answered": True}, "reason": "r", "instead": "i"}]},
            "eligibility.0.when",
        ),
        ({"regime_variants": [{"when": {"field": "x", "answered": True}, "regime": {}}]}, "regime_variants.0.when"),
    ],
)
def test_an_incoherent_procedure_is_refused_where_it_is_wrong(changes: dict[str, Any], path: str) -> None:
    assert list(faults(**changes)) == [path]


def test_a_condition_may_only_look_at_a_field_already_asked() -> None:
    asked = {"code": "kind", "kind": "choice", "label": "Sorte", "choices": [{"value": "a", "label": "A"}]}
    later = {"code": "items", "kind": "text", "label": "Objets", "when": {"field": "kind", "equals": "a"}}
    parse(a_file(steps=[{"title": "Besoin", "fields": [asked, later]}]))
    assert list(faults(steps=[{"title": "Besoin", "fields": [later, asked]}])) == ["steps.0.fields.0.when"]
    lost = {**later, "when": {"field": "kind", "in": ["a", "z"]}}
    assert (
        "« z »".replace(" ", "\u00a0")
        in faults(steps=[{"title": "B", "fields": [asked, lost]}])["steps.0.fields.1.when"]
    )


def test_two_fields_cannot_share_a_code_even_across_steps() -> None:
    step = {"title": "Besoin", "fields": [{"code": "items", "kind": "text", "label": "Objets"}]}
    assert list(faults(steps=[step, step])) == ["steps.1.fields.0.code"]


def test_a_block_cannot_hold_another_block() -> None:
    inner = {"code": "inner", "kind": "block", "label": "B", "fields": [{"code": "x", "kind": "text", "label": "X"}]}
    outer = {"code": "outer", "kind": "block", "label": "A", "fields": [inner]}
    assert list(faults(steps=[{"title": "Besoin", "fields": [outer]}])) == ["steps.0.fields.0.fields.0.kind"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code: [", "Ligne 1"),
        ("code: a\ncode: b", "écrite deux fois"),
        ("a: &x [1]\nb: *x", "renvois"),
        ("- une liste", "clés et de valeurs"),
        ("!!python/object/apply:os.system ['true']", "Ligne 1"),
        ("opens_on: 2026-02-31", "YAML lisible"),
        ("a: " + "[" * 3000, "YAML"),
        ("\x07", "YAML lisible"),
        ("x" * 600_000, "trop long"),
        ("{a: 1}: b", "Ligne 1"),
        ("", "clés et de valeurs"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_french(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_yaml(text)
    assert said in " ".join(refusal.value.faults.values())


plain_data = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8) | some.dates(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(key=some.sampled_from([*a_file(), "documents", "eligibility", "keywords", "closes_on"]), value=plain_data)
@example(key="regime", value={"\x85": None})
def test_whatever_a_file_says_it_is_understood_or_refused(key: str, value: object) -> None:
    try:
        definition = parse(a_file(**{key: value}))
    except Invalid:
        return
    assert read_yaml(write_yaml(definition)) == definition


@given(some.text())
def test_any_text_given_as_a_file_is_refused_in_french(text: str) -> None:
    with pytest.raises(Invalid):
        read_yaml(text)


def test_a_closed_procedure_says_when_it_opens_again() -> None:
    season = parse(a_file(opens_on="2026-03-02", closes_on="2026-04-30"))
    assert season.closure_sentence(date(2026, 3, 2)) == season.closure_sentence(date(2026, 4, 30)) == ""
    assert "ouvrira le lundi 2 mars 2026" in season.closure_sentence(date(2026, 3, 1))
    assert "fermée depuis le jeudi 30 avril 2026" in season.closure_sentence(date(2026, 5, 1))
    assert parse(a_file()).closure_sentence(date(2026, 3, 1)) == ""


def test_documents_are_asked_only_when_they_are_needed_and_cannot_be_fetched() -> None:
    birth = next(one for one in catalogue.load_procedures() if one.code == "birth_certificate")
    asked = {"act_kind": "full_copy", "requester_link": "descendant"}
    assert [one.code for one in birth.list_documents(asked)] == ["requester_id", "link_proof"]
    assert [one.code for one in birth.list_documents({**asked, "requester_link": "self"})] == ["requester_id"]
    assert birth.list_documents({**asked, "act_kind": "extract_plain"}) == ()
    terrace = next(one for one in catalogue.load_procedures() if one.code == "terrace_permit")
    assert "company_record" not in [one.code for one in terrace.list_documents({})]


def test_the_legal_regime_follows_the_answers() -> None:
    planning = next(one for one in catalogue.load_procedures() if one.code == "planning_certificate")
    assert planning.regime_for({"kind": "operational"})["delay"] == "2 months"
    assert planning.regime_for({"kind": "information"})["delay"] == "1 month"
    assert planning.regime_for({})["silence"] == "acceptance"


def test_a_field_is_found_by_its_code() -> None:
    found = street_issue().find_field("category")
    assert found is not None
    assert found.required
    assert street_issue().find_field("nothing") is None
