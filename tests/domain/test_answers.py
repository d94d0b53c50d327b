"""A whole form: steps, conditions, repetitions, what agents may leave unknown, what stops a request."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from backoffice.domain.answer_text import describe
from backoffice.domain.answers import as_posted, item_indexes, read_answers
from backoffice.domain.procedure_files import parse
from backoffice.domain.procedures import ProcedureDefinition

TODAY = date(2026, 3, 3)


def a_procedure(*fields: dict[str, Any], **details: Any) -> ProcedureDefinition:
    return parse(
        {
            "code": "test",
            "title": "Essai",
            "summary": ["Une phrase."],
            "who": "Tout le monde.",
            "theme": "Essais",
            "department": "voirie",
            "steps": [{"title": "Étape", "fields": list(fields)}],
            "regime": {"silence": "none"},
            "fee": "Gratuit.",
            "personal_data": {"purpose": "Essayer", "basis": "Mission", "recipients": "Nous"},
            "retention": {"years": 1, "from": "closure", "final": "D"},
            **details,
        }
    )


def posted(**answers: str | Sequence[str]) -> dict[str, Sequence[str]]:
    return {name: [text] if isinstance(text, str) else text for name, text in answers.items()}


VARIANT = {
    "code": "variant",
    "kind": "choice",
    "label": "Variante",
    "required": True,
    "choices": [{"value": "resident", "label": "Résident"}, {"value": "moving", "label": "Déménagement"}],
}
PLATE = {
    "code": "plate",
    "kind": "plate",
    "label": "Plaque",
    "required": True,
    "when": {"field": "variant", "equals": "resident"},
}
LENGTH = {
    "code": "length",
    "kind": "number",
    "label": "Longueur",
    "required": True,
    "when": {"field": "variant", "equals": "moving"},
}
CHILDREN = {
    "code": "children",
    "kind": "block",
    "label": "Enfants",
    "item_label": "Enfant",
    "required": True,
    "max_items": 3,
    "fields": [
        {"code": "family_name", "kind": "text", "label": "Nom", "required": True},
        {"code": "birth_date", "kind": "date", "label": "Naissance", "required": True, "latest": "today"},
        {"code": "allergy", "kind": "yes_no", "label": "Allergie"},
        {
            "code": "which",
            "kind": "text",
            "label": "Laquelle",
            "required": True,
            "when": {"field": "allergy", "equals": True},
        },
    ],
}


def test_a_hidden_question_is_neither_asked_nor_kept() -> None:
    answers = read_answers(
        a_procedure(VARIANT, PLATE, LENGTH), posted(variant="resident", plate="AB123CD", length="12")
    )
    assert answers.is_acceptable
    assert answers.values == {"variant": "resident", "plate": "AB-123-CD"}


def test_a_visible_compulsory_question_is_asked() -> None:
    answers = read_answers(a_procedure(VARIANT, PLATE, LENGTH), posted(variant="moving"))
    assert list(answers.errors) == ["length"]
    assert not answers.is_acceptable


def test_a_question_hidden_by_a_hidden_question_is_hidden_too() -> None:
    chain = {
        "code": "colour",
        "kind": "text",
        "label": "Couleur",
        "required": True,
        "when": {"field": "plate", "answered": True},
    }
    answers = read_answers(
        a_procedure(VARIANT, PLATE, LENGTH, chain), posted(variant="moving", plate="AB123CD", length="8", colour="bleu")
    )
    assert answers.values == {"variant": "moving", "length": 8}


def test_a_whole_step_may_be_skipped() -> None:
    definition = a_procedure(
        VARIANT,
        steps=[
            {"title": "Choix", "fields": [VARIANT]},
            {
                "title": "Véhicule",
                "when": {"field": "variant", "equals": "resident"},
                "fields": [{**PLATE, "when": None}],
            },
        ],
    )
    assert read_answers(definition, posted(variant="moving")).is_acceptable
    assert list(read_answers(definition, posted(variant="resident")).errors) == ["plate"]


def test_an_agent_may_leave_what_the_citizen_does_not_know() -> None:
    answers = read_answers(a_procedure(VARIANT, PLATE, CHILDREN), posted(variant="resident"), unknowns_allowed=True)
    assert answers.is_acceptable
    assert answers.unknown == ("plate", "children-0.family_name", "children-0.birth_date")
    assert answers.values == {"variant": "resident"}


def test_an_agent_is_still_told_of_a_mistyped_answer() -> None:
    answers = read_answers(a_procedure(VARIANT, PLATE), posted(variant="resident", plate="oups"), unknowns_allowed=True)
    assert list(answers.errors) == ["plate"]


def test_a_block_is_repeated_and_its_blank_lines_forgotten() -> None:
    form = {
        "children-0.family_name": ["Roy"],
        "children-0.birth_date": ["01/02/2020"],
        "children-1.family_name": [" "],
        "children-7.family_name": ["Petit"],
        "children-7.birth_date": ["2021-05-06"],
        "children-7.allergy": ["yes"],
        "children-7.which": ["Arachide"],
    }
    answers = read_answers(a_procedure(CHILDREN), form, today=TODAY)
    assert answers.errors == {}
    assert answers.values["children"] == [
        {"family_name": "Roy", "birth_date": "2020-02-01"},
        {"family_name": "Petit", "birth_date": "2021-05-06", "allergy": True, "which": "Arachide"},
    ]


def test_faults_in_a_block_are_named_by_their_input() -> None:
    form = {"children-2.birth_date": ["04/03/2026"], "children-2.allergy": ["yes"]}
    answers = read_answers(a_procedure(CHILDREN), form, today=TODAY)
    assert set(answers.errors) == {"children-2.family_name", "children-2.birth_date", "children-2.which"}


def test_a_block_has_a_maximum_and_a_compulsory_one_a_minimum() -> None:
    many = {f"children-{index}.family_name": ["Roy"] for index in range(9)}
    assert "au plus 3 réponses" in read_answers(a_procedure(CHILDREN), many).errors["children"]
    assert set(read_answers(a_procedure(CHILDREN), {}).errors) == {"children-0.family_name", "children-0.birth_date"}
    two = {**CHILDREN, "min_items": 2}
    one = {"children-0.family_name": ["Roy"], "children-0.birth_date": ["01/02/2020"]}
    assert set(read_answers(a_procedure(two), one).errors) == {"children-1.family_name", "children-1.birth_date"}


def test_files_inside_a_block_are_counted_under_their_input() -> None:
    proof = {"code": "proof", "kind": "files", "label": "Preuve", "required": True}
    block = {"code": "cars", "kind": "block", "label": "Véhicules", "fields": [proof]}
    answers = read_answers(a_procedure(block), {}, {"cars-0.proof": 2})
    assert answers.values == {"cars": [{"proof": 2}]}


def test_an_eligibility_rule_stops_the_citizen_early_but_never_the_agent() -> None:
    definition = a_procedure(
        VARIANT,
        eligibility=[
            {"when": {"field": "variant", "equals": "moving"}, "reason": "Trop tard.", "instead": "Appelez le poste."}
        ],
    )
    answers = read_answers(definition, posted(variant="moving"))
    assert answers.ineligible is not None
    assert answers.ineligible.instead == "Appelez le poste."
    assert not answers.is_acceptable
    assert read_answers(definition, posted(variant="moving"), unknowns_allowed=True).ineligible is None


def test_answers_fill_the_form_again_exactly() -> None:
    definition = a_procedure(
        VARIANT, PLATE, CHILDREN, {"code": "home", "kind": "address", "label": "Domicile"},
        {"code": "stay", "kind": "period", "label": "Séjour"}, {"code": "spot", "kind": "place", "label": "Lieu"},
        {"code": "amount", "kind": "money", "label": "Montant"},
        {"code": "agreed", "kind": "yes_no", "label": "Accord"},
        {"code": "days", "kind": "multiple_choice", "label": "Jours",
         "choices": [{"value": "1", "label": "Lundi"}, {"value": "2", "label": "Mardi"}]},
    )  # fmt: skip
    form = {
        "variant": ["resident"], "plate": ["AB-123-CD"], "children-0.family_name": ["Roy"],
        "children-0.birth_date": ["01/02/2020"], "children-0.allergy": ["no"], "home.line": ["3 rue Haute"],
        "home.postcode": ["49990"], "home.city": ["Saint-Aubin"], "stay.start": ["01/04/2026"],
        "stay.end": ["02/04/2026"], "spot.latitude": ["47,5"], "spot.longitude": ["-0.55"], "amount": ["12,50"],
        "agreed": ["no"], "days": ["2", "1"],
    }  # fmt: skip
    first = read_answers(definition, form)
    assert first.errors == {}
    again = read_answers(definition, as_posted(first.values))
    assert again == first


def test_unknown_inputs_are_ignored() -> None:
    answers = read_answers(a_procedure(VARIANT), posted(variant="moving", csrf_token="x", admin="yes"))
    assert answers.values == {"variant": "moving"}


def test_a_case_page_shows_the_answers_in_french() -> None:
    definition = a_procedure(VARIANT, LENGTH, CHILDREN, {"code": "note", "kind": "information", "label": "À savoir"})
    values = {"variant": "moving", "length": 12, "children": [{"family_name": "Roy", "birth_date": "2020-02-01"}]}
    assert describe(definition, values) == [
        ("Variante", "Déménagement"),
        ("Longueur", "12"),
        ("Enfant 1 – Nom", "Roy"),
        ("Enfant 1 – Naissance", "1er février 2020"),
    ]


def test_health_and_papers_stay_inside_the_case() -> None:
    passport = {"code": "passport", "kind": "text", "label": "Passeport", "sensitive": True}
    definition = a_procedure(VARIANT, passport)
    values = {"variant": "moving", "passport": "12AB34567"}
    assert ("Passeport", "12AB34567") in describe(definition, values)
    assert describe(definition, values, sensitive=False) == [("Variante", "Déménagement")]


def test_the_repetitions_posted_are_listed_by_number() -> None:
    names = ["children-0.a", "children-12.b", "children-0.c", "children-x.a", "my_children-3.a", "children-99999999.a"]
    assert item_indexes("children", names) == [0, 12]
