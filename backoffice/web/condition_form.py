"""A condition as a form shows it: one line of a list for each comparison, and whether all or one of them must hold.

Each line offers whole comparisons in words (« Type de logement : Maison »), so that the form needs no script and cannot
ask for an answer that does not exist. What is written deeper in a file is shown in words, to keep or to remove.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain import condition_words, conditions
from backoffice.domain.conditions import AllOf, Among, Answered, AnyOf, AtLeast, Condition, Not
from backoffice.domain.fields import CHOICE_KINDS, Field, FieldKind
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Invalid

MOST_LINES = 6
ALL, ANY = "all", "any"
_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.MONEY, FieldKind.CALCULATED})
_UNKNOWN = "Cette condition n’est pas comprise : choisissez-en une dans la liste."
_NO_NUMBER = "Écrivez le nombre à partir duquel c’est vrai."

Group = tuple[str, list[tuple[str, str]]]
"""A question, and the comparisons that may be made with it: value of the option, words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison: the value of its option, and the number of « au moins »."""

    option: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """What the form shows; `kept` is a deeper condition as JSON, which the form keeps as it is, and `words` say it."""

    lines: tuple[Line, ...]
    joined: str
    groups: list[Group]
    kept: str = ""
    words: str = ""

    @property
    def has_numbers(self) -> bool:
        """Whether some comparison wants a number beside it."""
        return any('"at_least"' in value for _, options in self.groups for value, _ in options)


def fields_before(definition: ProcedureDefinition, step: int, rank: int, block: str = "") -> list[Field]:
    """The questions that a condition may look at, from this place of the form."""
    found = [field for one in definition.steps[:step] for field in one.fields]
    if step >= len(definition.steps):
        return found
    asked = definition.steps[step].fields
    if not block:
        return [*found, *asked[:rank]]
    at = next((place for place, one in enumerate(asked) if one.code == block), len(asked))
    return [*found, *asked[:at], *(asked[at].fields[:rank] if at < len(asked) else ())]


def shown(
    condition: Condition | None, before: Iterable[Field], called: Mapping[str, Field] | None = None
) -> ConditionForm:
    """The form of a condition, whose lines look at these questions; `called` names those that are gone too."""
    known = {one.code: one for one in before}
    called = known if called is None else called
    joined, simple = _lines(condition)
    if simple is None and condition is not None:
        words = condition_words.in_words(condition, called)
        return ConditionForm((), joined, [], json.dumps(conditions.dump(condition)), words)
    lines = [_line(one) for one in simple or ()]
    groups = [_group(one) for one in known.values() if one.kind is not FieldKind.INFORMATION]
    offered = {value for _, options in groups for value, _ in options}
    lost = [one for one in simple or () if _line(one).option not in offered]
    if lost:
        groups.append(("N’existe plus", [(_line(one).option, condition_words.in_words(one, called)) for one in lost]))
    room = [*lines, Line()][:MOST_LINES]
    return ConditionForm(tuple(room), joined, groups)


def read(form: Mapping[str, str], faults: dict[str, str], prefix: str = "when") -> Condition | None:
    """The condition of a posted form; what is not understood is told in `faults`, by the name of the input."""
    if form.get(f"{prefix}-kept") and not form.get(f"{prefix}-drop"):
        return _parsed(form[f"{prefix}-kept"], None, f"{prefix}-drop", faults)
    found: list[Condition] = []
    for rank in range(MOST_LINES):
        if option := form.get(f"{prefix}-{rank}", ""):
            one = _parsed(option, form.get(f"{prefix}-number-{rank}", ""), f"{prefix}-{rank}", faults)
            if one is not None and one not in found:
                found.append(one)
    return _joined(found, form.get(f"{prefix}-joined", ALL))


def _joined(found: list[Condition], how: str) -> Condition | None:
    if len(found) < 2:
        return found[0] if found else None
    if how != ANY:
        return AllOf(tuple(found))
    among = [one for one in found if isinstance(one, Among)]
    if len(among) == len(found) and len({one.field for one in among}) == 1:
        return Among(among[0].field, tuple(value for one in among for value in one.values))
    return AnyOf(tuple(found))


def _parsed(text: str, number: str | None, name: str, faults: dict[str, str]) -> Condition | None:
    try:
        data: Any = json.loads(text)
        if number is not None and isinstance(data, dict) and "at_least" in data:
            if not (number.strip().isascii() and number.strip().isdigit() and len(number.strip()) <= 9):
                faults[name] = _NO_NUMBER
                return None
            data["at_least"] = int(number)
        return conditions.parse(data)
    except (ValueError, RecursionError, Invalid):
        faults[name] = _UNKNOWN
        return None


def _lines(condition: Condition | None) -> tuple[str, list[Condition] | None]:
    """How the lines are joined, and the lines; None for a condition that the form does not hold."""
    match condition:
        case None:
            return ALL, []
        case Among(field, values) if len(values) > 1:
            return ANY, [Among(field, (value,)) for value in values] if len(values) <= MOST_LINES else None
        case AllOf(inner) | AnyOf(inner):
            joined = ALL if isinstance(condition, AllOf) else ANY
            return joined, list(inner) if len(inner) <= MOST_LINES and all(map(_is_simple, inner)) else None
        case _:
            return ALL, [condition] if _is_simple(condition) else None


def _is_simple(condition: Condition) -> bool:
    match condition:
        case Among(_, values):
            return len(values) == 1
        case Not(inner):
            return isinstance(inner, Among) and len(inner.values) == 1
        case AtLeast() | Answered():
            return True
        case _:
            return False


def _line(condition: Condition) -> Line:
    if isinstance(condition, AtLeast):
        return Line(_option(AtLeast(condition.field, 0)), str(condition.minimum))
    return Line(_option(condition))


def _option(condition: Condition) -> str:
    return json.dumps(conditions.dump(condition), ensure_ascii=False)


def _group(field: Field) -> Group:
    options: list[tuple[Condition, str]] = []
    if field.kind in CHOICE_KINDS:
        options += [(Among(field.code, (one.value,)), one.label) for one in field.choices]
        options += [(Not(Among(field.code, (one.value,))), f"n’est pas : {one.label}") for one in field.choices]
    elif field.kind is FieldKind.YES_NO:
        options += [(Among(field.code, (True,)), "oui"), (Among(field.code, (False,)), "non")]
    elif field.kind in _NUMBERS:
        options.append((AtLeast(field.code, 0), "au moins le nombre écrit à côté"))
    options += [(Answered(field.code), "il y a une réponse"), (Answered(field.code, False), "il n’y a pas de réponse")]
    return field.label, [(_option(one), f"{field.label} : {words}") for one, words in options]
