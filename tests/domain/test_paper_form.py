"""Every question of every procedure has its place on paper, with when it has to be answered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from backoffice import catalogue as starter
from backoffice.domain import condition_words, paper_form
from backoffice.domain.conditions import parse
from backoffice.domain.fields import Choice, Field, FieldKind
from backoffice.domain.procedures import DocumentSource, ProcedureDefinition
from tests.web.visits import words

PROCEDURES = starter.load_procedures()


def every_line(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield line
        yield from every_line(line.get("inner", []))


def on_paper(definition: ProcedureDefinition) -> list[dict[str, Any]]:
    form = paper_form.describe(definition)
    return [line for section in form["sections"] for line in every_line(section["lines"])]


@pytest.mark.parametrize("definition", PROCEDURES, ids=lambda one: one.code)
def test_no_question_and_no_document_is_left_out(definition: ProcedureDefinition) -> None:
    lines = on_paper(definition)
    labels = {line["label"] for line in lines}
    asked = [field for field in definition.fields if field.kind is not FieldKind.CALCULATED]
    assert {field.label for field in asked} <= labels
    for field in asked:
        drawn = next(line for line in lines if line["label"] == field.label)
        assert bool(drawn["only_if"]) is (field.when is not None)
        if field.kind in (FieldKind.CHOICE, FieldKind.MULTIPLE_CHOICE):
            assert [one["label"] for one in drawn["choices"]] == [one.label for one in field.choices]
    wanted = [one.label for one in definition.documents if one.source is DocumentSource.USER]
    assert [one["label"] for one in paper_form.describe(definition)["documents"]] == wanted
    json.dumps(paper_form.describe(definition))


def test_a_name_is_optional_where_one_may_stay_anonymous() -> None:
    by_code = {one.code: paper_form.describe(one)["requester"][0][0] for one in PROCEDURES}
    assert by_code["street_issue"]["optional"]
    assert not by_code["birth_certificate"]["optional"]


QUESTIONS = {
    "kind": Field("kind", FieldKind.CHOICE, "Quel acte ?", choices=(Choice("a", "Copie"), Choice("b", "Extrait"))),
    "danger": Field("danger", FieldKind.YES_NO, "Danger ?"),
    "people": Field("people", FieldKind.NUMBER, "Combien ?"),
}


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"field": "kind", "in": ["a", "b"]}, "votre réponse à « Quel acte ? » est : Copie ou Extrait"),
        ({"field": "danger", "equals": True}, "votre réponse à « Danger ? » est : oui"),
        ({"field": "people", "at_least": 1000}, "votre réponse à « Combien ? » est d’au moins 1 000"),
        ({"field": "people", "answered": False}, "vous n’avez pas répondu à « Combien ? »"),
        ({"not": {"field": "kind", "equals": "a"}}, "votre réponse à « Quel acte ? » n’est pas : Copie"),
        (
            {"all": [{"field": "danger", "equals": False}, {"any": [{"field": "people", "answered": True}]}]},
            "votre réponse à « Danger ? » est : non, et vous avez répondu à « Combien ? »",
        ),
    ],
)
def test_a_condition_is_told_in_words(condition: dict[str, Any], sentence: str) -> None:
    assert words(condition_words.in_words(parse(condition), QUESTIONS)) == sentence
