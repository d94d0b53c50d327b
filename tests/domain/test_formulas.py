"""Calculated values: arithmetic as data, exact to the cent, never evaluated as code, checked against its form."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backoffice.domain import formulas
from backoffice.domain.answer_text import describe
from backoffice.domain.answers import read_answers
from backoffice.domain.procedure_files import parse, read_yaml, write_yaml
from backoffice.errors import Invalid
from tests.domain.test_procedures import a_file

ROOM = {"worth": "room", "amounts": {"hall": 150, "gym": "82.50"}}
FIELDS: list[dict[str, Any]] = [
    {
        "code": "room",
        "kind": "choice",
        "label": "Salle",
        "choices": [{"value": "hall", "label": "Fêtes"}, {"value": "gym", "label": "Gymnase"}],
    },
    {"code": "dates", "kind": "period", "label": "Dates"},
    {"code": "guests", "kind": "number", "label": "Personnes"},
    {"code": "grant", "kind": "money", "label": "Aide"},
    {
        "code": "expenses",
        "kind": "block",
        "label": "Dépenses",
        "fields": [
            {"code": "item", "kind": "text", "label": "Objet"},
            {"code": "price", "kind": "money", "label": "Prix"},
            {
                "code": "with_tax",
                "kind": "calculated",
                "label": "Avec la taxe",
                "unit": "€",
                "decimals": 2,
                "formula": {"multiply": [{"field": "price"}, "1.2"]},
            },
        ],
    },
]


def value(formula: Any, values: dict[str, Any]) -> Decimal | None:
    return formulas.value_of(formulas.parse(formula), values)


def a_form(*fields: dict[str, Any]) -> dict[str, Any]:
    return a_file(steps=[{"title": "Besoin", "fields": [*FIELDS, *fields]}])


def calculated(formula: Any, **more: Any) -> dict[str, Any]:
    return {"code": "result", "kind": "calculated", "label": "Résultat", "formula": formula, **more}


def faults(*fields: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        parse(a_form(*fields))
    return refusal.value.faults


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ({"add": [{"field": "grant"}, "0.10", "0.20"]}, "1000.80"),
        ({"subtract": [{"field": "guests"}, 40]}, "-28"),
        ({"multiply": [{"field": "guests"}, {"field": "grant"}]}, "12006.00"),
        ({"divide": [{"field": "guests"}, 8]}, "1.5"),
        ({"least": [{"field": "guests"}, 10]}, "10"),
        ({"most": [{"field": "guests"}, 10]}, "12"),
        ({"days": "dates"}, "3"),
        (ROOM, "82.50"),
        ({"multiply": [ROOM, {"days": "dates"}]}, "247.50"),
        ({"count": "expenses"}, "2"),
        ({"each": "expenses", "field": "price"}, "30.30"),
        ({"field": "missing", "otherwise": 5}, "5"),
        (7, "7"),
    ],
)
def test_a_formula_gives_an_exact_value(formula: Any, expected: str) -> None:
    answers = {
        "guests": 12,
        "grant": "1000.50",
        "room": "gym",
        "dates": {"start": "2026-03-27", "end": "2026-03-29"},
        "expenses": [{"price": "10.10"}, {"price": "20.20"}],
    }
    assert value(formula, answers) == Decimal(expected)


@pytest.mark.parametrize(
    "formula",
    [
        {"field": "guests"},
        {"add": [{"field": "guests"}, 1]},
        {"divide": [1, {"field": "zero"}]},
        {"days": "dates"},
        ROOM,
        {"each": "expenses", "field": "price"},
        {"multiply": [{"field": "huge"}, {"field": "huge"}]},
    ],
)
def test_a_formula_without_its_answers_has_no_value(formula: Any) -> None:
    assert (
        value(formula, {"zero": 0, "huge": 999_999_999_999, "room": "cellar", "dates": {"start": "2026-01-01"}}) is None
    )


@pytest.mark.parametrize(
    "written",
    [
        None, True, 1.5, "", "1,5", "guests * 2", "__import__('os')", [], {}, {"field": ""}, {"field": 3},
        {"eval": [1, 2]}, {"add": []}, {"add": [1]}, {"divide": [1, 2, 3]}, {"field": "a", "otherwise": "b"},
        {"worth": "room", "amounts": {}}, {"worth": "room", "amounts": {"hall": True}}, {"count": "a", "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_french(written: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        formulas.parse(written)
    assert all(sentence.endswith(".") for sentence in refusal.value.faults.values())


def test_a_formula_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(formulas.MAX_DEPTH + 2):
        deep = {"add": [deep, 1]}
    with pytest.raises(Invalid, match="formule"):
        formulas.parse(deep)


leaves = (
    some.integers(-(10**6), 10**6)
    | some.decimals(-999, 999, places=2, allow_nan=False).map(str)
    | some.sampled_from([{"field": "a"}, {"field": "a", "otherwise": 0}, {"count": "b"}, {"days": "p"}, ROOM])
)
written_formulas = some.recursive(
    leaves,
    lambda inner: some.builds(
        lambda name, terms: {name: terms},
        some.sampled_from(formulas.OPERATIONS),
        some.lists(inner, min_size=2, max_size=2),
    ),
    max_leaves=12,
)


@given(written_formulas, some.integers(0, 10**12))
def test_a_formula_comes_back_the_same_and_never_fails(written: Any, answer: int) -> None:
    formula = formulas.parse(written)
    assert formulas.parse(formulas.dump(formula)) == formula
    found = formulas.value_of(formula, {"a": answer, "room": "gym"})
    assert found is None or abs(found) < formulas.TOO_LARGE


def test_a_calculated_value_is_computed_by_the_house_whatever_was_posted() -> None:
    total = calculated({"multiply": [ROOM, {"days": "dates"}]}, unit="€", decimals=2)
    share = {**calculated({"divide": [{"field": "grant"}, {"field": "result"}]}, unit="%"), "code": "share"}
    definition = parse(a_form(total, share))
    form = {
        "room": ["gym"],
        "dates.start": ["27/03/2026"],
        "dates.end": ["29/03/2026"],
        "grant": ["371,25"],
        "result": ["1"],
        "expenses-0.price": ["10,10"],
        "expenses-0.with_tax": ["0"],
    }
    values = read_answers(definition, form).values
    assert (values["result"], values["share"]) == ("247.50", 2)
    assert values["expenses"] == [{"price": "10.10", "with_tax": "12.12"}]
    assert ("Résultat", "247,50\u00a0€") in describe(definition, values)
    assert "result" not in read_answers(definition, {"room": ["gym"]}).values


def test_a_blank_repetition_is_not_kept_for_its_calculated_value() -> None:
    definition = parse(a_form())
    assert "expenses" not in read_answers(definition, {"expenses-0.with_tax": ["3"]}).values


def test_a_condition_may_look_at_a_calculated_value() -> None:
    note = {
        "code": "note",
        "kind": "text",
        "label": "Pourquoi ?",
        "required": True,
        "when": {"field": "result", "at_least": 100},
    }
    definition = parse(a_form(calculated({"multiply": [{"field": "guests"}, 10]}), note))
    assert "note" in read_answers(definition, {"guests": ["10"]}).errors
    assert "note" not in read_answers(definition, {"guests": ["9"]}).errors


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ({"field": "nothing"}, "pas un champ écrit avant"),
        ({"field": "room"}, "pas un nombre"),
        ({"count": "guests"}, "pas un bloc"),
        ({"days": "guests"}, "pas une période"),
        ({"each": "expenses", "field": "item"}, "pas de champ «\u00a0item"),
        ({"worth": "room", "amounts": {"hall": 1}}, "à chacun des choix"),
        ({"worth": "guests", "amounts": {"a": 1}}, "à chacun des choix"),
        ({"plus": [1, 2]}, "Une formule est"),
    ],
)
def test_a_formula_that_does_not_fit_its_form_is_a_fault_of_the_file(formula: Any, said: str) -> None:
    found = faults(calculated(formula))
    assert [path for path in found if path.startswith("steps.0.fields.5.formula")] == list(found)
    assert said.replace("\u00a0", " ") in " ".join(found.values()).replace("\u00a0", " ")


def test_a_formula_belongs_to_a_calculated_value_which_nobody_is_asked_for() -> None:
    assert "steps.0.fields.5.formula" in faults({"code": "x", "kind": "number", "label": "X", "formula": 3})
    assert "steps.0.fields.5.formula" in faults({"code": "x", "kind": "calculated", "label": "X"})
    assert "steps.0.fields.5.required" in faults(calculated(3, required=True))


def test_a_procedure_with_formulas_is_exported_as_it_was_imported() -> None:
    definition = parse(a_form(calculated({"add": [ROOM, {"field": "guests", "otherwise": 0}]}, decimals=2)))
    assert read_yaml(write_yaml(definition)) == definition
