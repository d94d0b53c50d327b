"""Formulas of calculated values: arithmetic written as data, read by people and never evaluated as code.

    12   "0.80"                                     {field: amount}   {field: other_income, otherwise: 0}
    {count: children}                               {each: expenses, field: price}
    {days: dates}                                   {worth: room, amounts: {hall: 150, gym: "82.50"}}
    {add: […, …]}   {subtract: [a, b]}   {multiply: […, …]}   {divide: [a, b]}   {least: […]}   {most: […]}

`each` is the total of a field over the repetitions of a block, `days` counts both ends of a period, `worth` gives an
amount to each choice. A formula that looks at a question without answer has no value, unless it says what to take
`otherwise`; neither has a division by zero.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any

from backoffice.errors import Invalid

MAX_DEPTH = 8
"""Nesting allowed in a formula; deeper ones are refused rather than understood wrongly."""

TOO_LARGE = Decimal(10) ** 15
"""No sum of a form comes near it: such a result is a mistyped answer, and has no value."""

OPERATIONS = ("add", "subtract", "multiply", "divide", "least", "most")
_OF_TWO = frozenset({"subtract", "divide"})
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number written in the formula."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; `otherwise` when there is none."""

    field: str
    otherwise: int | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """The total of one field over the repetitions of a block."""

    block: str
    field: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many repetitions of a block there are."""

    block: str


@dataclass(frozen=True, slots=True)
class Days:
    """How many days a period has, both ends counted."""

    period: str


@dataclass(frozen=True, slots=True)
class Worth:
    """The amount that goes with the answer to a question of one choice."""

    choice: str
    amounts: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One of OPERATIONS over its terms, in order."""

    name: str
    terms: tuple["Formula", ...]


Formula = Constant | Answer | Each | Count | Days | Worth | Operation
Look = Answer | Each | Count | Days | Worth
"""What a formula sees of the form."""


def value_of(formula: Formula, values: Mapping[str, Any]) -> Decimal | None:
    """What the formula gives with these answers; None when it has no value."""
    try:
        value = _value(formula, values)
    except DecimalException:
        return None
    return value if value is not None and abs(value) < TOO_LARGE else None


def looks(formula: Formula) -> Iterator[Look]:
    """Everything that the formula sees, so that it can be checked against a form."""
    if isinstance(formula, Operation):
        for term in formula.terms:
            yield from looks(term)
    elif not isinstance(formula, Constant):
        yield formula


def field_of(look: Look) -> str:
    """The field that it sees, by code: the block for what it takes in each repetition."""
    match look:
        case Answer(code, _) | Each(code, _) | Count(code) | Days(code) | Worth(code, _):
            return code


def parse(data: Any, path: str = "", depth: int = 0) -> Formula:
    """The formula written as `data`; raises Invalid with the fault at `path`."""
    if type(data) is int or isinstance(data, str):
        return Constant(_number(data, path))
    if not isinstance(data, Mapping):
        raise _fault(path, "Une formule s’écrit par exemple {multiply: [{field: surface}, 12]}.")
    if depth > MAX_DEPTH:
        raise _fault(path, "Cette formule est trop profonde : écrivez-la plus simplement.")
    keys = set(data)
    if len(keys) == 1 and (name := next(iter(keys))) in OPERATIONS:
        return Operation(name, _terms(name, data[name], f"{path}.{name}", depth))
    return _parse_look(data, keys, path)


def dump(formula: Formula) -> Any:
    """The formula as plain data, such that `parse(dump(formula)) == formula`."""
    match formula:
        case Constant(value):
            return _plain(value)
        case Answer(field, None):
            return {"field": field}
        case Answer(field, otherwise):
            return {"field": field, "otherwise": otherwise}
        case Each(block, field):
            return {"each": block, "field": field}
        case Count(block):
            return {"count": block}
        case Days(period):
            return {"days": period}
        case Worth(choice, amounts):
            return {"worth": choice, "amounts": {key: _plain(amount) for key, amount in amounts}}
        case Operation(name, terms):
            return {name: [dump(term) for term in terms]}


def _value(formula: Formula, values: Mapping[str, Any]) -> Decimal | None:
    match formula:
        case Constant(value):
            return value
        case Answer(field, otherwise):
            given = values.get(field, otherwise)
            return None if given is None else Decimal(str(given))
        case Each(block, field):
            prices = [item[field] for item in values.get(block) or () if field in item]
            return sum((Decimal(str(one)) for one in prices), Decimal(0)) if prices else None
        case Count(block):
            return Decimal(len(values.get(block) or ()))
        case Days(period):
            return _days(values.get(period) or {})
        case Worth(choice, amounts):
            return dict(amounts).get(values.get(choice, ""))
        case Operation(name, terms):
            known = [term for term in (_value(one, values) for one in terms) if term is not None]
            return _apply(name, known) if len(known) == len(terms) else None


def _apply(name: str, terms: list[Decimal]) -> Decimal:
    match name:
        case "add":
            return sum(terms, Decimal(0))
        case "subtract":
            return terms[0] - terms[1]
        case "divide":
            return terms[0] / terms[1]
        case "least":
            return min(terms)
        case "most":
            return max(terms)
        case _:
            product = Decimal(1)
            for term in terms:
                product *= term
            return product


def _days(period: Mapping[str, str]) -> Decimal | None:
    if "start" not in period or "end" not in period:
        return None
    return Decimal((date.fromisoformat(period["end"]) - date.fromisoformat(period["start"])).days + 1)


def _terms(name: str, data: Any, path: str, depth: int) -> tuple[Formula, ...]:
    if not isinstance(data, list) or len(data) < 2 or (name in _OF_TWO and len(data) > 2):
        many = "deux termes" if name in _OF_TWO else "au moins deux termes"
        raise _fault(path, f"Donnez une liste de {many}.")
    return tuple(parse(one, f"{path}.{index}", depth + 1) for index, one in enumerate(data))


def _parse_look(data: Mapping[str, Any], keys: set[str], path: str) -> Look:
    named = {key: value for key, value in data.items() if key not in ("otherwise", "amounts")}
    if all(isinstance(value, str) and value for value in named.values()):
        if keys == {"field"}:
            return Answer(data["field"])
        if keys == {"field", "otherwise"} and type(data["otherwise"]) is int:
            return Answer(data["field"], data["otherwise"])
        if keys == {"each", "field"}:
            return Each(data["each"], data["field"])
        if keys == {"count"}:
            return Count(data["count"])
        if keys == {"days"}:
            return Days(data["days"])
        if keys == {"worth", "amounts"} and isinstance(data["amounts"], Mapping) and data["amounts"]:
            amounts = ((str(key), _number(one, f"{path}.amounts.{key}")) for key, one in data["amounts"].items())
            return Worth(data["worth"], tuple(amounts))
    raise _fault(
        path,
        "Une formule est un nombre, une réponse (« field », avec « otherwise » au besoin), « each » et « field », "
        "« count », « days », « worth » et « amounts », ou un calcul : " + ", ".join(OPERATIONS) + ".",
    )


def _number(data: Any, path: str) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, int | str) or not _NUMBER.fullmatch(str(data)):
        raise _fault(path, 'Écrivez un nombre entier, ou un nombre à virgule entre guillemets comme "0.80".')
    return Decimal(str(data))


def _plain(value: Decimal) -> int | str:
    return int(value) if value == int(value) else format(value.normalize(), "f")


def _fault(path: str, sentence: str) -> Invalid:
    return Invalid("Cette formule n’est pas comprise.", {path or "formula": sentence})
