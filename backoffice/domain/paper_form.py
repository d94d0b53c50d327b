"""A procedure's form on paper, from the same definition as on screen: what to write, what to tick, and when.

Everything is plain data, since a sheet is kept as it was printed. A line is a mapping: `as` (its drawing), `label`,
`hint`, `only_if` (when it has to be answered), and what its drawing needs: `lines`, `boxes` (sizes of groups),
`choices`, `inner`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from backoffice.domain import condition_words
from backoffice.domain.conditions import Condition, comparisons
from backoffice.domain.fields import Choice, Field, FieldKind, parts_of
from backoffice.domain.french import NBSP, plural
from backoffice.domain.procedures import DocumentSource, ProcedureDefinition
from backoffice.domain.requester import REQUESTER_FIELDS

Line = dict[str, Any]

MOST_REPETITIONS = 3
"""Repetitions of a block drawn on the sheet; the next ones are written on another."""
LONG_TEXT_LINES = 6
LONGEST_ROW = 60
"""Characters of choices that stand on one line, when none has a hint."""
ON_PAPER = frozenset(set(FieldKind) - {FieldKind.CALCULATED})
"""A calculated value is the service's to compute."""

_BOXES: dict[FieldKind, tuple[int, ...]] = {
    FieldKind.DATE: (2, 2, 4),
    FieldKind.SIRET: (3, 3, 3, 5),
    FieldKind.RNA: (10,),
    FieldKind.IBAN: (4, 4, 4, 4, 4, 4, 3),
    FieldKind.PHONE: (2, 2, 2, 2, 2),
}
_REQUESTER_ROWS = (
    ("family_name", "given_names"),
    ("usage_name", "organisation"),
    ("email", "phone"),
    ("address_line",),
    ("postcode", "city"),
    ("contact_preference",),
)


def describe(definition: ProcedureDefinition) -> dict[str, Any]:
    """Everything that the sheet says of the procedure itself."""
    questions = {field.code: field for field in definition.fields}
    computed = {field.code for field in definition.fields if field.kind not in ON_PAPER}
    return {
        "title": definition.title,
        "who": definition.who,
        "warning": definition.warning,
        "fee": definition.fee,
        "stops": [
            {"when": _condition(rule.when, questions), "reason": rule.reason, "instead": rule.instead}
            for rule in definition.eligibility
            if all(one.field not in computed for one in comparisons(rule.when))
        ],
        "sections": [
            {
                "title": step.title,
                "introduction": step.introduction,
                "only_if": _condition(step.when, questions),
                "lines": _lines(step.fields, questions),
            }
            for step in definition.steps
        ],
        "requester": _requester(anonymous=definition.anonymous_allowed),
        "documents": [
            {"label": one.label, "hint": one.hint, "only_if": _condition(one.when, questions)}
            for one in definition.documents
            if one.source is DocumentSource.USER
        ],
    }


def _lines(fields: Iterable[Field], known: Mapping[str, Field]) -> list[Line]:
    return [_line(field, known) for field in fields if field.kind in ON_PAPER]


def _line(field: Field, known: Mapping[str, Field]) -> Line:
    line: Line = {
        "as": "line",
        "label": field.label,
        "hint": field.hint,
        "optional": not field.required and field.kind is not FieldKind.INFORMATION,
        "only_if": _condition(field.when, known),
        "unit": "€" if field.kind is FieldKind.MONEY else field.unit,
    }
    return line | _drawing(field, known)


def _drawing(field: Field, known: Mapping[str, Field]) -> Line:
    if field.kind in _BOXES:
        return {"as": "boxes", "boxes": list(_BOXES[field.kind])}
    draw = _DRAWINGS.get(field.kind)
    return draw(field, known) if draw else {}


def _yes_or_no(field: Field, _: Mapping[str, Field]) -> Line:
    if field.must_accept:
        return _boxes_to_tick([Choice("yes", "Oui, je m’y engage")])
    return _boxes_to_tick([Choice("yes", "Oui"), Choice("no", "Non")])


def _group(field: Field, _: Mapping[str, Field]) -> Line:
    return {"as": "group", "inner": [_line(part, {}) for part in parts_of(field)]}


def _block(field: Field, known: Mapping[str, Field]) -> Line:
    name = field.item_label or field.label
    drawn = min(field.max_items or MOST_REPETITIONS, MOST_REPETITIONS)
    inner_known = {**known, **{inner.code: inner for inner in field.fields}}
    items = [
        {"as": "group", "label": f"{name} {rank}", "inner": _lines(field.fields, inner_known)}
        for rank in range(1, drawn + 1)
    ]
    more = field.max_items is None or field.max_items > drawn
    limit = f" ({field.max_items} au plus)" if field.max_items else ""
    return {"as": "block", "inner": items, "rule": f"S’il y en a d’autres{limit}, ajoutez une feuille." if more else ""}


def _several(field: Field) -> str:
    if field.max_items:
        return f"Plusieurs réponses possibles{NBSP}: {plural(field.max_items, 'case')} au plus."
    return "Plusieurs réponses possibles."


def _boxes_to_tick(choices: Iterable[Choice], rule: str = "") -> Line:
    listed = [{"label": one.label, "hint": one.hint} for one in choices]
    beside = not any(one["hint"] for one in listed) and sum(len(one["label"]) for one in listed) <= LONGEST_ROW
    return {"as": "choices", "choices": listed, "rule": rule, "beside": beside}


def _requester(*, anonymous: bool) -> list[list[Line]]:
    """The questions about who sends it, in the rows in which they stand beside each other."""
    by_code = {field.code: field for field in REQUESTER_FIELDS}
    needed = frozenset() if anonymous else frozenset({"family_name", "given_names"})
    return [[_about_sender(by_code[code], needed) for code in row] for row in _REQUESTER_ROWS]


def _about_sender(field: Field, needed: frozenset[str]) -> Line:
    # The example of an e-mail address is of no use to a pen.
    hint = "" if field.code == "email" else field.hint
    line = _line(field, {}) | {"optional": field.code not in needed, "hint": hint}
    return line | {"as": "boxes", "boxes": [5]} if field.code == "postcode" else line


def _condition(condition: Condition | None, known: Mapping[str, Field]) -> str:
    return condition_words.in_words(condition, known) if condition else ""


_DRAWINGS: dict[FieldKind, Callable[[Field, Mapping[str, Field]], Line]] = {
    FieldKind.INFORMATION: lambda _field, _known: {"as": "text"},
    FieldKind.LONG_TEXT: lambda _field, _known: {"as": "lines", "lines": LONG_TEXT_LINES},
    FieldKind.PLACE: lambda _field, _known: {"as": "lines", "lines": 2},
    FieldKind.CHOICE: lambda field, _: _boxes_to_tick(field.choices, "Cochez une seule case."),
    FieldKind.MULTIPLE_CHOICE: lambda field, _: _boxes_to_tick(field.choices, _several(field)),
    FieldKind.YES_NO: _yes_or_no,
    FieldKind.FILES: lambda _field, _known: _boxes_to_tick([Choice("joined", "Je le joins à ce formulaire")]),
    FieldKind.PERSON: _group,
    FieldKind.ADDRESS: _group,
    FieldKind.PERIOD: _group,
    FieldKind.BLOCK: _block,
}
"""What is drawn for an answer, where it is not a line to write on."""
