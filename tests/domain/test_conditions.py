"""Conditions are data: read with their faults, written back the same, and never surprising."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backoffice.domain import conditions
from backoffice.domain.conditions import Condition, holds
from backoffice.errors import Invalid


def condition(text: str) -> Condition:
    return conditions.parse(json.loads(text))


def test_a_question_without_condition_is_always_asked() -> None:
    assert holds(None, {})


def test_equals_and_in_compare_with_the_answer() -> None:
    full = condition('{"field": "kind", "in": ["full_copy", "extract"]}')
    assert holds(full, {"kind": "extract"})
    assert not holds(full, {"kind": "plain"})
    assert holds(condition('{"field": "kind", "equals": "plain"}'), {"kind": "plain"})


def test_an_unanswered_question_satisfies_nothing_but_a_denial() -> None:
    assert not holds(condition('{"field": "kind", "equals": "plain"}'), {})
    assert not holds(condition('{"field": "people", "at_least": 0}'), {})
    assert holds(condition('{"not": {"field": "kind", "equals": "plain"}}'), {})
    assert holds(condition('{"field": "kind", "answered": false}'), {})


def test_a_multiple_choice_is_satisfied_by_one_of_its_answers() -> None:
    weekend = condition('{"field": "days", "in": ["saturday", "sunday"]}')
    assert holds(weekend, {"days": ["monday", "sunday"]})
    assert not holds(weekend, {"days": ["monday"]})


def test_yes_is_never_taken_for_the_number_one() -> None:
    assert not holds(condition('{"field": "danger", "equals": 1}'), {"danger": True})
    assert not holds(condition('{"field": "danger", "at_least": 1}'), {"danger": True})
    assert holds(condition('{"field": "danger", "equals": true}'), {"danger": True})


def test_numbers_and_amounts_compare_with_a_threshold() -> None:
    large = condition('{"field": "amount", "at_least": 23001}')
    assert holds(large, {"amount": "23001.00"})
    assert not holds(large, {"amount": "23000.99"})
    assert not holds(large, {"amount": "beaucoup"})


def test_all_any_and_not_combine() -> None:
    both = condition('{"all": [{"field": "a", "answered": true}, {"not": {"field": "b", "answered": true}}]}')
    assert holds(both, {"a": "x"})
    assert not holds(both, {"a": "x", "b": "y"})
    either = condition('{"any": [{"field": "a", "answered": true}, {"field": "b", "answered": true}]}')
    assert holds(either, {"b": "y"})
    assert not holds(either, {"b": ""})


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '"act_kind == 1"',
        '{"equals": "x"}',
        '{"field": "a"}',
        '{"field": "a", "equals": ["x"]}',
        '{"field": "a", "in": []}',
        '{"field": "a", "at_least": "3"}',
        '{"field": "a", "at_least": true}',
        '{"field": "a", "answered": "yes"}',
        '{"field": "a", "equals": "x", "in": ["y"]}',
        '{"any": []}',
        '{"not": {"field": "a", "answered": true}, "all": []}',
    ],
)
def test_a_condition_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        conditions.parse(json.loads(text), "steps.0.when")
    assert all(path.startswith("steps.0.when") for path in refusal.value.faults)


def test_a_condition_too_deep_is_refused_before_it_hurts() -> None:
    data: object = {"field": "a", "answered": True}
    for _ in range(50):
        data = {"not": data}
    with pytest.raises(Invalid):
        conditions.parse(data)


codes = some.sampled_from(["kind", "days", "amount"])
comparisons = some.one_of(
    some.builds(lambda code, value: {"field": code, "equals": value}, codes, some.text() | some.booleans()),
    some.builds(lambda code, values: {"field": code, "in": values}, codes, some.lists(some.text(), min_size=2)),
    some.builds(lambda code, number: {"field": code, "at_least": number}, codes, some.integers()),
    some.builds(lambda code, expected: {"field": code, "answered": expected}, codes, some.booleans()),
)
expressions = some.recursive(
    comparisons,
    lambda inner: (
        inner.map(lambda one: {"not": one})
        | some.lists(inner, min_size=1, max_size=3).map(lambda several: {"any": several})
        | some.lists(inner, min_size=1, max_size=3).map(lambda several: {"all": several})
    ),
    max_leaves=6,
)


@given(expressions, some.dictionaries(codes, some.text() | some.booleans() | some.lists(some.text())))
def test_any_condition_survives_the_round_trip_and_always_answers(
    data: dict[str, object], values: dict[str, object]
) -> None:
    try:
        parsed = conditions.parse(data)
    except Invalid:
        return  # deeper than allowed
    assert conditions.dump(parsed) == data
    assert holds(parsed, values) is not holds(conditions.Not(parsed), values)
