"""Answers that an agent notes once the request is in: to the questions that nobody has answered, by whatever way."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from backoffice.domain import answer_text
from backoffice.domain.answers import Answers, as_posted, read_answers
from backoffice.domain.conditions import holds, looks_at
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.form_pages import code_of
from backoffice.domain.procedures import ProcedureDefinition

# Files come as attachments or pieces, and a repetition is filled in as a whole by the person concerned.
_NOT_NOTED = frozenset({FieldKind.FILES, FieldKind.BLOCK, FieldKind.CALCULATED, FieldKind.INFORMATION})


class Source(StrEnum):
    """Where the agent has an answer from."""

    PHONE = "phone"
    COUNTER = "counter"
    EMAIL = "email"
    LETTER = "letter"
    SEEN = "seen"


SOURCE_LABELS: dict[Source, str] = {
    Source.PHONE: "Par téléphone",
    Source.COUNTER: "Au guichet",
    Source.EMAIL: "Par courriel",
    Source.LETTER: "Par courrier",
    Source.SEEN: "Constaté par le service",
}


def list_open(
    definition: ProcedureDefinition,
    values: Mapping[str, Any],
    *,
    noted: Collection[str] = (),
    hidden: Collection[str] = (),
) -> tuple[Field, ...]:
    """The questions that these answers call for and that have none, with those of `noted` (answers of the desk).

    So are a person or an address of whom a part is missing, which only the desk can have left so. What the citizen
    answered stays as it was given. Nothing is shown by what is `hidden` from the reader.
    """
    found = read_answers(definition, as_posted(values), _files(definition, values), unknowns_allowed=True)
    partial = {code_of(name) for name in found.unknown}
    return tuple(
        field
        for step in definition.steps
        if holds(step.when, values) and not looks_at(step.when, hidden)
        for field in step.fields
        if field.kind not in _NOT_NOTED
        and field.code not in hidden
        and (field.code in noted or field.code in partial or values.get(field.code) is None)
        and holds(field.when, values)
        and not looks_at(field.when, hidden)
    )


def read(
    definition: ProcedureDefinition,
    values: Mapping[str, Any],
    questions: Sequence[Field],
    posted: Mapping[str, Sequence[str]],
    today: date,
) -> Answers:
    """The answers to these questions among all those of the case, with what is calculated from them.

    `errors` are those of these questions alone; what is left empty has no answer.
    """
    own = {one.code for one in questions}
    kept = {code: value for code, value in values.items() if code not in own}
    mine = {name: texts for name, texts in posted.items() if code_of(name) in own}
    found = read_answers(
        definition, as_posted(kept) | mine, _files(definition, kept), today=today, unknowns_allowed=True
    )
    said = {code: value for code, value in found.values.items() if code in own}
    computed = {one.code for one in definition.fields if one.kind is FieldKind.CALCULATED}
    whole = {code: value for code, value in kept.items() if code not in computed} | said
    whole |= {code: value for code, value in found.values.items() if code in computed}
    errors = {name: sentence for name, sentence in found.errors.items() if code_of(name) in own}
    return Answers(whole, errors)


def in_words(questions: Sequence[Field], values: Mapping[str, Any]) -> Iterator[str]:
    """What is now noted of each of these questions; nothing of those that are reserved."""
    for field in questions:
        value = values.get(field.code)
        if not field.readers:
            yield f"{field.label} : {'réponse retirée' if value is None else answer_text.display(field, value)}"


def _files(definition: ProcedureDefinition, values: Mapping[str, Any]) -> dict[str, int]:
    """How many files answer each question that asks for some."""
    asked = {one.code for one in definition.fields if one.kind is FieldKind.FILES}
    return {code: value for code, value in values.items() if code in asked and isinstance(value, int)}
