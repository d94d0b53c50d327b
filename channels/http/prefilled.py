"""Answers that a link of ours gives beforehand: « demander l’effacement » opens the form with that choice made."""

from collections.abc import Mapping

from backoffice.domain.fields import FieldKind
from backoffice.domain.procedures import ProcedureDefinition


def read(definition: ProcedureDefinition, said: Mapping[str, str]) -> dict[str, list[str]]:
    """What the address says of the choices of the form; anything else that it says is left alone."""
    return {
        field.code: [said[field.code]]
        for field in definition.fields
        if field.kind is FieldKind.CHOICE and said.get(field.code) in {choice.value for choice in field.choices}
    }
