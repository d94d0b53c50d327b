"""Conditions between answers: a small language written as data, read by people and never evaluated as code.

    {field: act_kind, in: [full_copy, extract]}     {field: variant, equals: moving}
    {field: attendance, at_least: 300}              {field: caf_number, answered: true}
    {not: …}    {any: [… , …]}    {all: [… , …]}

A list of answers (multiple choice) satisfies `equals` and `in` when one of its members does.
A question that was not answered satisfies nothing but `not` and `answered: false`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from backoffice.errors import Invalid

MAX_DEPTH = 8
"""Nesting allowed in a condition; deeper ones are refused rather than understood wrongly."""

Scalar = str | bool | int


@dataclass(frozen=True, slots=True)
class Among:
    """One of `values` was answered; `equals` is the same thing with a single value."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number of at least `minimum` was answered."""

    field: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The question was answered (or was not, when `expected` is false)."""

    field: str
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Not:
    """The inner condition is false."""

    inner: "Condition"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One at least of the conditions is true."""

    inner: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition is true."""

    inner: tuple["Condition", ...]


Condition = Among | AtLeast | Answered | Not | AnyOf | AllOf


def holds(condition: Condition | None, values: Mapping[str, Any]) -> bool:
    """Whether the condition is true of these answers; no condition is always true."""
    match condition:
        case None:
            return True
        case Among(field, expected):
            given = values.get(field)
            return any(_same(one, value) for one in _members(given) for value in expected)
        case AtLeast(field, minimum):
            return any(_reaches(one, minimum) for one in _members(values.get(field)))
        case Answered(field, expected):
            return _is_answered(values.get(field)) is expected
        case Not(inner):
            return not holds(inner, values)
        case AnyOf(several):
            return any(holds(one, values) for one in several)
        case AllOf(several):
            return all(holds(one, values) for one in several)


def comparisons(condition: Condition | None) -> Iterator[Among | AtLeast | Answered]:
    """Every comparison of the condition, so that its fields and values can be checked against a form."""
    match condition:
        case None:
            return
        case Not(inner):
            yield from comparisons(inner)
        case AnyOf(several) | AllOf(several):
            for one in several:
                yield from comparisons(one)
        case _:
            yield condition


def looks_at(condition: Condition | None, codes: Collection[str]) -> bool:
    """Whether a condition holds or not by one of these answers."""
    return any(one.field in codes for one in comparisons(condition))


def parse(data: Any, path: str = "", depth: int = 0) -> Condition:
    """The condition written as `data`; raises Invalid with the fault at `path`."""
    if not isinstance(data, Mapping) or not data:
        raise _fault(path, "Une condition s’écrit par exemple {field: variante, equals: valeur}.")
    if depth > MAX_DEPTH:
        raise _fault(path, "Cette condition est trop profonde : écrivez-la plus simplement.")
    keys = set(data)
    if keys == {"not"}:
        return Not(parse(data["not"], f"{path}.not", depth + 1))
    if keys == {"any"}:
        return AnyOf(_parse_several(data["any"], f"{path}.any", depth))
    if keys == {"all"}:
        return AllOf(_parse_several(data["all"], f"{path}.all", depth))
    return _parse_comparison(data, keys, path)


def dump(condition: Condition) -> dict[str, Any]:
    """The condition as plain data, such that `parse(dump(condition)) == condition`."""
    match condition:
        case Among(field, (value,)):
            return {"field": field, "equals": value}
        case Among(field, expected):
            return {"field": field, "in": list(expected)}
        case AtLeast(field, minimum):
            return {"field": field, "at_least": minimum}
        case Answered(field, expected_answer):
            return {"field": field, "answered": expected_answer}
        case Not(inner):
            return {"not": dump(inner)}
        case AnyOf(several):
            return {"any": [dump(one) for one in several]}
        case AllOf(several):
            return {"all": [dump(one) for one in several]}


def _parse_several(data: Any, path: str, depth: int) -> tuple[Condition, ...]:
    if not isinstance(data, list) or not data:
        raise _fault(path, "Donnez une liste d’au moins une condition.")
    return tuple(parse(one, f"{path}.{index}", depth + 1) for index, one in enumerate(data))


def _parse_comparison(data: Mapping[str, Any], keys: set[str], path: str) -> Condition:
    field = data.get("field")
    if not isinstance(field, str) or not field:
        raise _fault(path, "Indiquez dans « field » le code du champ que la condition regarde.")
    if keys == {"field", "equals"} and isinstance(data["equals"], Scalar):
        return Among(field, (data["equals"],))
    if keys == {"field", "in"} and _is_scalar_list(data["in"]):
        return Among(field, tuple(data["in"]))
    if keys == {"field", "at_least"} and type(data["at_least"]) is int:
        return AtLeast(field, data["at_least"])
    if keys == {"field", "answered"} and isinstance(data["answered"], bool):
        return Answered(field, data["answered"])
    raise _fault(
        path,
        "Avec « field », donnez une seule comparaison : « equals » (une valeur), « in » (une liste), "
        "« at_least » (un nombre entier) ou « answered » (true ou false).",
    )


def _is_scalar_list(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and all(isinstance(one, Scalar) for one in data)


def _members(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _same(given: Any, expected: Scalar) -> bool:
    """Equality that never takes True for 1."""
    return type(given) is type(expected) and bool(given == expected)


def _reaches(given: Any, minimum: int) -> bool:
    if isinstance(given, bool):
        return False
    try:
        return Decimal(str(given)) >= minimum
    except InvalidOperation:
        return False


def _is_answered(given: Any) -> bool:
    return given is not None and given not in ("", [], {})


def _fault(path: str, sentence: str) -> Invalid:
    return Invalid("Cette condition n’est pas comprise.", {path or "when": sentence})
