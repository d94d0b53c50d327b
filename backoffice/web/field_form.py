"""A question of a procedure as a form: what it shows, and the question that comes back."""

from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from backoffice.domain import formulas, procedure_editing, procedure_files
from backoffice.domain.fields import Field, FieldKind
from backoffice.errors import Invalid
from backoffice.web import condition_form

NUMBERS = ("max_length", "minimum", "maximum", "max_days", "min_items", "max_items")
TEXTS = ("hint", "unit", "earliest", "latest", "item_label")
TICKS = ("required", "must_accept", "sensitive")
LISTS = ("parts", "readers")
LONGEST_TEXT = 2000
NOT_WHOLE = "Écrivez un nombre entier, ou rien."

Form = MultiDict[str, str]


def read(form: Form, before: Field) -> tuple[Field, dict[str, str]]:
    """The question of a form, and the faults of what cannot be kept at all; the rest is told when it is checked."""
    faults: dict[str, str] = {}
    kind = FieldKind(form["kind"]) if form.get("kind") in set(FieldKind) else before.kind
    said: dict[str, Any] = {name: whole(form.get(name, ""), name, faults) for name in NUMBERS}
    said |= {name: line(form, name) for name in TEXTS} | {name: bool(form.get(name)) for name in TICKS}
    said |= {name: tuple(form.getlist(name)) for name in LISTS}
    field = replace(
        before,
        kind=kind,
        label=line(form, "label"),
        hint=text(form, "hint"),
        decimals=min(whole(form.get("decimals", ""), "decimals", faults) or 0, 6),
        choices=procedure_editing.choices_from(form.get("choices", "").splitlines(), before.choices),
        when=condition_form.read(form, faults),
        formula=_formula(form.get("formula", ""), faults) if kind is FieldKind.CALCULATED else None,
        **{name: value for name, value in said.items() if name != "hint"},
    )
    return procedure_editing.shaped(field), faults


def values_of(field: Field) -> dict[str, Any]:
    """What the form shows of a question."""
    values: dict[str, Any] = {name: getattr(field, name) for name in (*NUMBERS, *TEXTS, *TICKS, *LISTS, "label")}
    formula = procedure_files.dump_yaml(formulas.dump(field.formula)) if field.formula else ""
    return values | {
        "kind": str(field.kind),
        "decimals": field.decimals or "",
        "choices": "\n".join(one.label for one in field.choices),
        "formula": formula.removesuffix("...\n"),
    }


def typed_values(form: Form) -> dict[str, Any]:
    """The same from what was typed, to show it again."""
    return form.to_dict() | {name: form.getlist(name) for name in LISTS}


def whole(typed: str, name: str, faults: dict[str, str]) -> int | None:
    """A whole number that may be negative, None when nothing is typed; a fault for anything else."""
    typed = typed.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.removeprefix("-").isdigit() and len(typed) <= 9):
        faults[name] = NOT_WHOLE
        return None
    return int(typed)


def line(form: Form, name: str) -> str:
    """One line of text."""
    return " ".join(form.get(name, "").split())[:LONGEST_TEXT]


def text(form: Form, name: str) -> str:
    """Several lines of text."""
    return form.get(name, "").replace("\r\n", "\n").strip()[:LONGEST_TEXT]


def _formula(typed: str, faults: dict[str, str]) -> Any:
    if not typed.strip():
        return None
    try:
        return formulas.parse(procedure_files.load_yaml(typed), "formula")
    except Invalid as fault:
        faults["formula"] = " ".join(fault.faults.values()) or fault.sentence
        return None
