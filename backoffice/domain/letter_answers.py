"""The answers that the letters of a procedure may call for: those to its own questions, never what only some may read.

A letter leaves by mail, through hands that nobody knows: what is reserved, about health or identity papers is never
printed in one, nor is a sum made from it, whoever words the letter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from backoffice.domain import answer_text, formulas
from backoffice.domain.conditions import holds
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.french import NBSP
from backoffice.domain.letters import ANSWER, Letter, Placeholder
from backoffice.domain.procedures import ProcedureDefinition

_WITHOUT_WORDS = frozenset({FieldKind.BLOCK, FieldKind.FILES, FieldKind.INFORMATION})
"""What has no answer that holds in a sentence."""


def with_answers(letter: Letter, definition: ProcedureDefinition) -> Letter:
    """The letter, which may also call for the answers to the questions of this procedure."""
    withheld = list_withheld(definition)
    offered = tuple(
        _placeholder(one, may_lack=may_lack(definition, one.code))
        for one in _sayable(definition)
        if one.code not in withheld
    )
    names = frozenset(f"{ANSWER}{code}" for code in withheld)
    return replace(letter, placeholders=(*letter.placeholders, *offered), withheld=names)


def list_withheld(definition: ProcedureDefinition) -> frozenset[str]:
    """The questions, by code, whose answers no letter says; formulas look only at what is asked before them."""
    withheld: set[str] = set()
    for field in definition.fields:
        seen = {formulas.field_of(one) for one in formulas.looks(field.formula)} if field.formula else set()
        if _is_kept(field) or any(_is_kept(inner) for inner in field.fields) or seen & withheld:
            withheld.add(field.code)
    return frozenset(withheld)


def answers_for(definition: ProcedureDefinition, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The answers that letters may say for a case, by the names of their placeholders."""
    withheld = list_withheld(definition)
    for step in definition.steps:
        for field in step.fields if holds(step.when, values) else ():
            value = values.get(field.code)
            if field.kind in _WITHOUT_WORDS or field.code in withheld or value is None or not holds(field.when, values):
                continue
            if said := answer_text.display(field, value):
                yield f"{ANSWER}{field.code}", said


def called(names: Iterable[str]) -> frozenset[str]:
    """Those among the names that a text calls for which stand for answers."""
    return frozenset(one for one in names if one.startswith(ANSWER))


def may_lack(definition: ProcedureDefinition, code: str) -> bool:
    """Whether a request may come without an answer to this question."""
    for step in definition.steps:
        for field in step.fields:
            if field.code == code:
                return not field.required or field.when is not None or step.when is not None
    return True


def _sayable(definition: ProcedureDefinition) -> Iterator[Field]:
    return (one for one in definition.fields if one.kind not in _WITHOUT_WORDS)


def _is_kept(field: Field) -> bool:
    return field.sensitive or bool(field.readers)


def _placeholder(field: Field, *, may_lack: bool) -> Placeholder:
    name = f"{ANSWER}{field.code}"
    otherwise = f"{NBSP}; sans réponse, le texte commun est dit" if may_lack else ""
    return Placeholder(name, f"Réponse à «{NBSP}{field.label}{NBSP}»{otherwise}", (f"answers.{name}",))
