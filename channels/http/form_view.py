"""What the page of a form shows: sections, questions and repetitions, with the ones that the answers hide for now."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.domain import answer_text, calculated, conditions, formulas
from backoffice.domain.answers import MAX_REPETITIONS, item_indexes
from backoffice.domain.composite_reading import read
from backoffice.domain.conditions import Condition, holds
from backoffice.domain.field_reading import Posted as Texts
from backoffice.domain.fields import Field, FieldKind, parts_of
from backoffice.domain.form_pages import DOCUMENT_PREFIX, DOCUMENTS, FormPage
from backoffice.domain.procedures import (
    DocumentSource,
    EligibilityRule,
    ProcedureDefinition,
    RequiredDocument,
)

Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is shown: `name` is its input's; `when` is its condition as JSON (empty: always asked).

    A calculated value has its `formula` as JSON, and its `result` with the answers known so far, as people read it.
    """

    name: str
    field: Field
    when: str
    hidden: bool
    parts: tuple["Question", ...] = ()
    items: tuple["Item", ...] = ()
    may_add: bool = False
    formula: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One repetition of a block."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """A supporting document to join."""

    name: str
    document: RequiredDocument
    when: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A step of the procedure, shown as a section of the page."""

    title: str
    introduction: str
    when: str
    hidden: bool
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form, in the order of the page."""

    sections: tuple[Section, ...]
    documents: tuple[AskedDocument, ...]

    @property
    def shown(self) -> list[str]:
        """The names of what depends on answers and shows now."""
        return [name for name, when, hidden in self._conditional() if when and not hidden]

    def order(self, name: str) -> tuple[int, str]:
        """Where an input stands in the page: errors are told in this order."""
        for rank, known in enumerate(self._names()):
            if name == known or name.startswith((f"{known}.", f"{known}-")):
                return rank, ""
        return 10_000, ""

    def _names(self) -> Iterator[str]:
        for section in self.sections:
            yield from (one.name for question in section.questions for one in _flat(question))
        yield from (document.name for document in self.documents)

    def _conditional(self) -> Iterator[tuple[str, str, bool]]:
        for index, section in enumerate(self.sections):
            yield f"section-{index}", section.when, section.hidden
            if not section.hidden:
                for question in section.questions:
                    yield from ((one.name, one.when, one.hidden) for one in _flat(question))
        yield from ((one.name, one.when, one.hidden) for one in self.documents)


@dataclass(frozen=True, slots=True)
class AskedRule:
    """A rule that ends the request, told as soon as the answers of the page meet it."""

    rule: EligibilityRule
    when: str
    hidden: bool


def rules(definition: ProcedureDefinition, values: Mapping[str, Any], rank: int | None = None) -> tuple[AskedRule, ...]:
    """The rules that the page may meet: all of them, or those that look last at the step of this rank."""
    before = definition.list_rules(rank - 1) if rank else ()
    mine = (rule for rule in definition.list_rules(rank) if rule not in before)
    return tuple(AskedRule(rule, written(rule.when), not holds(rule.when, values)) for rule in mine)


def build(definition: ProcedureDefinition, posted: Posted, values: Mapping[str, Any]) -> FormView:
    """The form as these answers make it; `values` are the answers understood so far."""
    sections = tuple(
        Section(
            step.title,
            step.introduction,
            written(step.when),
            not holds(step.when, values),
            list_questions(step.fields, posted, values),
        )
        for step in definition.steps
    )
    return FormView(sections, _documents(definition, values))


def build_page(definition: ProcedureDefinition, page: FormPage, posted: Posted, values: Mapping[str, Any]) -> FormView:
    """One page of a form that is filled in step by step; what it asks may depend on the answers of the others."""
    if page.rank is not None:
        step = definition.steps[page.rank]
        return FormView((Section("", step.introduction, "", False, list_questions(step.fields, posted, values)),), ())
    return FormView((), _documents(definition, values) if page.slug == DOCUMENTS else ())


def list_questions(fields: Sequence[Field], posted: Posted, values: Mapping[str, Any]) -> tuple[Question, ...]:
    """Questions as they are shown, apart from their form."""
    return tuple(_question(field, "", posted, values) for field in fields)


def _documents(definition: ProcedureDefinition, values: Mapping[str, Any]) -> tuple[AskedDocument, ...]:
    return tuple(
        AskedDocument(f"{DOCUMENT_PREFIX}{one.code}", one, written(one.when), not holds(one.when, values))
        for one in definition.documents
        if one.source is DocumentSource.USER
    )


def written(condition: Condition | None) -> str:
    """A condition as JSON, for the script that shows and hides at once."""
    return json.dumps(conditions.dump(condition), ensure_ascii=False) if condition else ""


def options(field: Field) -> list[tuple[str, ...]]:
    """The choices of a question as form components take them: value, label, and a hint when there is one."""
    return [(one.value, one.label, one.hint) if one.hint else (one.value, one.label) for one in field.choices]


def indexes(field: Field, name: str, posted: Posted) -> list[int]:
    """The repetitions of a block to show: those posted, even blank, and those that it needs at least."""
    known = item_indexes(name, posted)[: field.max_items or MAX_REPETITIONS]
    least = max(field.min_items or 0, 1 if field.required else 0)
    free = (index for index in range(least + len(known)) if index not in known)
    return sorted(known + [next(free) for _ in range(least - len(known))])


def _question(field: Field, prefix: str, posted: Posted, values: Mapping[str, Any]) -> Question:
    name = f"{prefix}{field.code}"
    items: tuple[Item, ...] = ()
    may_add = False
    if field.kind is FieldKind.BLOCK:
        items = tuple(_item(field, f"{name}-{index}", posted, values) for index in indexes(field, name, posted))
        may_add = len(items) < (field.max_items or MAX_REPETITIONS)
    result = calculated.compute(field, values)
    return Question(
        name=name,
        field=field,
        when=written(field.when),
        hidden=not holds(field.when, values),
        parts=tuple(_question(part, f"{name}.", posted, values) for part in parts_of(field)),
        items=items,
        may_add=may_add,
        formula=json.dumps(formulas.dump(field.formula), ensure_ascii=False) if field.formula else "",
        result="" if result is None else answer_text.display(field, result),
    )


def _item(field: Field, name: str, posted: Posted, values: Mapping[str, Any]) -> Item:
    # Inside a repetition, a condition looks at this repetition first.
    known = dict(values)
    for inner in field.fields:
        own = _given(inner, f"{name}.{inner.code}", posted, known)
        if own is not None:
            known[inner.code] = own
    return Item(name, tuple(_question(inner, f"{name}.", posted, known) for inner in field.fields))


def _given(field: Field, name: str, posted: Posted, known: Mapping[str, Any]) -> Any:
    if field.kind is FieldKind.CALCULATED:
        return calculated.compute(field, known)
    return None if field.kind is FieldKind.INFORMATION else read(field, name, Texts(posted)).value


def _flat(question: Question) -> Iterator[Question]:
    yield question
    for part in question.parts:
        yield from _flat(part)
    for item in question.items:
        for inner in item.questions:
            yield from _flat(inner)
