"""Calculated values: what their formula may look at, and how the result is kept."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from backoffice.domain import formulas
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.formulas import Answer, Count, Days, Each, Look, Worth

NUMERIC_KINDS = frozenset({FieldKind.NUMBER, FieldKind.MONEY, FieldKind.CALCULATED})


def compute(field: Field, values: Mapping[str, Any]) -> int | str | None:
    """The value of a calculated field, rounded half up to its decimals, in the types of JSON; None without value.

    Whoever fills in the form never gives it: it is computed again from the answers each time they are read.
    """
    value = formulas.value_of(field.formula, values) if field.formula else None
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP)
    return format(rounded, "f") if field.decimals else int(rounded)


def faults_of(field: Field, before: Mapping[str, Field], path: str) -> Iterator[tuple[str, str]]:
    """What a formula sees that it cannot: a field not asked before, or one that is no number (path → sentence)."""
    if (field.kind is FieldKind.CALCULATED) != (field.formula is not None):
        yield f"{path}.formula", "Donnez une formule à une valeur calculée, et à elle seule."
    if field.kind is FieldKind.CALCULATED and field.required:
        yield f"{path}.required", "Une valeur calculée n’est pas demandée : retirez « required »."
    for look in formulas.looks(field.formula) if field.formula else ():
        if sentence := _fault(look, before):
            yield f"{path}.formula", sentence


def _fault(look: Look, before: Mapping[str, Field]) -> str:
    code = formulas.field_of(look)
    seen = before.get(code)
    if seen is None:
        return f"Cette formule regarde « {code} », qui n’est pas un champ écrit avant."
    match look:
        case Answer() if seen.kind not in NUMERIC_KINDS:
            return f"« {code} » n’est pas un nombre : une formule ne peut pas le prendre."
        case Each(_, inner) if not any(one.code == inner and one.kind in NUMERIC_KINDS for one in seen.fields):
            return f"Le bloc « {code} » n’a pas de champ « {inner} » qui soit un nombre."
        case Count() if seen.kind is not FieldKind.BLOCK:
            return f"« {code} » n’est pas un bloc répété : il ne se compte pas."
        case Days() if seen.kind is not FieldKind.PERIOD:
            return f"« {code} » n’est pas une période : elle n’a pas de jours."
        case Worth(_, amounts) if {key for key, _ in amounts} != {choice.value for choice in seen.choices}:
            return f"Donnez un montant à chacun des choix de « {code} », et à eux seuls."
        case Worth() if seen.kind is not FieldKind.CHOICE:
            return f"« {code} » n’est pas une question à un seul choix."
        case _:
            return ""
