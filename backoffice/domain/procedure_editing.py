"""A procedure under the hands of who writes it: questions, steps and documents added, changed, moved and taken away.

A question is called by its code, or by « block.code » when it is asked inside a repeated block. Nothing here checks
that the result holds together (`backoffice.domain.procedure_coherence`): a draft may be wrong for a while.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from backoffice.domain import codes, regime
from backoffice.domain.fields import CHOICE_KINDS, Choice, Field, FieldKind
from backoffice.domain.law import Confidence
from backoffice.domain.procedure_coherence import RESERVED, RESERVED_IN_PARTS
from backoffice.domain.procedures import (
    FinalDisposition,
    PersonalData,
    ProcedureDefinition,
    Retention,
    RetentionStart,
    Step,
)
from backoffice.errors import NotFound

Item = TypeVar("Item")

GONE = "Cette partie de la démarche n’existe plus : un autre administrateur l’a peut-être retirée."
FIRST_STEP = "Votre demande"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands: its step, its block if it is inside one, and its rank there, all from 0."""

    step: int
    rank: int
    block: str = ""


def blank(code: str, title: str, department: str, department_name: str) -> ProcedureDefinition:
    """A new procedure with what most of them say: the regime of the general law, to confirm, and one step to fill."""
    return ProcedureDefinition(
        code=code,
        title=title,
        summary=(),
        who="",
        theme="",
        department=department,
        steps=(Step(FIRST_STEP, ()),),
        regime={**regime.GENERAL.to_data(), "confidence": str(Confidence.TO_CONFIRM)},
        fee="Gratuit.",
        personal_data=PersonalData(
            f"Traiter votre demande : {title}", "Mission d’intérêt public (RGPD, article 6.1.e)", department_name
        ),
        retention=Retention(2, RetentionStart.CLOSURE, FinalDisposition.DESTROY),
    )


def get_place(definition: ProcedureDefinition, name: str) -> Place:
    """Where the question of this name stands; raises NotFound."""
    block, _, code = name.rpartition(".")
    for rank, step in enumerate(definition.steps):
        for place, field in enumerate(step.fields):
            if field.code == name:
                return Place(rank, place)
            if block and field.code == block:
                inner = next((at for at, one in enumerate(field.fields) if one.code == code), None)
                if inner is not None:
                    return Place(rank, inner, block)
    raise NotFound(GONE)


def get_field(definition: ProcedureDefinition, name: str) -> Field:
    """The question of this name; raises NotFound."""
    place = get_place(definition, name)
    return fields_at(definition, place.step, place.block)[place.rank]


def fields_at(definition: ProcedureDefinition, step: int, block: str = "") -> tuple[Field, ...]:
    """The questions of a step, or of one of its blocks; raises NotFound."""
    asked = get_step(definition, step).fields
    if not block:
        return asked
    found = next((one for one in asked if one.code == block), None)
    if found is None:
        raise NotFound(GONE)
    return found.fields


def get_step(definition: ProcedureDefinition, rank: int) -> Step:
    """The step of this rank; raises NotFound."""
    if not 0 <= rank < len(definition.steps):
        raise NotFound(GONE)
    return definition.steps[rank]


def put_field(definition: ProcedureDefinition, name: str, field: Field) -> ProcedureDefinition:
    """Another question in the place of the one of this name."""
    place = get_place(definition, name)
    return _with_fields(definition, place.step, place.block, lambda one: put(one, place.rank, field))


def add_field(definition: ProcedureDefinition, step: int, block: str, field: Field) -> ProcedureDefinition:
    """One more question at the end of a step or of a block."""
    return _with_fields(definition, step, block, lambda asked: (*asked, field))


def remove_field(definition: ProcedureDefinition, name: str) -> ProcedureDefinition:
    """Without the question; what looked at it stays, and is told as a fault."""
    place = get_place(definition, name)
    return _with_fields(definition, place.step, place.block, lambda asked: without(asked, place.rank))


def move_field(definition: ProcedureDefinition, name: str, step: int, rank: int) -> ProcedureDefinition:
    """The question at this rank of this step; one of a block stays in its block."""
    place, field = get_place(definition, name), get_field(definition, name)
    if place.block or place.step == step:
        return _with_fields(definition, place.step, place.block, lambda asked: moved(asked, place.rank, rank))
    get_step(definition, step)
    without_it = remove_field(definition, name)
    return _with_fields(without_it, step, "", lambda asked: (*asked[: max(rank, 0)], field, *asked[max(rank, 0) :]))


def put_step(definition: ProcedureDefinition, rank: int, step: Step) -> ProcedureDefinition:
    """Another step in the place of the one of this rank."""
    get_step(definition, rank)
    return replace(definition, steps=put(definition.steps, rank, step))


def code_for(definition: ProcedureDefinition, words: str) -> str:
    """The code of a new question or document, from its words."""
    asked = definition.fields
    taken = {one.code for one in asked} | {inner.code for one in asked for inner in one.fields}
    taken |= {one.code for one in definition.documents} | RESERVED | RESERVED_IN_PARTS
    return codes.from_words(words, taken, "champ")


def choices_from(lines: Iterable[str], before: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """The choices of these words; one that keeps its words, or else its place, keeps the value that answers hold."""
    labels = list(dict.fromkeys(filter(None, (" ".join(one.split()) for one in lines))))
    known = {one.label: one for one in before}
    renamed = len(labels) == len(before)
    kept = {label: known[label] for label in labels if label in known}
    free = {one.value for one in before} - {one.value for one in kept.values()}
    taken = {one.value for one in before}
    found = []
    for rank, label in enumerate(labels):
        choice = kept.get(label)
        if choice is None and renamed and before[rank].value in free:
            choice = replace(before[rank], label=label)
        if choice is None:
            choice = Choice(codes.from_words(label, taken, "choix"), label)
        taken.add(choice.value)
        found.append(choice)
    return tuple(found)


def shaped(field: Field) -> Field:
    """The question without what its kind does not have: choices, and the formula of what is calculated."""
    return replace(
        field,
        choices=field.choices if field.kind in CHOICE_KINDS else (),
        fields=field.fields if field.kind is FieldKind.BLOCK else (),
        formula=field.formula if field.kind is FieldKind.CALCULATED else None,
        parts=field.parts if field.kind is FieldKind.PERSON else (),
    )


def put(items: tuple[Item, ...], rank: int, item: Item) -> tuple[Item, ...]:
    """The items with another one at this rank."""
    return (*items[:rank], item, *items[rank + 1 :])


def without(items: tuple[Item, ...], rank: int) -> tuple[Item, ...]:
    """The items without the one of this rank; raises NotFound."""
    if not 0 <= rank < len(items):
        raise NotFound(GONE)
    return (*items[:rank], *items[rank + 1 :])


def moved(items: tuple[Item, ...], rank: int, to: int) -> tuple[Item, ...]:
    """The items with the one of this rank put at another, the first or the last when there is no such rank."""
    others = without(items, rank)
    to = min(max(to, 0), len(others))
    return (*others[:to], items[rank], *others[to:])


def _with_fields(
    definition: ProcedureDefinition,
    step: int,
    block: str,
    change: Callable[[tuple[Field, ...]], tuple[Field, ...]],
) -> ProcedureDefinition:
    asked = change(fields_at(definition, step, block))
    if block:
        place = get_place(definition, block)
        outer = definition.steps[place.step].fields
        asked = put(outer, place.rank, replace(outer[place.rank], fields=asked))
    return put_step(definition, step, replace(definition.steps[step], fields=asked))
